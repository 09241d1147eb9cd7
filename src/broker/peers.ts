import {fromUtf8, toHex, utf8} from '../base/bytes.ts'
import {systemCode} from '../base/errors.ts'
import {hmacSha256, sameSecret} from '../base/hash.ts'
import type {GroupAddress, NodeId} from '../base/ids.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import {type ProbeAnswer, probeNonce} from '../contracts/peer-probe.ts'
import {ProtobufReader} from '../formats/protobuf.ts'
import type {Address, Cancellable, Connection, Io, Listener} from '../io/ports.ts'
import {decodeMessage} from '../raft/codec.ts'
import type {Message} from '../raft/types.ts'
import {encodeFrame, FRAME_BYTES_MAX, FrameKind, FrameReader, RaftFrame} from './peer-frame.ts'
import {IncomingSnapshot, SnapshotLink} from './snapshot-link.ts'

const VERSION = 2
const RETRY_MS_FIRST = 10
const RETRY_MS_MAX = 200
/** Bytes that may wait for one peer; beyond it messages are dropped, and the peer counts as unreachable. */
const QUEUE_BYTES_MAX = 16 * 1024 * 1024
/** A frame is sent when it has grown to this: what is behind it (a heartbeat) does not wait for megabytes. One message may be larger. */
const FRAME_BYTES_WANTED = 256 * 1024
const EARLY_FRAMES_MAX = 64
const HELLO_MS = 5_000
const HELLO_BYTES_MAX = 4_096
/** Connections that may be open for each other node: a peer that dials again may come before its last connection is seen to be dead. */
const INCOMING_A_PEER = 16
/** What dialling an address says when nobody listens there; the second of a unix socket. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT'])

interface Hello {
  magic: 'chronik-peer'
  version: number
  clusterId: string
  node: NodeId
  to: NodeId
  directoryId: string
  incarnation: string
  proof: string
}

export interface PeerEvents {
  message(group: GroupAddress, message: Message): void
  /** A metadata command that another node asks this one, as leader, to propose. */
  forwarded(from: NodeId, command: Uint8Array): void
  /** Gives why the body is none, or undefined. */
  heartbeat(from: NodeId, body: Uint8Array): string | undefined
  /** A snapshot has left for this node, or did not get there. */
  snapshotSent(group: GroupAddress, to: NodeId, ok: boolean): void
  /** Messages to this node are being lost. */
  unreachable(node: NodeId): void
  /** The node closed its connection and refuses a new one: it is dead. */
  refused(node: NodeId): void
  /** Another process of this node is heard than before; nothing of the one before it is taken any more. */
  restarted(node: NodeId): void
  /** Is this directory id another than the one known of that node? */
  wiped(node: NodeId, directoryId: string): boolean
}

/**
 * The links to the other nodes. Each node dials every other at the address its plan names and only writes there; what it
 * hears comes over connections that the others opened. So a link is one direction, and can be cut as one.
 */
export class Peers {
  readonly #io: Pick<Io, 'clock' | 'network' | 'log'>
  readonly #config: NodeConfig
  readonly #events: PeerEvents
  readonly #self: {directoryId: string; incarnation: string}
  readonly #outgoing = new Map<NodeId, Outgoing>()
  readonly #snapshots = new Map<NodeId, SnapshotLink>()
  #listener: Listener | undefined
  /** What was said first on each, once it was. */
  readonly #incoming = new Map<Connection, Hello | undefined>()
  readonly #incarnations = new Map<NodeId, string>()

  constructor(
    io: Pick<Io, 'clock' | 'network' | 'log'>,
    config: NodeConfig,
    self: {directoryId: string; incarnation: string},
    events: PeerEvents,
  ) {
    this.#io = io
    this.#config = config
    this.#self = self
    this.#events = events
  }

  /** Listens and begins to dial. Gives the port it listens on. */
  async start(): Promise<number> {
    this.#listener = await this.#io.network.listen(this.#config.raft, connection => this.#accept(connection))
    this.changed()
    const {address} = this.#listener
    return 'port' in address ? address.port : 0
  }

  /** The list of the other nodes is another one: who is new is dialled, who is gone is not any more. */
  changed(): void {
    if (!this.#listener) return
    for (const {node, raft} of this.#config.peers) {
      if (this.#outgoing.has(node)) continue
      const hello = this.#hello(node)
      this.#outgoing.set(node, new Outgoing(this.#io, node, raft, hello, this.#events))
      this.#snapshots.set(node, new SnapshotLink(this.#io, raft, hello))
    }
    for (const [node, link] of this.#outgoing) {
      if (this.#config.peers.some(p => p.node === node)) continue
      link.stop()
      this.#outgoing.delete(node)
      this.#snapshots.get(node)?.stop()
      this.#snapshots.delete(node)
    }
  }

  stop(): void {
    this.#listener?.close()
    for (const link of this.#outgoing.values()) link.stop()
    for (const link of this.#snapshots.values()) link.stop()
    for (const connection of this.#incoming.keys()) connection.reset()
  }

  send(group: GroupAddress, message: Message): void {
    const {to} = message
    if (message.snapshot) this.#snapshots.get(to)?.send(group, message, ok => this.#events.snapshotSent(group, to, ok))
    else this.#outgoing.get(to)?.add(group, message)
  }

  /** At the end of a turn: everything for one peer leaves in one write. */
  flush(): void {
    for (const link of this.#outgoing.values()) link.flush()
  }

  forward(to: NodeId, command: Uint8Array): boolean {
    return this.#outgoing.get(to)?.sendFrame(encodeFrame(FrameKind.Forward, command)) ?? false
  }

  /** Leaves with the next flush. */
  heartbeat(to: NodeId, body: Uint8Array): void {
    this.#outgoing.get(to)?.beat(encodeFrame(FrameKind.Heartbeat, body))
  }

  #hello(to: NodeId): Uint8Array {
    const {clusterId, node, secret} = this.#config
    const {directoryId, incarnation} = this.#self
    const hello: Hello = {
      magic: 'chronik-peer',
      version: VERSION,
      clusterId,
      node,
      to,
      directoryId,
      incarnation,
      proof: proofOf(secret, [clusterId, node, to, directoryId, incarnation]),
    }
    return encodeFrame(FrameKind.Hello, utf8(JSON.stringify(hello)))
  }

  #accept(connection: Connection): void {
    if (this.#incoming.size >= this.#config.peers.length * INCOMING_A_PEER) {
      connection.reset()
      return
    }
    // A stranger's first frame is a hello; nothing larger is waited for.
    const reader = new FrameReader(HELLO_BYTES_MAX)
    let from: NodeId | undefined
    const snapshot = new IncomingSnapshot()
    this.#incoming.set(connection, undefined)
    const drop = (why: string): void => {
      this.#io.log('WARN', `peer connection from ${connection.remote} closed: ${why}`)
      connection.reset()
    }
    const deadline = this.#io.clock.after(HELLO_MS, () => drop('no hello'))
    connection.on({
      data: bytes => {
        let refused: string | undefined
        const why = reader.push(bytes, (kind, body) => {
          if (refused) return
          if (from === undefined && kind === FrameKind.Probe) {
            const answer = this.#probed(body)
            if (!answer) refused = 'a probe of a stranger'
            else {
              connection.write([encodeFrame(FrameKind.Probe, utf8(JSON.stringify(answer)))])
              connection.close()
            }
          } else if (from === undefined) {
            const hello = kind === FrameKind.Hello ? this.#helloFrom(body) : 'the first frame is no hello'
            if (typeof hello === 'string') refused = hello
            else {
              from = hello.node
              reader.bytesMax = FRAME_BYTES_MAX
              deadline.cancel()
              this.#incoming.set(connection, hello)
              this.#heard(hello)
            }
          } else refused = this.#frame(from, kind, body, snapshot)
        })
        if (why ?? refused) drop((why ?? refused) as string)
      },
      closed: () => {
        deadline.cancel()
        this.#incoming.delete(connection)
      },
    })
  }

  /** What another process of the node had sent may still be on its way, and be of what the new one has not. */
  #heard({node, incarnation}: Hello): void {
    if (this.#incarnations.get(node) === incarnation) return
    this.#incarnations.set(node, incarnation)
    for (const [connection, hello] of this.#incoming)
      if (hello?.node === node && hello.incarnation !== incarnation) connection.reset()
    this.#events.restarted(node)
  }

  #probed(body: Uint8Array): ProbeAnswer | undefined {
    const {node} = this.#config
    const nonce = probeNonce(this.#config, node, body)
    return nonce === undefined ? undefined : {nonce, node, incarnation: this.#self.incarnation}
  }

  #helloFrom(body: Uint8Array): Hello | string {
    let hello: Hello
    try {
      hello = JSON.parse(fromUtf8(body)) as Hello
    } catch {
      return 'a hello that does not parse'
    }
    const {clusterId, node, secret} = this.#config
    if (hello?.magic !== 'chronik-peer') return 'no peer of ours'
    if (hello.version !== VERSION) return `protocol version ${hello.version}, this is ${VERSION}`
    if (hello.clusterId !== clusterId) return `cluster ${hello.clusterId}, this is ${clusterId}`
    if (hello.to !== node) return `meant for n${hello.to}, this is n${node}`
    if (!this.#config.peers.some(p => p.node === hello.node)) return `n${hello.node} is no member`
    const proof = proofOf(secret, [hello.clusterId, hello.node, hello.to, hello.directoryId, hello.incarnation])
    if (!sameSecret(String(hello.proof), proof)) return 'its secret is another'
    if (this.#events.wiped(hello.node, hello.directoryId))
      return `n${hello.node} comes with another directory (${hello.directoryId}): its disk was replaced`
    return hello
  }

  #frame(from: NodeId, kind: number, body: Uint8Array, snapshot: IncomingSnapshot): string | undefined {
    if (kind === FrameKind.Raft) {
      const messages: Array<{group: GroupAddress; message: Message}> = []
      try {
        decodeRaftFrame(body, messages)
      } catch (error) {
        return `a damaged frame (${(error as Error).message})`
      }
      for (const {message} of messages)
        if (message.from !== from || message.to !== this.#config.node)
          return `a message from ${message.from} to ${message.to}`
      // Outside of the guard: what breaks now is a broken belief of this node, not the peer's bytes.
      for (const {group, message} of messages) this.#events.message(group, message)
    } else if (kind === FrameKind.Snapshot) {
      const whole = snapshot.take(body)
      if (typeof whole === 'string') return whole
      if (whole && (whole.message.from !== from || whole.message.to !== this.#config.node))
        return `a snapshot from ${whole.message.from} to ${whole.message.to}`
      if (whole) this.#events.message(whole.group, whole.message)
    } else if (kind === FrameKind.Forward) this.#events.forwarded(from, body)
    else if (kind === FrameKind.Heartbeat) return this.#events.heartbeat(from, body)
    else return `a frame of kind ${kind}`
    return undefined
  }
}

function decodeRaftFrame(body: Uint8Array, into: Array<{group: GroupAddress; message: Message}>): void {
  const r = new ProtobufReader(body)
  while (r.next()) {
    const inner = new ProtobufReader(r.view())
    let group = ''
    while (inner.next()) {
      if (inner.field === 1) group = fromUtf8(inner.view())
      else if (inner.field === 2) into.push({group, message: decodeMessage(inner.view())})
      else inner.skip()
    }
  }
}

function proofOf(secret: string, parts: ReadonlyArray<string | number>): string {
  return toHex(hmacSha256(utf8(secret), utf8(JSON.stringify(parts))))
}

/** One direction to one peer. */
class Outgoing {
  readonly #io: Pick<Io, 'clock' | 'network' | 'log'>
  readonly #node: NodeId
  readonly #address: Address | {path: string}
  readonly #hello: Uint8Array
  readonly #events: PeerEvents
  #connection: Connection | undefined
  #open = false
  #openedMs = 0
  #stopped = false
  #retryMs = RETRY_MS_FIRST
  #retry: Cancellable | undefined
  #everOpen = false
  #lost = false
  readonly #frame = new RaftFrame()
  /** Heartbeats that leave before it. */
  #beats: Uint8Array[] = []
  /** Frames made while the first connection is being opened. */
  #early: Uint8Array[][] = []

  constructor(
    io: Pick<Io, 'clock' | 'network' | 'log'>,
    node: NodeId,
    address: Address | {path: string},
    hello: Uint8Array,
    events: PeerEvents,
  ) {
    this.#io = io
    this.#node = node
    this.#address = address
    this.#hello = hello
    this.#events = events
    this.#dial()
  }

  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
    this.#connection?.reset()
  }

  #dial(): void {
    const connection = this.#io.network.connect(this.#address)
    this.#connection = connection
    connection.on({
      open: () => {
        this.#open = true
        this.#everOpen = true
        this.#openedMs = this.#io.clock.monotonicMs()
        connection.write([this.#hello, ...this.#early.flat()])
        this.#early = []
      },
      data: () => undefined,
      closed: why => this.#closed(why),
    })
  }

  #closed(why?: Error): void {
    const wasOpen = this.#open
    this.#open = false
    this.#connection = undefined
    this.#early = []
    this.#beats = []
    if (this.#stopped) return
    if (wasOpen) {
      this.#events.unreachable(this.#node)
      // At once: a dead node refuses, and that is worth knowing now. Not when it closed what it had just accepted: it does not want this node.
      if (this.#io.clock.monotonicMs() - this.#openedMs > RETRY_MS_MAX) {
        this.#retryMs = RETRY_MS_FIRST
        this.#dial()
        return
      }
    }
    if (this.#everOpen && NOBODY.has(systemCode(why) ?? '')) {
      this.#everOpen = false
      this.#events.refused(this.#node)
    }
    this.#retry = this.#io.clock.after(this.#retryMs, () => this.#dial())
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX)
  }

  add(group: GroupAddress, message: Message): void {
    const {bufferedBytes} = this
    if (bufferedBytes > QUEUE_BYTES_MAX || (!this.#open && !this.#connection)) {
      this.#lost = true
      return
    }
    this.#frame.add(group, message)
    if (this.#frame.length > FRAME_BYTES_WANTED) this.flush()
  }

  get bufferedBytes(): number {
    return this.#connection?.bufferedBytes() ?? 0
  }

  beat(frame: Uint8Array): void {
    if (this.#connection) this.#beats.push(frame)
  }

  flush(): void {
    if (this.#beats.length + this.#frame.length > 0) {
      const frame = this.#frame.length > 0 ? this.#frame.take() : []
      const pieces = this.#beats.length > 0 ? [...this.#beats, ...frame] : frame
      this.#beats = []
      this.#write(pieces)
    }
    if (this.#lost) {
      this.#lost = false
      this.#events.unreachable(this.#node)
    }
  }

  sendFrame(frame: Uint8Array): boolean {
    return this.#write([frame])
  }

  #write(pieces: Uint8Array[]): boolean {
    if (this.#open && this.#connection) {
      this.#connection.write(pieces)
      return true
    }
    if (this.#connection && this.#early.length < EARLY_FRAMES_MAX) {
      this.#early.push(pieces)
      return true
    }
    return false
  }
}
