// One of three processes of the bare relay that `npm run bench -- produce` compares the broker with: no Kafka, no Raft.
// A frame is a length (u32, big-endian) and that many bytes. Every process appends the frames to a file and syncs it
// with group commit. B and C answer each frame with one byte; A sends each frame on and answers its client, in order,
// once two of the three have it.
// Usage: relay-node.mjs FILE [FOLLOWER_PORT…]   prints its port; ends when standard input closes.
import fs from 'node:fs'
import net from 'node:net'

const [file, ...followers] = process.argv.slice(2)
const fd = fs.openSync(file, 'a')

let waiting = []
let writing = false

/** Appends a frame; `done` is called after a sync that covers it. */
function append(bytes, done) {
  waiting.push({bytes, done})
  if (!writing) writeBatch()
}

function writeBatch() {
  if (waiting.length === 0) {
    writing = false
    return
  }
  writing = true
  const batch = waiting
  waiting = []
  writeAll(
    batch.map(w => w.bytes),
    () =>
      fs.fdatasync(fd, error => {
        if (error) throw error
        for (const {done} of batch) done()
        writeBatch()
      }),
  )
}

function writeAll(chunks, done) {
  const joined = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
  const next = at =>
    fs.write(fd, joined, at, joined.length - at, null, (error, written) => {
      if (error) throw error
      if (at + written < joined.length) next(at + written)
      else done()
    })
  next(0)
}

/** Calls `onFrame` with each whole frame, length included. */
function frames(socket, onFrame) {
  let kept = Buffer.alloc(0)
  socket.on('data', chunk => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    let at = 0
    while (kept.length - at >= 4) {
      const size = 4 + kept.readUInt32BE(at)
      if (kept.length - at < size) break
      onFrame(kept.subarray(at, at + size))
      at += size
    }
    kept = kept.subarray(at)
  })
}

const ONE = Buffer.from([1])
const sent = followers.map(port => {
  const socket = net.connect(Number(port), '127.0.0.1')
  socket.setNoDelay(true)
  const order = []
  socket.on('data', chunk => {
    for (let i = 0; i < chunk.length; i++) order.shift()()
  })
  return {socket, order}
})

const server = net.createServer(socket => {
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  const answers = []
  frames(socket, frame => {
    const answer = {have: 0}
    answers.push(answer)
    const needed = sent.length === 0 ? 1 : 2
    const have = () => {
      answer.have++
      let ready = 0
      while (answers.length > 0 && answers[0].have >= needed) {
        answers.shift()
        ready++
      }
      if (ready > 0) socket.write(ready === 1 ? ONE : Buffer.alloc(ready, 1))
    }
    for (const follower of sent) {
      follower.order.push(have)
      follower.socket.write(frame)
    }
    append(frame, have)
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.on('end', () => process.exit(0)).resume()
