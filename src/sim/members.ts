import {utf8} from '../base/bytes.ts'
import {type GroupName, type Index, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import type {Group} from '../broker/group.ts'
import {METADATA_DIR, METADATA_SNAPSHOT_DIR} from '../broker/node.ts'
import type {MembersOrder} from '../contracts/node-control.ts'
import {REBUILD_FILE, type Rebuild} from '../contracts/rebuild.ts'
import {giveIdentity, type SimCluster} from './cluster.ts'
import type {Machine} from './machine.ts'
import type {Fault} from './schedule.ts'

const LOOK_MS = 40
/** An order that was not answered is given again, to whoever is up then. */
const ORDER_MS = 1_500

type Change = Extract<Fault, {do: 'members'}>

export interface MembersEvents {
  count(what: string): void
  /** A machine has an empty disk under its old number. */
  newDisk(machine: Machine): void
  /** The logs of these groups were moved aside: nothing is left of them. */
  aside(machine: Machine, groups: ReadonlySet<GroupName>): void
  failed(error: unknown): void
}

/**
 * Adds, removes, replaces and repairs nodes, one after the other, as the lab does (supervisor/members.ts): every step waits until it may be done. A leader
 * gives nothing away before, which it does there: that groups take out who leads them is what is to be seen.
 */
export class SimMembers {
  readonly #cluster: SimCluster
  readonly #events: MembersEvents
  #queue: Promise<void> = Promise.resolve()
  #open = 0

  constructor(cluster: SimCluster, events: MembersEvents) {
    this.#cluster = cluster
    this.#events = events
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return this.#open === 0
  }

  begin(change: Change, meant: Machine): void {
    this.#next(() => this.#do(change, meant))
  }

  /** Moves the logs that are damaged by then aside and orders that they are rebuilt from the others (supervisor/repair.ts). */
  repair(machine: Machine, damaged: () => ReadonlySet<GroupName>): void {
    this.#next(() => this.#repair(machine, damaged))
  }

  #next(run: () => Promise<void>): void {
    this.#open++
    this.#queue = this.#queue
      .then(run)
      .catch(error => this.#events.failed(error))
      .then(() => {
        this.#open--
      })
  }

  async #do({what}: Change, meant: Machine): Promise<void> {
    const {machines, spares} = this.#cluster
    const there = machines.includes(meant)
    if (what === 'add' && spares.length > 0) await this.#add(spares[0])
    // Three replicas of every partition have to find a place.
    else if (what === 'remove' && there && machines.length > 3) await this.#remove(meant)
    else if (what === 'replace' && there) await this.#replace(meant)
    else return
    this.#events.count(`members ${what}`)
  }

  async #add(machine: Machine): Promise<void> {
    this.#cluster.enter(machine)
    this.#tellPeers()
    machine.start()
    await this.#order({call: 'admit', node: machine.id, directoryId: directoryOf(machine)})
    await this.#voter(machine.id)
  }

  async #remove(machine: Machine): Promise<void> {
    await this.#othersUp(machine)
    await this.#order({call: 'retire', node: machine.id, returns: false, directoryId: directoryOf(machine)})
    await this.#without(machine.id)
    machine.leave()
    this.#cluster.exit(machine)
    this.#tellPeers()
  }

  async #replace(machine: Machine): Promise<void> {
    await this.#othersUp(machine)
    const had = this.#replicasOf(machine.id)
    // As long as it lives it helps: a group of two could not let it go otherwise.
    await this.#order({call: 'retire', node: machine.id, returns: true, directoryId: directoryOf(machine)})
    const leaders = await this.#without(machine.id)
    machine.leave()
    machine.newDisk()
    giveIdentity(machine, machine.config, machine.disks)
    for (const group of [METADATA_GROUP, ...had]) {
      const leader = leaders.get(group)
      if (!leader) continue
      orderRebuild(machine, group, leader, leader.raft.commit)
    }
    this.#events.newDisk(machine)
    await this.#order({call: 'admit', node: machine.id, directoryId: directoryOf(machine)})
    machine.comeBack()
    machine.start()
    await this.#voter(machine.id)
  }

  async #repair(machine: Machine, damaged: () => ReadonlySet<GroupName>): Promise<void> {
    if (damaged().size === 0) return
    // What is asked of the others is asked when it is down: it promises nothing any more that they do not know.
    machine.leave(false)
    const leaders = await this.#until(() => this.#askOthers(machine, damaged()))
    for (const [group, leader] of leaders) {
      machine.disk.empty(dirOf(group))
      machine.disk.empty(snapshotDirOf(group))
      orderRebuild(machine, group, leader, leader.raft.lastIndex)
    }
    this.#events.aside(machine, new Set(leaders.keys()))
    this.#events.count('repaired')
    machine.comeBack()
    machine.start()
  }

  /** The leader of each of these groups, when every other voter is up and none is being rebuilt itself. */
  #askOthers(machine: Machine, groups: ReadonlySet<GroupName>): Map<GroupName, Group> | undefined {
    const found = new Map<GroupName, Group>()
    for (const name of groups) {
      const others = this.#cluster.machines.flatMap(m => (m === machine ? [] : (m.life?.look?.group(name) ?? [])))
      const term = Math.max(0, ...others.map(g => g.term))
      const leader = others.find(g => g.serving && g.term === term)
      const voters = new Set(others.flatMap(g => g.voters)).size - 1
      if (!leader || others.length < voters || others.some(g => g.state().rebuilding)) return undefined
      found.set(name, leader)
    }
    return found
  }

  #tellPeers(): void {
    const {machines} = this.#cluster
    for (const machine of machines) {
      const {config, life} = machine
      const peers = machines
        .filter(m => m !== machine)
        .map(({config: {node, raft, kafka}}) => ({node, raft: {...raft}, kafka: {...kafka}}))
      // A node that is not up reads it when it starts.
      config.peers = peers
      if (life)
        this.#cluster.world.schedule(
          0,
          life,
          'peers',
          life.name,
          0,
          () => void life.node?.members({call: 'peers', peers}),
        )
    }
  }

  /** Given to one node after the other, until one says that it is done. */
  async #order(order: MembersOrder): Promise<void> {
    const {world} = this.#cluster
    for (let turn = 0; ; turn++) {
      const up = this.#cluster.machines.filter(m => m.life?.node && !m.life.paused)
      const life = up[turn % Math.max(1, up.length)]?.life
      let done = false
      if (life)
        world.schedule(0, life, order.call, life.name, 0, () => {
          life.node?.members(order).then(
            () => {
              done = true
            },
            () => undefined,
          )
        })
      for (let waited = 0; !done && waited < ORDER_MS; waited += LOOK_MS) await this.#sleep()
      if (done) return
    }
  }

  #sleep(): Promise<void> {
    return new Promise(resolve =>
      this.#cluster.world.schedule(LOOK_MS * 1_000, undefined, 'look', 'members', 0, resolve),
    )
  }

  async #until<T>(fact: () => T | undefined): Promise<T> {
    for (;;) {
      const found = fact()
      if (found !== undefined) return found
      await this.#sleep()
    }
  }

  #othersUp(machine: Machine): Promise<true> {
    const {machines} = this.#cluster
    return this.#until(() =>
      machines.every(m => m === machine || (m.life?.node && !m.life.paused)) ? true : undefined,
    )
  }

  /** Who serves each group. */
  #leaders(): Map<GroupName, Group> {
    const found = new Map<GroupName, Group>()
    for (const {life} of this.#cluster.machines)
      for (const group of life?.look?.groups() ?? [])
        if (group.serving && group.term > (found.get(group.name)?.term ?? -1)) found.set(group.name, group)
    return found
  }

  #groups(): Set<GroupName> {
    return new Set(this.#cluster.machines.flatMap(m => [...(m.life?.look?.groups() ?? [])].map(g => g.name)))
  }

  #without(id: NodeId): Promise<Map<GroupName, Group>> {
    return this.#until(() => {
      const leaders = this.#leaders()
      const all = [...this.#groups()].every(name => {
        const group = leaders.get(name)
        return group && isSettled(group) && !group.voters.includes(id)
      })
      return all ? leaders : undefined
    })
  }

  #voter(id: NodeId): Promise<true> {
    return this.#until(() => {
      const leaders = this.#leaders()
      const group = leaders.get(METADATA_GROUP)
      if (!group || !isSettled(group) || !group.voters.includes(id)) return undefined
      return this.#replicasOf(id).every(name => leaders.get(name)?.voters.includes(id)) ? true : undefined
    })
  }

  /** By the newest metadata that a node has applied. */
  #replicasOf(id: NodeId): GroupName[] {
    const looks = this.#cluster.machines.flatMap(m => (m.life?.look ? [m.life.look] : []))
    const applied = (look: (typeof looks)[number]): number => look.group(METADATA_GROUP)?.applied ?? -1
    const [newest] = looks.sort((a, b) => applied(b) - applied(a))
    return [...(newest?.image.topics.values() ?? [])].flatMap(topic =>
      topic.replicas.flatMap((replicas, p) => (replicas.includes(id) ? [`${topic.name}/${p}`] : [])),
    )
  }
}

function dirOf(group: GroupName): string {
  return group === METADATA_GROUP ? METADATA_DIR : `wal/${group}`
}

function snapshotDirOf(group: GroupName): string {
  return group === METADATA_GROUP ? METADATA_SNAPSHOT_DIR : `${dirOf(group)}/snapshots`
}

function orderRebuild({disk}: Machine, group: GroupName, {raft: {term, leader: vote}}: Group, until: Index): void {
  const order: Rebuild = {formatVersion: 1, group, term, vote, until}
  disk.put(`${dirOf(group)}/${REBUILD_FILE}`, utf8(`${JSON.stringify(order)}\n`))
}

/** It begins from an order, if it has not begun yet. */
export function hasOrder({disk}: Machine, group: GroupName): boolean {
  return disk.file(`${dirOf(group)}/${REBUILD_FILE}`) !== undefined
}

function isSettled({configuration: {votersOutgoing, learners}}: Group): boolean {
  return votersOutgoing.length + learners.length === 0
}

function directoryOf(machine: Machine): string {
  const {directoryId} = JSON.parse(new TextDecoder().decode(machine.disk.file('node.json')?.content())) as {
    directoryId: string
  }
  return directoryId
}
