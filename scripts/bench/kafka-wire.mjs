// The little of the Kafka protocol that the produce benchmark sends: Metadata v1, Produce v7, one record batch.
import net from 'node:net'

const CRC32C = Array.from({length: 256}, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1
  return c
})

function crc32c(bytes) {
  let crc = -1
  for (const byte of bytes) crc = CRC32C[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}

function varint(n) {
  const out = []
  let left = n >= 0 ? n * 2 : -n * 2 - 1
  while (left > 127) {
    out.push((left & 127) | 128)
    left >>>= 7
  }
  out.push(left)
  return Buffer.from(out)
}

/** A record batch (magic 2) of `count` records with values of `bytes` bytes, without producer id. */
export function recordBatch(count, bytes) {
  const value = Buffer.alloc(bytes, 'chronik ')
  const records = []
  for (let i = 0; i < count; i++) {
    const body = Buffer.concat([Buffer.from([0]), varint(0), varint(i), varint(-1), varint(bytes), value, varint(0)])
    records.push(varint(body.length), body)
  }
  const payload = Buffer.concat(records)
  const head = Buffer.alloc(61)
  head.writeInt32BE(49 + payload.length, 8)
  head.writeInt32BE(-1, 12)
  head.writeInt8(2, 16)
  head.writeInt32BE(count - 1, 23)
  const now = BigInt(Date.now())
  head.writeBigInt64BE(now, 27)
  head.writeBigInt64BE(now, 35)
  head.writeBigInt64BE(-1n, 43)
  head.writeInt16BE(-1, 51)
  head.writeInt32BE(-1, 53)
  head.writeInt32BE(count, 57)
  const batch = Buffer.concat([head, payload])
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

function string(text) {
  const bytes = Buffer.from(text)
  const out = Buffer.alloc(2 + bytes.length)
  out.writeInt16BE(bytes.length)
  bytes.copy(out, 2)
  return out
}

function request(api, version, correlation, body) {
  const head = Buffer.alloc(12)
  head.writeInt16BE(api, 4)
  head.writeInt16BE(version, 6)
  head.writeInt32BE(correlation, 8)
  const client = string('bench')
  head.writeInt32BE(8 + client.length + body.length, 0)
  return Buffer.concat([head, client, body])
}

/** Produce v7, acks=all, one partition; the correlation id stands at byte 8. */
export function produceRequest(topic, partition, batch) {
  const fixed = Buffer.alloc(12)
  fixed.writeInt16BE(-1, 0)
  fixed.writeInt16BE(-1, 2)
  fixed.writeInt32BE(30_000, 4)
  fixed.writeInt32BE(1, 8)
  const part = Buffer.alloc(12)
  part.writeInt32BE(1, 0)
  part.writeInt32BE(partition, 4)
  part.writeInt32BE(batch.length, 8)
  return request(0, 7, 0, Buffer.concat([fixed, string(topic), part, batch]))
}

/** The error code in a Produce v7 answer with one partition. */
export function produceError(answer, topic) {
  return answer.readInt16BE(4 + 4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4)
}

/** partition → {host, port} of its leader, as the broker at `bootstrap` says. */
export async function leadersOf(bootstrap, topic) {
  const one = Buffer.alloc(4)
  one.writeInt32BE(1)
  const answer = await askOnce(bootstrap, request(3, 1, 1, Buffer.concat([one, string(topic)])))
  let at = 8
  const skip = bytes => {
    at += bytes
    return at - bytes
  }
  const int32 = () => answer.readInt32BE(skip(4))
  const int16 = () => answer.readInt16BE(skip(2))
  const text = () => {
    const size = int16()
    if (size < 0) return null
    at += size
    return answer.toString('utf8', at - size, at)
  }
  const brokers = new Map()
  for (let n = int32(); n > 0; n--) {
    const node = int32()
    brokers.set(node, {host: text(), port: int32()})
    text()
  }
  int32()
  const leaders = new Map()
  for (let n = int32(); n > 0; n--) {
    int16()
    text()
    at += 1
    for (let p = int32(); p > 0; p--) {
      int16()
      const partition = int32()
      const leader = int32()
      for (let r = int32(); r > 0; r--) int32()
      for (let r = int32(); r > 0; r--) int32()
      if (brokers.has(leader)) leaders.set(partition, brokers.get(leader))
    }
  }
  return leaders
}

function askOnce({host, port}, bytes) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, host)
    let kept = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed before it answered')))
    socket.on('data', chunk => {
      kept = Buffer.concat([kept, chunk])
      if (kept.length < 4 || kept.length < 4 + kept.readInt32BE(0)) return
      resolve(kept)
      socket.destroy()
    })
    socket.write(bytes)
  })
}

/** Error codes after which a client looks for the leader again. */
const MOVED = new Set([3, 5, 6, 7, 13, 19, 20])

/**
 * Keeps `window` requests in flight on one connection until told to stop. `answerBytes(buffer)` gives how many bytes the first whole answer
 * takes, 0 when it is not whole; `onAnswer(answer, latencyMs)` gives false when the connection is to be left. `ended` settles when it is closed.
 */
export function pump({host, port}, bytes, window, answerBytes, onAnswer) {
  const socket = net.connect(port, host)
  socket.setNoDelay(true)
  let kept = Buffer.alloc(0)
  let stopped = false
  const sent = []
  const send = () => {
    sent.push(performance.now())
    socket.write(bytes)
  }
  const ended = new Promise(resolve => {
    // A node that dies resets its connections: that is an end like any other.
    socket.on('error', () => undefined)
    socket.on('close', resolve)
  })
  socket.on('connect', () => {
    if (stopped) socket.destroy()
    else for (let i = 0; i < window; i++) send()
  })
  socket.on('data', chunk => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    for (let size = answerBytes(kept); size > 0; size = answerBytes(kept)) {
      const answer = kept.subarray(0, size)
      kept = kept.subarray(size)
      if (!onAnswer(answer, performance.now() - sent.shift())) {
        socket.destroy()
        return
      }
      if (!stopped) send()
      else if (sent.length === 0) socket.destroy()
    }
  })
  return {
    ended,
    stop: () => {
      stopped = true
      if (sent.length === 0) socket.destroy()
      return ended
    },
  }
}

/**
 * Produces to one partition, `window` requests in flight, and follows its leader: after a refusal that says that it moved, or a lost connection,
 * it asks again who leads. `onAcknowledged(latencyMs)` hears of every write that was acknowledged.
 */
export function producePartition({bootstraps, topic, partition, batch, window, onAcknowledged}) {
  const bytes = produceRequest(topic, partition, batch)
  const figures = {moves: 0, refused: 0}
  let stopped = false
  let current
  let led
  const answerBytes = kept => (kept.length < 4 || kept.length < 4 + kept.readInt32BE(0) ? 0 : 4 + kept.readInt32BE(0))
  const onAnswer = (answer, latencyMs) => {
    const error = produceError(answer, topic)
    if (error === 0) onAcknowledged(latencyMs)
    else if (MOVED.has(error)) figures.refused++
    else throw new Error(`produce to ${topic}-${partition} answered error ${error}`)
    return error === 0
  }
  const follow = async () => {
    for (let turn = 0; !stopped; turn++) {
      const leader = await leadersOf(bootstraps[turn % bootstraps.length], topic).then(
        leaders => leaders.get(partition),
        () => undefined,
      )
      if (!leader) {
        await new Promise(resolve => setTimeout(resolve, 5))
        continue
      }
      if (led !== undefined && led !== leader.port) figures.moves++
      led = leader.port
      current = pump(leader, bytes, window, answerBytes, onAnswer)
      await (stopped ? current.stop() : current.ended)
    }
  }
  const done = follow()
  return {
    figures,
    stop: async () => {
      stopped = true
      await current?.stop()
      return done
    },
  }
}
