import type {NodeId} from '../base/ids.ts'
import type {Random} from '../base/random.ts'
import type {LinkShape} from '../contracts/action.ts'
import type {LinkView} from '../contracts/faults.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import type {Lane} from './lane.ts'
import {type Probed, probeKafka, probePeer} from './probe.ts'
import {Relay} from './relay.ts'

const PROBE_MS = 400
/** A lost segment may have to be sent again a few times. */
const PROBE_LOSS_MS = 3_000
const PROBE_BYTES = 256

/** What one fault does to links: plain data, so that it can be journalled before it acts. */
export interface LinkHold {
  fault: string
  links: Array<[from: NodeId, to: NodeId]>
  /** Nodes to which clients cannot speak, and nodes whose answers do not reach them. */
  clientsIn: NodeId[]
  clientsOut: NodeId[]
  /** Absent: the links are cut. */
  shape?: LinkShape
}

/** Every link of a cluster: a relay for each direction between two nodes, and one before each node's Kafka port. */
export class Links {
  readonly #configs = new Map<NodeId, NodeConfig>()
  readonly #peers = new Map<string, {relay: Relay; from: NodeId; to: NodeId}>()
  readonly #clients = new Map<NodeId, Relay>()
  readonly #holds = new Map<string, LinkHold>()

  /** Undefined when the nodes talk to each other directly. */
  static of(configs: readonly NodeConfig[], random: Random): Links | undefined {
    return configs.every(c => c.kafkaListen) ? new Links(configs, random) : undefined
  }

  readonly #random: Random

  private constructor(configs: readonly NodeConfig[], random: Random) {
    this.#random = random
    this.nodes(configs)
  }

  /** The nodes are these now: links of new ones are made, those of nodes that left are closed for good. */
  nodes(configs: readonly NodeConfig[]): void {
    this.#configs.clear()
    for (const config of configs) this.#configs.set(config.node, config)
    for (const {node, kafka, kafkaListen, raft, peers} of configs) {
      if (!this.#clients.has(node)) this.#clients.set(node, new Relay(kafka, kafkaListen ?? kafka, this.#random))
      for (const {node: from} of peers) {
        if (this.#peers.has(`${from}:${node}`)) continue
        const at = this.#configs.get(from)?.peers.find(p => p.node === node)?.raft ?? raft
        this.#peers.set(`${from}:${node}`, {relay: new Relay(at, raft, this.#random), from, to: node})
      }
    }
    for (const [name, {relay, from, to}] of this.#peers)
      if (!this.#configs.has(from) || !this.#configs.has(to)) {
        relay.close()
        this.#peers.delete(name)
      }
    for (const [node, relay] of this.#clients)
      if (!this.#configs.has(node)) {
        relay.close()
        this.#clients.delete(node)
      }
  }

  /** A node's process is about to be started: who dials it waits from here on, and is let through when it is `up`. */
  async starting(node: NodeId): Promise<void> {
    await Promise.all(this.#to(node).map(r => r.starting()))
  }

  async up(node: NodeId): Promise<void> {
    await Promise.all(this.#to(node).map(r => r.up()))
  }

  down(node: NodeId): void {
    for (const relay of this.#to(node)) relay.down()
  }

  /** Puts a fault in force: for connections that are open, and from the first byte on for all to come. */
  async hold(hold: LinkHold): Promise<void> {
    this.#holds.set(hold.fault, hold)
    await this.#apply()
  }

  async release(fault: string): Promise<void> {
    if (this.#holds.delete(fault)) await this.#apply()
  }

  close(): void {
    for (const relay of this.#all()) relay.close()
  }

  /** Measures links, all at once: those of a fault, or every one. */
  probe(of?: LinkHold): Promise<LinkView[]> {
    const peers = [...this.#peers.values()].filter(
      p => !of || of.links.some(([from, to]) => from === p.from && to === p.to),
    )
    const clients = [...this.#clients].filter(
      ([node]) => !of || of.clientsIn.includes(node) || of.clientsOut.includes(node),
    )
    return Promise.all([
      ...peers.map(async ({relay, from, to}): Promise<LinkView> => {
        const config = this.#configs.get(to) as NodeConfig
        const probed = await probePeer(relay, config, to, patience(relay.forth))
        return {from, to, ...inWords(probed), faults: this.#holding(h => has(h, from, to))}
      }),
      ...clients.map(async ([to, relay]): Promise<LinkView> => {
        const probed = await probeKafka(relay, patience(relay.forth))
        const faults = this.#holding(h => h.clientsIn.includes(to) || h.clientsOut.includes(to))
        return {from: 'clients', to, ...inWords(probed), faults}
      }),
    ])
  }

  #to(node: NodeId): Relay[] {
    const clients = this.#clients.get(node)
    const peers = [...this.#peers.values()].filter(p => p.to === node).map(p => p.relay)
    return clients ? [...peers, clients] : peers
  }

  #all(): Relay[] {
    return [...this.#clients.values(), ...[...this.#peers.values()].map(p => p.relay)]
  }

  #holding(of: (hold: LinkHold) => boolean): string[] {
    return [...this.#holds.values()].filter(of).map(h => h.fault)
  }

  /** What each lane has to do, from all faults that are in force; of several shapes the newest. */
  async #apply(): Promise<void> {
    const set = (lane: Lane, holds: readonly LinkHold[], mute = false): boolean => {
      const cut = holds.some(h => !h.shape)
      const shape = holds.findLast(h => h.shape)?.shape
      const different = lane.cut !== cut || lane.shape !== shape || lane.mute !== mute
      Object.assign(lane, {cut, shape, mute})
      return different
    }
    const holds = [...this.#holds.values()]
    const changed: Relay[] = []
    for (const {relay, from, to} of this.#peers.values()) {
      const forth = set(
        relay.forth,
        holds.filter(h => has(h, from, to)),
      )
      // Nothing but the end of a connection goes back on it: `to` learns of no death that a cut link could not tell.
      const back = set(
        relay.back,
        [],
        holds.some(h => !h.shape && has(h, to, from)),
      )
      if (forth || back) changed.push(relay)
    }
    for (const [node, relay] of this.#clients) {
      const forth = set(
        relay.forth,
        holds.filter(h => h.clientsIn.includes(node)),
      )
      const back = set(
        relay.back,
        holds.filter(h => h.clientsOut.includes(node)),
      )
      if (forth || back) changed.push(relay)
    }
    await Promise.all(changed.map(r => r.changed()))
  }
}

function has(hold: LinkHold, from: NodeId, to: NodeId): boolean {
  return hold.links.some(([a, b]) => a === from && b === to)
}

/** How long the answer to a probe may take on such a lane. */
function patience({shape}: Lane): number {
  if (!shape) return PROBE_MS
  const {latencyMs = 0, jitterMs = 0, lossPercent = 0, bytesPerSecond} = shape
  const wire = bytesPerSecond ? (PROBE_BYTES / bytesPerSecond) * 1_000 : 0
  return PROBE_MS + latencyMs + jitterMs + wire + (lossPercent > 0 ? PROBE_LOSS_MS : 0)
}

function inWords(probed: Probed): Pick<LinkView, 'seen' | 'ms'> {
  switch (probed.seen) {
    case 'answer':
      return {seen: 'passes', ms: probed.ms}
    case 'swallowed':
      return {seen: 'cut'}
    case 'refused':
      return {seen: 'down'}
    default:
      return {seen: 'silent'}
  }
}
