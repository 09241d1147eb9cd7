import {randomBytes} from 'node:crypto'
import {ChronikError, EXIT, messageOf} from '../base/errors.ts'
import {type GroupName, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import type {ActionResult, Asker, NodeEffect} from '../contracts/action.ts'
import type {MembersOrder} from '../contracts/node-control.ts'
import type {GroupState} from '../contracts/node-state.ts'
import type {Rebuild} from '../contracts/rebuild.ts'
import type {NodeReading} from '../contracts/supervisor-protocol.ts'
import type {Journal} from './journal.ts'
import {newDisk, putAside} from './node-folder.ts'
import type {NodeHandle} from './node-handle.ts'
import {giveFolder, portsOfOneMore} from './plan.ts'
import {type ClusterSpec, type SpecNode, writeSpec} from './spec.ts'

const LOOK_MS = 40

export interface MembersWorld {
  spec: ClusterSpec
  dir: string
  journal: Journal
  nodes: readonly NodeHandle[]
  /** How long the groups may take to have other members. */
  withinMs: number
  /** The nodes of the specification are others: makes and forgets what is kept for each. */
  changed(): Promise<void>
  /** Throws unless it came up. */
  start(n: NodeHandle): Promise<unknown>
  stop(n: NodeHandle): Promise<unknown>
  /** `No leader of …`, when there is none. */
  leaderless(): string
  progress(line: string): void
}

/** Changes of the members of a running cluster, one at a time. Each can be asked for again after it was cut off, and goes on. */
export class Members {
  readonly #w: MembersWorld
  readonly #by: string
  readonly #lines: string[] = []
  readonly #begunMs = performance.now()

  constructor(world: MembersWorld, by: Asker) {
    this.#w = world
    this.#by = `by ${by.name} (pid ${by.pid})`
  }

  async add(): Promise<ActionResult> {
    const {spec, dir, journal} = this.#w
    await this.#leader()
    const left = spec.nodes.find(n => n.joining)
    const node = left ?? (await this.#oneMore())
    const {id} = node
    if (!left) {
      journal.add('cluster', `n${id} is added ${this.#by}`, {node: id, data: {directoryId: node.directoryId}})
      giveFolder(dir, spec.clusterId, node)
      spec.voters ??= spec.nodes.map(n => n.id)
      spec.nodes.push(node)
      spec.lastNodeId = id
      writeSpec(dir, spec)
      await this.#w.changed()
    }
    await this.#tellPeers()
    const handle = this.#node(id)
    if (!handle.running) await this.#w.start(handle)
    handle.restarts = 0
    this.#say(`n${id} started: kafka ${at(handle.config.kafka)}, raft ${at(handle.config.raft)}, pid ${handle.id?.pid}`)
    await this.#order({call: 'admit', node: id, directoryId: node.directoryId})
    await this.#voterOf(id, [METADATA_GROUP])
    delete node.joining
    writeSpec(dir, spec)
    return this.#done(id, 'added')
  }

  async remove(id: NodeId): Promise<ActionResult> {
    const {spec, dir, journal} = this.#w
    const handle = this.#node(id)
    const {directoryId} = spec.nodes.find(n => n.id === id) as SpecNode
    await this.#leader()
    this.#othersAreIn(id)
    this.#quorumWithout(id, handle.state === 'up')
    const readings = await this.#readings()
    const had = replicasOf(id, readings)
    this.#placesFor(id, had, readings)
    journal.add('cluster', `n${id} is removed ${this.#by}`, {node: id, data: {groups: had}})
    await this.#handOver(handle)
    await this.#order({call: 'retire', node: id, returns: false, directoryId})
    await this.#without(id)
    if (had.length > 0) this.#say(`n${id}: its replicas of ${list(had)} are with others`)
    if (handle.running) await this.#w.stop(handle)
    spec.voters ??= spec.nodes.map(n => n.id)
    spec.lastNodeId = Math.max(spec.lastNodeId ?? 0, ...spec.nodes.map(n => n.id))
    spec.nodes = spec.nodes.filter(n => n.id !== id)
    writeSpec(dir, spec)
    await this.#w.changed()
    await this.#tellPeers()
    const aside = putAside(dir, id, journal.number + 1)
    if (aside) this.#say(`n${id}: its data are in ${oneLine(aside)}`)
    return this.#done(id, 'removed')
  }

  async replace(id: NodeId): Promise<ActionResult> {
    const {spec, dir, journal} = this.#w
    const handle = this.#node(id)
    const node = spec.nodes.find(n => n.id === id) as SpecNode
    await this.#leader(id)
    this.#othersAreIn(id)
    // As long as it lives it helps: a group of two could not let it go otherwise.
    const helps = handle.state === 'up'
    this.#quorumWithout(id, helps)
    const readings = await this.#readings()
    if (!helps) this.#groupsWithout(id, readings)
    const had = new Set([METADATA_GROUP, ...replicasOf(id, readings), ...(node.replacing ?? [])])
    node.replacing = [...had]
    writeSpec(dir, spec)
    journal.add('cluster', `n${id} is replaced ${this.#by}`, {node: id, data: {groups: node.replacing}})
    if (handle.running && !helps) await this.#w.stop(handle)
    await this.#handOver(handle)
    await this.#order({call: 'retire', node: id, returns: true, directoryId: node.directoryId})
    const without = await this.#without(id)
    if (handle.running) await this.#w.stop(handle)
    this.#say(`n${id} is in no group any more (${list(node.replacing)})`)
    const orders = node.replacing.flatMap(group => orderOf(group, without.get(group)))
    const aside = putAside(dir, id, journal.number + 1)
    if (aside) this.#say(`n${id}: what was on its disk is in ${oneLine(aside)}`)
    node.directoryId = randomBytes(16).toString('hex')
    newDisk(dir, spec.clusterId, node, orders)
    writeSpec(dir, spec)
    await this.#w.changed()
    await this.#tellPeers()
    await this.#order({call: 'admit', node: id, directoryId: node.directoryId})
    await this.#w.start(handle)
    this.#say(`n${id} up with an empty disk, directory ${node.directoryId.slice(0, 8)}`)
    await this.#voterOf(
      id,
      orders.map(o => o.group),
    )
    delete node.replacing
    writeSpec(dir, spec)
    return this.#done(id, 'replaced')
  }

  #say(line: string): void {
    this.#lines.push(line)
    this.#w.progress(line)
  }

  #done(node: NodeId, effect: string): ActionResult {
    const afterMs = Math.round(performance.now() - this.#begunMs)
    const {length} = this.#w.spec.nodes
    const voters = this.#w.spec.nodes.map(n => `n${n.id}`).join(' ')
    this.#say(
      `n${node} ${effect} after ${afterMs} ms: voters of ${METADATA_GROUP} are ${voters}, quorum ${Math.floor(length / 2) + 1} of ${length}`,
    )
    const event = this.#w.journal.add('cluster', this.#lines[this.#lines.length - 1], {node})
    const pid = this.#w.nodes.find(n => n.config.node === node)?.id?.pid
    const did: NodeEffect = {node, effect, afterMs, event: event.number, ...(pid === undefined ? {} : {pid})}
    return {did: [did], lines: this.#lines, next: ['chronik status']}
  }

  #node(id: NodeId): NodeHandle {
    const found = this.#w.nodes.find(n => n.config.node === id)
    if (found) return found
    const there = this.#w.nodes.map(n => `n${n.config.node}`).join(' ')
    throw new ChronikError('CHRONIK_NO_NODE', EXIT.usage, `No node n${id}: there are ${there}.`)
  }

  async #oneMore(): Promise<SpecNode> {
    const {spec} = this.#w
    const id = Math.max(spec.lastNodeId ?? 0, ...spec.nodes.map(n => n.id)) + 1
    const ports = await portsOfOneMore(spec)
    return {id, directoryId: randomBytes(16).toString('hex'), ...ports, joining: true}
  }

  #readings(): Promise<NodeReading[]> {
    return Promise.all(this.#w.nodes.map(n => n.ask()))
  }

  /** Someone leads the metadata group; that it is the node that is about to go is said. */
  async #leader(than: NodeId = 0): Promise<void> {
    const led = await this.#until(async () => leadersIn(await this.#readings()).get(METADATA_GROUP))
    if (!led)
      throw new ChronikError('CHRONIK_NO_LEADER', EXIT.labState, `${this.#w.leaderless()}.`, {next: 'chronik start'})
    if (led.node === than) this.#say(`n${than} leads ${METADATA_GROUP}: another will`)
  }

  /** A node that is half added can take nobody's place. */
  #othersAreIn(id: NodeId): void {
    const half = this.#w.spec.nodes.find(n => n.joining && n.id !== id)
    if (!half) return
    const message = `n${half.id} is being added and no voter yet.`
    throw new ChronikError('CHRONIK_BUSY', EXIT.labState, message, {next: 'chronik cluster add'})
  }

  /** Those that stay must be able to decide alone, and together with those that were there before. */
  #quorumWithout(id: NodeId, itHelps: boolean): void {
    const stay = this.#w.nodes.filter(n => n.config.node !== id)
    const able = stay.filter(n => n.state === 'up')
    const needed = Math.floor(stay.length / 2) + 1
    const both = Math.max(needed, Math.floor(this.#w.nodes.length / 2) + 1 - Number(itHelps))
    if (stay.length > 0 && able.length >= both) return
    const others = stay.map(n => `n${n.config.node} is ${n.state}`).join(', ')
    throw new ChronikError(
      'CHRONIK_NO_QUORUM',
      EXIT.labState,
      stay.length === 0
        ? `n${id} is the only node.`
        : `Without n${id} there would be no quorum: ${others}; it needs ${both}.`,
      {next: stay.length === 0 ? 'chronik cluster add' : 'chronik start'},
    )
  }

  /** Each group must be able to decide without this node, which does not run, that it leaves. */
  #groupsWithout(id: NodeId, readings: readonly NodeReading[]): void {
    const up = new Set(this.#w.nodes.filter(n => n.state === 'up' && n.config.node !== id).map(n => n.config.node))
    const stuck = new Set<GroupName>()
    for (const {live} of readings)
      for (const {group, voters} of live?.groups ?? [])
        if (voters.includes(id) && voters.filter(v => up.has(v)).length < Math.floor(voters.length / 2) + 1)
          stuck.add(group)
    if (stuck.size === 0) return
    const message = `Without n${id}, which is ${this.#node(id).state}, there is no quorum of ${list([...stuck])}: what only its disk holds would be lost.`
    throw new ChronikError('CHRONIK_NO_QUORUM', EXIT.labState, message, {next: 'chronik start'})
  }

  /** Every replica needs a node that has none of its partition yet, and that is up. */
  #placesFor(id: NodeId, had: readonly GroupName[], readings: readonly NodeReading[]): void {
    const others = this.#w.nodes.filter(n => n.config.node !== id)
    const full = had.filter(group => {
      const replicas = new Set(readings.flatMap(r => replicasIn(r, group)))
      return others.every(n => replicas.has(n.config.node))
    })
    if (full.length > 0)
      throw new ChronikError(
        'CHRONIK_NO_PLACE',
        EXIT.labState,
        `n${id} has replicas of ${list(full)}, and every other node has one already.`,
        {next: 'chronik cluster add'},
      )
    const down = others.filter(n => n.state !== 'up')
    if (had.length > 0 && down.length > 0)
      throw new ChronikError(
        'CHRONIK_NO_PLACE',
        EXIT.labState,
        `n${id} has replicas of ${list(had)}, which others have to take; ${down.map(n => `n${n.config.node} is ${n.state}`).join(', ')}.`,
        {next: 'chronik start'},
      )
  }

  /** Who leads steps down when it is out of its group, and then nobody leads for an election timeout: it gives that away before. */
  async #handOver(handle: NodeHandle): Promise<void> {
    if (handle.state !== 'up') return
    const {node} = handle.config
    const led = (handle.live?.groups ?? []).filter(g => g.role === 'leader').map(g => g.group)
    if (led.length === 0) return
    this.#say(`n${node} hands over what it leads: ${list(led)}`)
    // Its leaving does not depend on it.
    await handle.members({call: 'hand-over'}).catch(error => this.#say(`n${node}: ${messageOf(error)}`))
  }

  /** Every node that runs learns where the others are. */
  async #tellPeers(): Promise<void> {
    for (const n of this.#w.nodes) if (n.running && !n.paused) await n.members({call: 'peers', peers: n.config.peers})
  }

  /** By way of any node: it hands the command to the leader. */
  async #order(order: MembersOrder & {node: NodeId}): Promise<void> {
    const able = this.#w.nodes.filter(n => n.state === 'up' && n.config.node !== order.node)
    const leads = (n: NodeHandle): number => Number(n.group(METADATA_GROUP)?.role === 'leader')
    const [first] = able.sort((a, b) => leads(b) - leads(a))
    if (!first) throw new ChronikError('CHRONIK_NO_LEADER', EXIT.labState, `${this.#w.leaderless()}.`)
    await first.members(order)
  }

  /** No group has this node in its configuration any more; gives what the leaders say of each. */
  async #without(id: NodeId): Promise<Map<GroupName, GroupState>> {
    let left: string[] = []
    const found = await this.#until(async () => {
      const readings = await this.#readings()
      const leaders = leadersIn(readings)
      const groups = new Set(readings.flatMap(r => r.live?.groups.map(g => g.group) ?? []))
      left = [...groups].filter(group => {
        const state = leaders.get(group)?.state
        return !state || changing(state) || state.voters.includes(id)
      })
      return left.length === 0 ? new Map([...leaders].map(([group, {state}]) => [group, state])) : undefined
    })
    if (found) return found
    throw this.#late(`n${id} is still in ${list(left)}`)
  }

  async #voterOf(id: NodeId, groups: readonly GroupName[]): Promise<void> {
    let left: GroupName[] = []
    const done = await this.#until(async () => {
      const readings = await this.#readings()
      const leaders = leadersIn(readings)
      const own = readings.find(r => r.node === id)?.live?.groups ?? []
      left = groups.filter(group => {
        const state = leaders.get(group)?.state
        const here = own.find(g => g.group === group)
        return !state || changing(state) || !state.voters.includes(id) || !here || here.rebuilding === true
      })
      return left.length === 0 ? true : undefined
    })
    if (!done) throw this.#late(`n${id} is no voter of ${list(left)} yet`)
    this.#say(`n${id} is a voter of ${list(groups)}`)
  }

  #late(what: string): ChronikError {
    const message = `${what} after ${this.#w.withinMs / 1_000} s; it goes on.`
    return new ChronikError('CHRONIK_TIMEOUT', EXIT.unknown, message, {next: 'chronik status'})
  }

  async #until<T>(fact: () => Promise<T | undefined>): Promise<T | undefined> {
    const deadline = performance.now() + this.#w.withinMs
    for (;;) {
      const found = await fact()
      if (found !== undefined || performance.now() > deadline) return found
      await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    }
  }
}

function changing({votersOutgoing = [], learners = []}: GroupState): boolean {
  return votersOutgoing.length + learners.length > 0
}

/** Of each group the state that its serving leader tells, and who that is. */
function leadersIn(readings: readonly NodeReading[]): Map<GroupName, {node: NodeId; state: GroupState}> {
  const found = new Map<GroupName, {node: NodeId; state: GroupState}>()
  for (const {node, live} of readings)
    for (const state of live?.groups ?? [])
      if (state.serving && state.term > (found.get(state.group)?.state.term ?? -1))
        found.set(state.group, {node, state})
  return found
}

function replicasIn({live}: NodeReading, group: GroupName): NodeId[] {
  return live?.partitions.find(p => `${p.topic}/${p.partition}` === group)?.replicas ?? []
}

/** Partitions of which this node holds a replica, by what the nodes tell. */
function replicasOf(id: NodeId, readings: readonly NodeReading[]): GroupName[] {
  const found = new Set<GroupName>()
  for (const {live} of readings)
    for (const {topic, partition, replicas} of live?.partitions ?? [])
      if (replicas.includes(id)) found.add(`${topic}/${partition}`)
  return [...found].sort()
}

/** What a replica that starts anew has to hold before it counts: all that was committed when nobody counted on it any more. */
function orderOf(group: GroupName, state: GroupState | undefined): Rebuild[] {
  return state ? [{formatVersion: 1, group, term: state.term, vote: state.leader, until: state.commit}] : []
}

const at = ({host, port}: {host: string; port: number}): string => `${host}:${port}`

/** At most five names, and how many more. */
function list(groups: readonly string[]): string {
  const shown = groups.slice(0, 5).map(oneLine).join(' ')
  return groups.length > 5 ? `${shown} and ${groups.length - 5} more` : shown
}
