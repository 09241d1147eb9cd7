import {EMPTY, fromUtf8, utf8} from '../base/bytes.ts'
import type {GroupAddress} from '../base/ids.ts'
import {ProtobufReader, ProtobufWriter} from '../formats/protobuf.ts'
import type {Address, Cancellable, Connection, Io} from '../io/ports.ts'
import {decodeMessage, encodeMessage} from '../raft/codec.ts'
import type {Message} from '../raft/types.ts'
import {encodeFrame, FrameKind} from './peer-frame.ts'

/** Bytes of state in one frame. */
const CHUNK_BYTES = 1024 * 1024
/** So much may wait in a connection before more is put into it. */
const BUFFERED_BYTES_MAX = 2 * CHUNK_BYTES
const PUMP_MS = 5
/** A receiver that takes nothing for so long is given up. */
const STALLED_MS = 10_000
/** Snapshots of groups that may wait for the one under way to a peer. */
const WAITING_MAX = 64
/** The largest state that is taken from a peer. */
const STATE_BYTES_MAX = 256 * 1024 * 1024

interface Outgoing {
  group: GroupAddress
  message: Message
  done: (ok: boolean) => void
}

/**
 * Snapshots to one peer, one after the other, each over a connection of its own: a large one keeps no heartbeat waiting. After the hello each frame
 * holds a chunk of the state; the first also the group, the message without its state, and how many bytes there are.
 */
export class SnapshotLink {
  readonly #io: Pick<Io, 'clock' | 'network'>
  readonly #address: Address | {path: string}
  readonly #hello: Uint8Array
  #waiting: Outgoing[] = []
  #connection: Connection | undefined
  #timer: Cancellable | undefined
  #stopped = false

  constructor(io: Pick<Io, 'clock' | 'network'>, address: Address | {path: string}, hello: Uint8Array) {
    this.#io = io
    this.#address = address
    this.#hello = hello
  }

  /** `done`: all of it has left this node, or it was given up. What became of it the receiver's own answer tells. */
  send(group: GroupAddress, message: Message, done: (ok: boolean) => void): void {
    if (this.#stopped || this.#waiting.length >= WAITING_MAX) {
      done(false)
      return
    }
    this.#waiting.push({group, message, done})
    if (!this.#connection) this.#next()
  }

  stop(): void {
    this.#stopped = true
    this.#waiting = []
    this.#timer?.cancel()
    this.#connection?.reset()
  }

  #next(): void {
    const next = this.#waiting[0]
    if (!next || this.#stopped) return
    const connection = this.#io.network.connect(this.#address)
    this.#connection = connection
    const frames = framesOf(next.group, next.message)
    const {clock} = this.#io
    let all = false
    let left = 0
    let movedMs = clock.monotonicMs()
    let isOpen = false
    const pump = (): void => {
      while (isOpen && !all && connection.bufferedBytes() < BUFFERED_BYTES_MAX) {
        const {done, value} = frames.next()
        if (done) {
          all = true
          connection.close()
        } else {
          connection.write([value])
          movedMs = clock.monotonicMs()
        }
      }
      const now = connection.bufferedBytes()
      if (now < left) movedMs = clock.monotonicMs()
      left = now
      if (clock.monotonicMs() - movedMs > STALLED_MS) connection.reset()
      else this.#timer = clock.after(PUMP_MS, pump)
    }
    pump()
    connection.on({
      open: () => {
        isOpen = true
        connection.write([this.#hello])
      },
      data: () => undefined,
      closed: why => {
        this.#timer?.cancel()
        this.#connection = undefined
        if (this.#stopped) return
        this.#waiting.shift()
        next.done(all && why === undefined)
        this.#next()
      },
    })
  }
}

/** Frames {1 group, 2 message without its state, 3 bytes of the state, 4 chunk, 5 where in the state it belongs}; only the first has 1 to 3. */
function* framesOf(group: GroupAddress, message: Message): Generator<Uint8Array> {
  const {snapshot} = message
  const data = snapshot?.data ?? EMPTY
  const bare = new ProtobufWriter(256)
  encodeMessage(snapshot ? {...message, snapshot: {...snapshot, data: EMPTY}} : message, bare)
  const w = new ProtobufWriter(512)
  w.bytesField(1, utf8(group))
  w.messageField(2, bare.written())
  w.numberField(3, data.length)
  let at = 0
  do {
    const chunk = data.subarray(at, at + CHUNK_BYTES)
    w.bytesField(4, chunk)
    w.numberField(5, at)
    yield encodeFrame(FrameKind.Snapshot, w.written())
    w.reset()
    at += chunk.length
  } while (at < data.length)
}

/** Puts the snapshot of one connection together again. */
export class IncomingSnapshot {
  #begun: {group: GroupAddress; message: Message; state: Uint8Array; at: number} | undefined

  /** Takes a frame's body. Gives what is whole by it, undefined while more is to come, or why it is no frame of a snapshot. */
  take(body: Uint8Array): {group: GroupAddress; message: Message} | string | undefined {
    const r = new ProtobufReader(body)
    let group = ''
    let message: Message | undefined
    let bytes = 0
    let at = 0
    let chunk: Uint8Array = EMPTY
    try {
      while (r.next()) {
        if (r.field === 1) group = fromUtf8(r.view())
        else if (r.field === 2) message = decodeMessage(r.view().slice())
        else if (r.field === 3) bytes = r.number()
        else if (r.field === 4) chunk = r.view()
        else if (r.field === 5) at = r.number()
        else r.skip()
      }
    } catch (error) {
      return `a damaged frame (${(error as Error).message})`
    }
    if (message) {
      if (this.#begun) return 'a snapshot inside another'
      if (!message.snapshot || group === '') return 'a snapshot of nothing'
      if (bytes > STATE_BYTES_MAX) return `a snapshot of ${bytes} bytes`
      this.#begun = {group, message, state: new Uint8Array(bytes), at: 0}
    }
    const begun = this.#begun
    if (!begun) return 'a chunk of no snapshot'
    if (at !== begun.at) return `a chunk of byte ${at}, the next is ${begun.at}`
    if (begun.at + chunk.length > begun.state.length) return 'a snapshot that is longer than it said'
    begun.state.set(chunk, begun.at)
    begun.at += chunk.length
    if (begun.at < begun.state.length) return chunk.length === 0 ? 'an empty chunk' : undefined
    this.#begun = undefined
    const {snapshot} = begun.message
    if (snapshot) snapshot.data = begun.state
    return begun
  }
}
