import {ChronikError, EXIT} from '../base/errors.ts'
import {type GroupAddress, type GroupName, groupAddress, type Index, type NodeId} from '../base/ids.ts'
import {SeededRandom} from '../base/random.ts'
import type {Action, LinkShape, Selector} from '../contracts/action.ts'
import type {LinkView} from '../contracts/faults.ts'
import type {GroupState, NodeLive} from '../contracts/node-state.ts'
import type {ClusterSnapshot, NodeReading, NodeView} from '../contracts/supervisor-protocol.ts'
import {contractOf} from '../engines/index.ts'
import {readClientRecords} from '../inspect/client-records.ts'
import {readNode} from '../inspect/node.ts'
import {CRASH_POINTS, type CrashPoint} from '../io/crash-points.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import {type DiskReading, type GroupReading, wasDeleted} from '../judge/evidence.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import type {
  Cluster,
  ClusterState,
  CutHow,
  Fact,
  NemesisDone,
  NemesisSpec,
  NodeHandle,
  Ordered,
  Undoable,
} from './api.ts'
import {collectDisk} from './collect.ts'
import type {EvidenceBook} from './evidence-book.ts'
import {nemesis} from './lab-nemesis.ts'
import {lacks, whyUnreadable} from './lacking.ts'
import {after} from './load/after.ts'
import {DeadNodeFiles} from './node-files.ts'
import {hashOfLogs, type SharedLogs, sharedLogs} from './shared-log.ts'

/** A fact was not seen in time. */
export class NotSeen extends ChronikError {
  constructor(withinMs: number, last: string) {
    super('CHRONIK_NOT_SEEN', EXIT.failed, `not seen within ${withinMs} ms; last seen: ${last}`)
  }
}

const POLL_MS = 30
const ANSWER_WITHIN_MS = 1_500
const ANSWERS: ReadonlySet<string> = new Set(['up', 'starting', 'refused'])
const DEAD: ReadonlySet<string> = new Set(['killed', 'stopped', 'CRASHED'])

/** The cluster as a lab sees it: orders go to the supervisor, answers and pushed changes go into the evidence. */
export class LabCluster implements Cluster {
  readonly #handles = new Map<NodeId, NodeHandle>()
  readonly patienceMs: number
  readonly acks: '1' | 'all'
  readonly #client: SupervisorClient
  readonly #book: EvidenceBook
  readonly #runDir: string
  readonly #seed: number
  readonly #random: SeededRandom
  readonly #signal: AbortSignal
  readonly #mayDamage: boolean
  /** Its nodes tell of the metadata group alone. */
  readonly #opaqueTopics: boolean
  readonly losesPower: boolean
  readonly crashPoints: readonly CrashPoint[]
  #snapshot: ClusterSnapshot
  readonly #waiting = new Set<() => void>()
  /** Until the next order: the part of the logs that is compared. */
  #shared: SharedLogs | undefined

  constructor(o: {
    client: SupervisorClient
    snapshot: ClusterSnapshot
    book: EvidenceBook
    runDir: string
    seed: number
    signal: AbortSignal
    /** It is the lab's own: its files may be damaged. */
    mayDamage: boolean
    /** Every kill is a power loss. */
    powerLoss?: boolean
  }) {
    this.#client = o.client
    this.#mayDamage = o.mayDamage
    this.#book = o.book
    this.#runDir = o.runDir
    this.#seed = o.seed
    this.#random = new SeededRandom(o.seed)
    this.#signal = o.signal
    this.losesPower = o.powerLoss ?? false
    this.#snapshot = o.snapshot
    const {attached, engine} = o.snapshot
    const {cannot, rules} = contractOf({engine, runs: attached?.runs})
    this.crashPoints = cannot['crash-points'] === undefined ? CRASH_POINTS : []
    this.patienceMs = rules.leaderWithinMs
    this.acks = rules.loadAcks
    this.#opaqueTopics = rules.opaqueTopics
  }

  /** Those that there are now: orders may add and remove some. */
  get nodes(): readonly NodeHandle[] {
    return this.#snapshot.nodes.map(({id}) => {
      const handle = this.#handles.get(id) ?? this.#handle(id)
      this.#handles.set(id, handle)
      return handle
    })
  }

  /** From here on everything that nodes tell is kept. */
  async watch(): Promise<void> {
    this.changed(
      await this.#client.subscribe({
        event: e => this.#book.event(e),
        changed: s => this.changed(s),
        group: g => {
          this.#book.change(g)
          this.#wake()
        },
      }),
    )
  }

  changed(snapshot: ClusterSnapshot): void {
    this.#snapshot = snapshot
    this.#book.picture(snapshot)
    this.#wake()
  }

  snapshot(): ClusterSnapshot {
    return this.#snapshot
  }

  node(id: NodeId): NodeHandle {
    const found = this.nodes.find(n => n.id === id)
    if (!found) throw new ChronikError('CHRONIK_LAB', EXIT.usage, `the cluster has no n${id}`)
    return found
  }

  async leader(group?: GroupName, except: readonly NodeHandle[] = []): Promise<NodeHandle> {
    const others = (r: NodeReading): boolean => !except.some(n => n.id === r.node)
    return this.node(
      await this.until(s => leaderOf(s.readings.filter(others), group ?? s.snapshot.group), {
        withinMs: this.patienceMs,
      }),
    )
  }

  async follower(group?: GroupName): Promise<NodeHandle> {
    const leader = (await this.leader(group)).id
    const others = this.#snapshot.nodes.filter(n => n.id !== leader && n.state === 'up').map(n => n.id)
    if (others.length === 0) throw new ChronikError('CHRONIK_LAB', EXIT.unknown, 'no follower is up')
    return this.node(others[this.#random.below(others.length)])
  }

  kill(who: Selector, how: {losesAll?: boolean} = {}): Promise<Ordered> {
    if (!this.losesPower) return this.act({do: 'kill', who})
    return this.act({
      do: 'kill',
      who,
      powerLoss: true,
      ...(how.losesAll ? {losesAll: true} : {seed: this.#random.u32().toString(16)}),
    })
  }

  async #dieAt(who: Selector, at: string, waitMs: number): Promise<Ordered | undefined> {
    if (!CRASH_POINTS.some(p => p.name === at))
      throw new ChronikError('CHRONIK_LAB', EXIT.usage, `there is no point ${at}`)
    try {
      return await this.act({do: 'kill', who, at, waitMs})
    } catch (error) {
      if ((error as Partial<ChronikError>).code !== 'CHRONIK_NOT_REACHED') throw error
      this.changed(await this.#client.snapshot())
      return undefined
    }
  }

  start(who?: Selector): Promise<Ordered> {
    // What lies on the disks and whether they catch up is judged here: the order is done when the nodes are up.
    return this.act({do: 'start', patienceMs: 0, ...(who ? {who} : {})})
  }

  restart(who: Selector): Promise<Ordered> {
    return this.act({do: 'restart', who})
  }

  partition(who: Selector | readonly NodeId[][], how: CutHow = {}): Promise<Undoable> {
    const whom = 'length' in who ? {groups: who.map(g => [...g])} : {who}
    return this.#undoable({do: 'partition', ...whom, ...how})
  }

  link(from: NodeId, to: NodeId, shape: LinkShape): Promise<Undoable> {
    return this.#undoable({do: 'link', from, to, shape})
  }

  slowDisks(who: Selector, byMs: number): Promise<Undoable> {
    return this.#undoable({do: 'disk', who, trouble: {syncDelayMs: byMs}})
  }

  links(): Promise<LinkView[]> {
    return this.#client.links()
  }

  nemesis(spec: NemesisSpec): Promise<NemesisDone> {
    return nemesis(spec, this.#seed.toString(16), {
      nodes: this.nodes.map(n => n.id),
      now: this.#book.now,
      pause: ms => after(ms, this.#signal),
      over: () => this.#signal.aborted,
      act: action => this.act(action),
    })
  }

  heal(): Promise<Ordered> {
    return this.act({do: 'heal'})
  }

  /** A fault with a name of its own: it is undone by that. */
  async #undoable(action: Action): Promise<Undoable> {
    const ordered = await this.act(action)
    const faults = [...new Set(ordered.did.flatMap(d => (d.event === undefined ? [] : [`f${d.event}`])))]
    return {...ordered, undo: () => this.act({do: 'heal', faults})}
  }

  async act(action: Action): Promise<Ordered> {
    this.#shared = undefined
    const before = new Map(this.#snapshot.nodes.map(n => [n.id, n.incarnation ?? n.live?.incarnation ?? '']))
    const atMs = this.#book.now()
    const result = await this.#client.act(action)
    this.changed(await this.#client.snapshot())
    const doneAtMs = this.#book.now()
    const nodes = result.did.map(d => d.node)
    this.#book.acted(action, result, {atMs, doneAtMs, before, snapshot: this.#snapshot})
    if (action.do === 'start' || action.do === 'restart') await this.#answersOf(nodes, before, atMs)
    return {...result, atMs, doneAtMs}
  }

  /** The first answer of each new life: what its recovery found. */
  async #answersOf(nodes: readonly NodeId[], before: ReadonlyMap<NodeId, string>, orderedAtMs: number): Promise<void> {
    let open = nodes.filter(n => this.#snapshot.nodes.some(v => v.id === n && v.state !== 'stopped'))
    const untilMs = this.#book.now() + ANSWER_WITHIN_MS
    while (open.length > 0 && this.#book.now() < untilMs && !this.#signal.aborted) {
      const readings = await this.#ask(open)
      const left: NodeId[] = []
      for (const node of open) {
        const reading = readings.find(r => r.node === node)
        const incarnation = reading?.live?.incarnation ?? this.#book.lifeAfter(node, before.get(node) ?? '')
        if (incarnation !== undefined && incarnation !== before.get(node))
          this.#book.started({
            node,
            incarnation,
            previous: before.get(node) ?? '',
            orderedAtMs,
            readyAtMs: this.#book.now(),
          })
        else left.push(node)
      }
      open = left
      if (open.length > 0) await this.#pause(POLL_MS)
    }
  }

  async ask(id: NodeId): Promise<NodeReading> {
    const [reading] = await this.#ask([id])
    return reading
  }

  async topics(): Promise<void> {
    for (const reading of await this.#ask(this.#snapshot.nodes.map(n => n.id))) this.#book.topics(reading)
  }

  async disks(): Promise<DiskReading[]> {
    return Promise.all(this.nodes.map(n => n.disk()))
  }

  async until<T>(fact: Fact<T>, o: {withinMs: number}): Promise<T> {
    let last: ClusterState | undefined
    const found = await this.#watchFor(fact, o.withinMs, s => {
      last = s
    })
    if (found === undefined) throw new NotSeen(o.withinMs, last ? inWords(last) : 'nothing')
    return found
  }

  seen<T>(fact: Fact<T>, o: {withinMs: number}): Promise<T | undefined> {
    return this.#watchFor(fact, o.withinMs, () => undefined)
  }

  /** Looks for values on every disk, wherever the nodes are: copies of what lies there now. */
  search(values: ReadonlySet<string>): void {
    for (const view of this.#snapshot.nodes) {
      if (whyUnreadable(this.#snapshot, view) !== undefined) continue
      const after = DEAD.has(view.state) ? (view.incarnation ?? '') : ''
      this.#book.disk(this.#copy(view, after, values))
    }
  }

  #copy(view: NodeView, after: string, wanted?: ReadonlySet<string>): DiskReading {
    return collectDisk({
      node: view.id,
      dataDir: view.dataDir,
      runDir: this.#runDir,
      after,
      atMs: this.#book.now(),
      wanted,
    })
  }

  #handle(id: NodeId): NodeHandle {
    const one: Selector = {nodes: [id]}
    const caughtUp = (): Fact<ClusterState> => this.#caughtUp(id)
    const opened = (): Fact<NodeLive> => this.#opened(id)
    return {
      id,
      kill: () => this.kill(one),
      dieAt: (point, o) => this.#dieAt(one, point, o.withinMs),
      stop: () => this.act({do: 'stop', who: one}),
      start: () => this.start(one),
      resume: () => this.act({do: 'resume', who: one}),
      pause: () => this.#undoable({do: 'pause', who: one}),
      isolate: how => this.partition(one, how),
      state: () => this.ask(id),
      disk: async () => {
        const view = this.#dead(id)
        // What cannot be read is no evidence: checks say what it would need.
        if (whyUnreadable(this.#snapshot, view) !== undefined)
          return {node: id, dir: '', after: '', copiedAtMs: this.#book.now(), groups: [], records: []}
        const reading = this.#copy(view, this.#book.lastLife(id))
        this.#book.disk(reading)
        return reading
      },
      files: new DeadNodeFiles({
        node: id,
        dataDir: () => {
          const view = this.#dead(id)
          if (this.#snapshot.attached) throw lacks(`n${id} is not of the lab: nothing is written beside its files`)
          return view.dataDir
        },
        may: this.#mayDamage,
        damaged: (what, why) => this.#book.damaged(what, id, why),
      }),
      logHash: () => this.#logHash(id),
      // Each waiting begins with a target of its own.
      get caughtUp() {
        return caughtUp()
      },
      get opened() {
        return opened()
      },
    }
  }

  #dead(id: NodeId): NodeView {
    const view = this.#view(id)
    if (DEAD.has(view.state)) return view
    throw new ChronikError('CHRONIK_LAB', EXIT.usage, `n${id} is ${view.state}: its files are for when it is dead`)
  }

  #view(id: NodeId): NodeView {
    const view = this.#snapshot.nodes.find(n => n.id === id)
    if (!view) throw new ChronikError('CHRONIK_LAB', EXIT.usage, `the cluster has no n${id}`)
    return view
  }

  /** The target is what was committed anywhere at the first look: under load the log never stands still. */
  #caughtUp(id: NodeId): Fact<ClusterState> {
    // When all were dead nobody has opened a topic yet: what it held itself it must have opened too.
    const held = this.#copied(id)?.filter(g => g.entries > 0) ?? []
    let target: Map<GroupAddress, Index> | undefined
    return state => {
      if (!target) {
        if (leaderOf(state.readings, state.snapshot.group) === undefined) return undefined
        target = commits(state.readings)
      }
      const own = state.readings.find(r => r.node === id)?.live
      if (!own || !speaksOf(own, held)) return undefined
      for (const [address, index] of target) {
        // Deleted since then.
        if (!state.readings.some(r => r.live?.groups.some(g => addressOf(g) === address))) continue
        const here = own.groups.find(g => addressOf(g) === address)
        if (!here || here.synced < index || here.commit < index || here.leader === 0) return undefined
      }
      this.#book.caughtUp(id, own.incarnation)
      return state
    }
  }

  /** A node opens its groups one after the other, those of topics some time after it has answered first. */
  #opened(id: NodeId): Fact<NodeLive> {
    const copy = this.#copied(id)
    if (!copy)
      throw new ChronikError('CHRONIK_LAB', EXIT.usage, `no copy of n${id} was taken: n${id}.disk() comes first`)
    return ({readings}) => {
      const live = readings.find(r => r.node === id)?.live
      return live && speaksOf(live, copy) && live
    }
  }

  /** The groups on the newest copy of a node that it will tell of: not of topics that were deleted, nor of any where they are no groups. */
  #copied(id: NodeId): GroupReading[] | undefined {
    const {disks, topicOrders} = this.#book.evidence
    const silent = (group: GroupName): boolean =>
      (this.#opaqueTopics && group !== this.#snapshot.group) || wasDeleted(group, topicOrders)
    return disks.findLast(d => d.node === id)?.groups.filter(g => !silent(g.group))
  }

  async #logHash(id: NodeId): Promise<string> {
    if (!this.#shared) {
      const up = this.#snapshot.nodes.filter(n => n.state === 'up').map(n => n.id)
      this.#shared = sharedLogs((await this.#ask(up)).flatMap(r => r.live ?? []))
    }
    const view = this.#view(id)
    const why = whyUnreadable(this.#snapshot, view)
    if (why !== undefined) throw lacks(why)
    const {dataDir} = view
    return hashOfLogs(this.#shared, readNode(nodeFiles, dataDir), readClientRecords(nodeFiles, dataDir, undefined))
  }

  async #ask(nodes: readonly NodeId[]): Promise<NodeReading[]> {
    const readings = await this.#client.ask([...nodes])
    return this.#book.readings(readings)
  }

  async #watchFor<T>(fact: Fact<T>, withinMs: number, look: (s: ClusterState) => void): Promise<T | undefined> {
    const untilMs = this.#book.now() + withinMs
    for (;;) {
      const readings = await this.#ask(this.#snapshot.nodes.filter(n => ANSWERS.has(n.state)).map(n => n.id))
      const answered = readings.filter(r => r.live)
      const state: ClusterState = {
        atMs: this.#book.now(),
        snapshot: this.#snapshot,
        readings: answered,
        of: (node, group = this.#snapshot.group) =>
          answered.find(r => r.node === node)?.live?.groups.find(g => g.group === group),
        changes: this.#book.evidence.changes,
      }
      look(state)
      const found = fact(state)
      if (found !== undefined && found !== false) return found
      const left = untilMs - this.#book.now()
      if (left <= 0 || this.#signal.aborted) return undefined
      await this.#pause(Math.min(left, POLL_MS))
    }
  }

  /** Waits, or until something was told. */
  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(soon)
        resolve()
      }
      const timer = setTimeout(end, ms)
      // Several changes arrive together: one look for all of them.
      const soon = (): void => {
        setTimeout(end, 2)
      }
      this.#waiting.add(soon)
    })
  }

  #wake(): void {
    for (const soon of [...this.#waiting]) soon()
  }
}

/** The node has opened or refused each of these groups. */
function speaksOf(live: NodeLive, groups: readonly GroupReading[]): boolean {
  const told = new Set([...live.groups, ...live.refused].map(g => g.group))
  return groups.every(g => told.has(g.group))
}

/** Who serves as leader of a group, by its own answer; the one of the highest term. */
export function leaderOf(readings: readonly NodeReading[], name: GroupName): NodeId | undefined {
  let found: {node: NodeId; term: number} | undefined
  for (const r of readings) {
    const group = r.live?.groups.find(g => g.group === name)
    if (group?.role === 'leader' && group.serving && group.term > (found?.term ?? -1))
      found = {node: r.node, term: group.term}
  }
  return found?.node
}

function commits(readings: readonly NodeReading[]): Map<GroupAddress, Index> {
  const found = new Map<GroupAddress, Index>()
  for (const r of readings)
    for (const g of r.live?.groups ?? []) found.set(addressOf(g), Math.max(found.get(addressOf(g)) ?? 0, g.commit))
  return found
}

const addressOf = ({group, topicId = ''}: GroupState): GroupAddress => groupAddress(group, topicId)

function inWords(state: ClusterState): string {
  const words = state.snapshot.nodes.map(n => {
    const live = state.readings.find(r => r.node === n.id)?.live
    const group = live?.groups.find(g => g.group === state.snapshot.group)
    return group ? `n${n.id} ${group.role} at term ${group.term}, commit ${group.commit}` : `n${n.id} ${n.state}`
  })
  return words.join('; ')
}
