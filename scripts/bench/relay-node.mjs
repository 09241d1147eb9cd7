// One of three processes of the bare relay that `npm run bench -- produce` compares the broker with: no Kafka, no Raft.
// A frame is a length (u32, big-endian), a log number (u32) and the bytes. Every process appends the bytes to the file of
// that log and syncs it with group commit, as the broker does for each partition. The answer to a frame is one byte, its
// log's number; A sends each frame on and answers its client once two of the three have it.
// Usage: relay-node.mjs DIRECTORY [FOLLOWER_PORT…]   prints its port; ends when standard input closes.
import fs from 'node:fs'
import net from 'node:net'
import {join} from 'node:path'

const HEADER = 8
const [directory, ...followers] = process.argv.slice(2)
fs.mkdirSync(directory, {recursive: true})

/** One file: what waits is written together and synced together, while the next gathers. */
class Log {
  #fd
  #waiting = []
  #writing = false

  constructor(path) {
    this.#fd = fs.openSync(path, 'a')
  }

  /** Appends a frame; `done` is called after a sync that covers it. */
  append(bytes, done) {
    this.#waiting.push({bytes, done})
    if (!this.#writing) this.#write()
  }

  #write() {
    this.#writing = this.#waiting.length > 0
    if (!this.#writing) return
    const batch = this.#waiting
    this.#waiting = []
    const written = () =>
      fs.fdatasync(this.#fd, error => {
        if (error) throw error
        for (const {done} of batch) done()
        this.#write()
      })
    this.#writeAll(
      batch.map(w => w.bytes),
      written,
    )
  }

  #writeAll(chunks, done) {
    const joined = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    const next = at =>
      fs.write(this.#fd, joined, at, joined.length - at, null, (error, written) => {
        if (error) throw error
        if (at + written < joined.length) next(at + written)
        else done()
      })
    next(0)
  }
}

const logs = new Map()
function logOf(number) {
  const log = logs.get(number) ?? new Log(join(directory, `${number}.log`))
  logs.set(number, log)
  return log
}

/** Calls `onFrame` with each whole frame, header included. */
function frames(socket, onFrame) {
  let kept = Buffer.alloc(0)
  socket.on('data', chunk => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    let at = 0
    while (kept.length - at >= HEADER) {
      const size = HEADER + kept.readUInt32BE(at)
      if (kept.length - at < size) break
      onFrame(kept.subarray(at, at + size))
      at += size
    }
    kept = kept.subarray(at)
  })
}

/** What one event makes a socket send leaves in one write, as in the broker. */
function together(socket) {
  let waiting = false
  return bytes => {
    if (!waiting) {
      waiting = true
      socket.cork()
      setImmediate(() => {
        waiting = false
        socket.uncork()
      })
    }
    socket.write(bytes)
  }
}

const sent = followers.map(port => {
  const socket = net.connect(Number(port), '127.0.0.1')
  socket.setNoDelay(true)
  const write = together(socket)
  /** log number → what waits for the follower's answers, in the order of its frames. */
  const order = new Map()
  socket.on('data', chunk => {
    for (const number of chunk) order.get(number).shift()()
  })
  const send = (number, frame, done) => {
    if (!order.has(number)) order.set(number, [])
    order.get(number).push(done)
    write(frame)
  }
  return {send}
})

const server = net.createServer(socket => {
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  const write = together(socket)
  const needed = sent.length === 0 ? 1 : 2
  frames(socket, frame => {
    const number = frame.readUInt32BE(4)
    let having = 0
    // In each log everybody syncs in order, so the second of three to have a frame comes in order too.
    const have = () => {
      having++
      if (having === needed) write(Buffer.from([number]))
    }
    for (const follower of sent) follower.send(number, frame, have)
    logOf(number).append(frame, have)
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.on('end', () => process.exit(0)).resume()
