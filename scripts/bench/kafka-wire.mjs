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
    socket.on('data', chunk => {
      kept = Buffer.concat([kept, chunk])
      if (kept.length < 4 || kept.length < 4 + kept.readInt32BE(0)) return
      socket.destroy()
      resolve(kept)
    })
    socket.write(bytes)
  })
}

/**
 * Keeps `window` requests in flight on one connection until told to stop.
 * `answers(buffer)` gives how many bytes of the buffer the first whole answer takes, 0 when it is not whole, and checks it.
 */
export function pump({host, port}, bytes, window, answers, onAnswer) {
  const socket = net.connect(port, host)
  socket.setNoDelay(true)
  let kept = Buffer.alloc(0)
  let stopped = false
  const sent = []
  const send = () => {
    sent.push(performance.now())
    socket.write(bytes)
  }
  const closed = new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', resolve)
  })
  socket.on('connect', () => {
    for (let i = 0; i < window; i++) send()
  })
  socket.on('data', chunk => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    for (let size = answers(kept); size > 0; size = answers(kept)) {
      kept = kept.subarray(size)
      onAnswer(performance.now() - sent.shift())
      if (!stopped) send()
      else if (sent.length === 0) socket.destroy()
    }
  })
  return {
    stop: () => {
      stopped = true
      return closed
    },
  }
}
