import {type GroupName, groupName, METADATA_GROUP, splitGroupName} from '../base/ids.ts'
import {type BrokerParts, defaultBrokerParts} from '../broker/parts.ts'
import type {NodeLive} from '../contracts/node-state.ts'
import {readClientRecords} from '../inspect/client-records.ts'
import {readNode} from '../inspect/node.ts'
import type {GroupReading} from '../inspect/reading.ts'
import {runCheck} from '../judge/check.ts'
import {CHECKS} from '../judge/checks/index.ts'
import {type About, type EvidenceSet, emptyEvidence, type Operation} from '../judge/evidence.ts'
import {BadCopies} from './bad-copies.ts'
import {Clients} from './clients.ts'
import {SimCluster} from './cluster.ts'
import {Faults} from './faults.ts'
import {type Incarnation, incarnation, incarnationOf, nameOf, topicIdOn, topicKey} from './incarnation.ts'
import {Invariants} from './invariants.ts'
import type {Life, Machine} from './machine.ts'
import {hasOrder, SimMembers} from './members.ts'
import {RenewedTopics} from './renewed-topics.ts'
import {isOperation, type Schedule} from './schedule.ts'
import {REFUSES, stateOf} from './states.ts'
import type {Violation} from './truth.ts'
import type {Step} from './world.ts'

/** After the faults are over everything has to work again within this time, µs. */
const HEALED_WITHIN = 15_000_000
/** Events after which it is looked whether everything is settled: the look costs more than an event. */
const SETTLED_EVERY = 64
const AFTER_CRASH = ['D1', 'D2', 'D3', 'D4', 'D5', 'D6']
/** What a node says of a group that was rebuilt. */
const REBUILT = /^(\S+) is rebuilt up to index /
const OTHER_TOPICS = 'knows the topics'
const AT_END = ['D7', 'L9', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10', 'H11']

export interface RunOptions {
  schedule: Schedule
  parts?: BrokerParts
  /** Events after which a run that comes to no rest is ended, and fails. */
  eventsMax?: number
  /** Engine and topic defaults that are others than the schedule's. */
  settings?: Readonly<Record<string, number | string>>
  /** Go on after a violation unless this says so; without it the first one ends the run. */
  stopAt?(violation: Violation): boolean
  onStep?(step: Step): void
  /** Holds the number of the newest event that is over: whoever shares it sees that the run goes on. */
  pulse?: Int32Array
  onLog?(life: Life, level: string, line: string): void
}

export interface RunResult {
  violations: Violation[]
  steps: number
  /** Simulated time, µs. */
  simulated: number
  /** How often each fault was begun, each crash point died at, each state reached. */
  reached: Map<string, number>
  acknowledged: number
  committed: number
  /** What the clients did and saw. */
  history: readonly Operation[]
}

/** Runs one schedule against the broker, with every invariant, to its end or to its first violation. */
export async function runSchedule(options: RunOptions): Promise<RunResult> {
  return new Run(options).run()
}

/** A group on a disk, and the topic in whose directory it lay. */
type Imaged = GroupReading & {is: Incarnation}

class Run {
  readonly #options: RunOptions
  readonly #schedule: Schedule
  readonly #cluster: SimCluster
  readonly #clients: Clients
  readonly #bad: BadCopies
  readonly #faults: Faults
  readonly #members: SimMembers
  readonly #invariants: Invariants
  readonly #violations: Violation[] = []
  readonly #evidence: EvidenceSet = emptyEvidence()
  /** What the independent reader found on the disk when a life began. */
  readonly #images = new Map<Life, {groups: Imaged[]; unreadable: string[]}>()
  readonly #renewed: RenewedTopics
  #over = false
  #restless = false

  constructor(options: RunOptions) {
    this.#options = options
    this.#schedule = options.schedule
    const {core, nodes, spares, seed, segmentBytes, settings, snapshotEntries, tornSectors} = options.schedule
    const parts = options.parts ?? defaultBrokerParts
    this.#cluster = new SimCluster({
      seed,
      nodes,
      spares,
      settings: {
        'segment.bytes': segmentBytes,
        ...(snapshotEntries ? {'snapshot.interval.entries': snapshotEntries} : {}),
        ...settings,
        ...options.settings,
      },
      parts: core ? {...parts, group: {...parts.group, core: o => parts.group.core({...o, ...core})}} : parts,
      events: {
        begins: (machine, life) => this.#begins(machine, life),
        ended: (machine, life, how, why) => {
          this.#recovered(life, false)
          if (!life.node && how !== 'exit') this.#invariants.count('ended while it recovered')
          if (!this.#faults.ended(machine, life, how, why)) this.#violate('P5', `${life.name} ended by itself: ${why}`)
        },
        outlived: (life, path) => this.#violate('P1', `${life.name} goes on a second after its sync of ${path} failed`),
        happened: what => this.#invariants.count(what),
        logged: (life, level, line) => {
          const state = stateOf(line)
          if (state) this.#invariants.count(state)
          const rebuilt = REBUILT.exec(line)
          if (rebuilt) this.#bad.rebuilt(life.machine, rebuilt[1])
          if (state === REFUSES) this.#faults.refused(life)
          options.onLog?.(life, level, line)
        },
      },
    })
    const {world, network, all: machines, streams} = this.#cluster
    for (const {disk} of machines) disk.tears = tornSectors ?? false
    this.#bad = new BadCopies(streams, nodes)
    this.#invariants = new Invariants({
      machines,
      bad: this.#bad,
      event: () => world.steps,
      now: () => world.now,
      violated: v => this.#violated(v),
    })
    this.#members = new SimMembers(this.#cluster, {
      count: what => this.#invariants.count(what),
      newDisk: machine => this.#invariants.mirrors.get(machine.id)?.forget(),
      aside: (machine, groups) => {
        this.#bad.aside(groups)
        this.#invariants.aside(machine, groups)
      },
      failed: error => this.#violate('client', String((error as Error)?.stack ?? error)),
    })
    this.#faults = new Faults(this.#cluster, this.#bad, this.#members, what => this.#invariants.count(what))
    this.#invariants.became = (life, role, group) => this.#faults.became(life, role, group)
    network.sniffer = (owner, bytes) => this.#invariants.sent(owner as Life, bytes)
    network.torn = () => this.#invariants.count('frame torn')
    network.flipped = () => this.#invariants.count('bit flipped in a batch on its way')
    const again = new Set(options.schedule.list.flatMap(one => (one.do === 'delete-topic' ? [one.topic] : [])))
    this.#invariants.again = again
    this.#clients = new Clients(this.#cluster, again, error =>
      this.#violate('client', String((error as Error)?.stack ?? error)),
    )
    this.#renewed = new RenewedTopics(again, this.#invariants.writtenTo)
    world.after = step => {
      options.onStep?.(step)
      if (options.pulse) Atomics.store(options.pulse, 0, world.steps)
      const {owner} = step
      this.#invariants.after(owner && 'machine' in owner ? (owner as Life) : undefined)
      if (options.eventsMax !== undefined && world.steps > options.eventsMax && !this.#over) {
        this.#violate('L8', `${world.steps} events, and no rest`)
        this.#over = true
        this.#restless = true
      }
    }
  }

  async run(): Promise<RunResult> {
    const {world, machines} = this.#cluster
    const {list, forMs, topics} = this.#schedule
    for (const machine of machines) machine.start()
    const setup = this.#clients.client('setup')
    world.schedule(0, setup, 'set up', 'topics', topics.length, () => {
      for (const t of topics) void setup.create(t.topic, t.partitions, t.replicationFactor)
    })
    for (const one of list) {
      const client = isOperation(one) ? this.#clients.client(one.client) : undefined
      world.schedule(one.atMs * 1_000, client, one.do, describe(one), 0, () => {
        if (isOperation(one)) this.#clients.begin(one)
        else this.#faults.begin(one)
      })
    }
    await world.run(forMs * 1_000, () => this.#over)
    if (!this.#over) await this.#end()
    if (this.#restless) this.#judgeEnd([...AFTER_CRASH, 'D7'])
    return {
      violations: this.#violations,
      steps: world.steps,
      simulated: world.now,
      reached: this.#invariants.reached,
      history: this.#clients.history,
      acknowledged: this.#clients.history.filter(o => o.do === 'send' && o.result === 'ok').length,
      committed: topics.reduce(
        (sum, t) =>
          sum +
          Array.from({length: t.partitions}, (_, p) => this.#invariants.committedOf(`${t.topic}/${p}`)).reduce(
            (a, b) => a + b,
            0,
          ),
        0,
      ),
    }
  }

  /** Everything is healed; then it has to work again, nothing may be missing, and all nodes must be the same. */
  async #end(): Promise<void> {
    const {world, machines} = this.#cluster
    this.#faults.healAll()
    const until = world.now + HEALED_WITHIN
    await world.run(until, () => this.#over || (world.steps % SETTLED_EVERY === 0 && this.#settled()))
    if (this.#over) return
    if (!this.#settled()) {
      this.#violate(
        this.#unsettled()?.includes(OTHER_TOPICS) ? 'L9' : 'L8',
        `not every group is served and equal ${HEALED_WITHIN / 1e6} s after everything was healed: ${this.#unsettled()}`,
      )
      // The disks say what they say all the same.
      this.#judgeEnd([...AFTER_CRASH, 'D7'])
      return
    }
    const settled = new Set(machines.map(m => m.life))
    const drainer = this.#clients.client('drainer')
    const partitions = this.#schedule.topics.flatMap(({topic, partitions}) =>
      Array.from({length: partitions}, (_, p) => ({what: `${topic}/${p}`, run: () => drainer.drain(topic, p)})),
    )
    const nodes = machines
      .filter(machine => !this.#bad.isOut(machine))
      .map(({id}) => ({
        what: `n${id}`,
        run: async () => {
          const topics = await drainer.topicsOf(id)
          this.#evidence.metadata.push({node: id, atMs: world.now / 1_000, topics})
        },
      }))
    let isRead = await this.#all(partitions)
    for (let drained: string | undefined; isRead && drained !== this.#renewedNow().join(); ) {
      drained = this.#renewedNow().join()
      isRead = await this.#drainRenewed()
      // A creation that its client has given up may be committed only now: the nodes are asked until nothing changed meanwhile.
      for (let asked = ''; isRead && !(asked === this.#metadataAt() && allEqual(asked)) && world.now < 2 * until; ) {
        asked = this.#metadataAt()
        this.#evidence.metadata = []
        isRead = await this.#all(nodes)
      }
    }
    if (this.#over) return
    if (!isRead) {
      this.#violate('L8', 'not everything could be read back after everything was healed')
      this.#judgeEnd([...AFTER_CRASH, 'D7'])
      return
    }
    // A stop that was asked for before may have ended a life meanwhile: the next one is not settled yet.
    for (const {life} of machines) if (life) this.#recovered(life, settled.has(life) && !this.#bad.isOut(life.machine))
    this.#invariants.full()
    if (!this.#over) this.#judgeEnd([...AFTER_CRASH, ...AT_END])
  }

  /** Of the topics that are deleted and made again those that are there, as one node knows them. */
  #renewedNow(): string[] {
    const {again} = this.#clients
    const node = this.#cluster.machines.find(m => !this.#bad.isOut(m) && m.life?.look)
    const topics = [...(node?.life?.look?.image.topics.values() ?? [])]
    return topics
      .filter(t => again.has(t.name))
      .flatMap(t => t.replicas.map((_, p) => `${topicKey(t.name, t.id)}/${p}`))
  }

  /** Of what was drained before something changed nothing counts. */
  async #drainRenewed(): Promise<boolean> {
    const drainer = this.#clients.client('drainer')
    const there = this.#renewedNow()
    this.#renewed.drains(there, this.#clients.history.length)
    if (there.length === 0) return true
    return this.#all(
      there.map(what => {
        const {topic: as, partition} = splitGroupName(what)
        const isThere = (): boolean => this.#renewedNow().includes(what)
        return {what, run: () => drainer.drain(as.slice(0, as.indexOf('@')), partition, as, isThere)}
      }),
    )
  }

  /** Does all of this at once; false: it was not done in time, or the run is over. */
  async #all(jobs: ReadonlyArray<{what: string; run(): Promise<void>}>): Promise<boolean> {
    const {world} = this.#cluster
    const drainer = this.#clients.client('drainer')
    let done = 0
    for (const {what, run} of jobs)
      world.schedule(0, drainer, 'drain', what, 0, () => {
        void run().then(() => {
          done++
        })
      })
    await world.run(world.now + HEALED_WITHIN, () => this.#over || done === jobs.length)
    return !this.#over && done === jobs.length
  }

  /** How much of the metadata each node has applied. */
  #metadataAt(): string {
    return this.#cluster.machines
      .filter(machine => !this.#bad.isOut(machine))
      .map(({life}) => life?.look?.group(METADATA_GROUP)?.applied)
      .join(' ')
  }

  /** Every group has one leader that serves, and every replica has applied the same. */
  #settled(): boolean {
    return this.#unsettled() === undefined
  }

  #unsettled(): string | undefined {
    const {machines} = this.#cluster
    const applied = new Map<string, Set<number>>()
    const serving = new Set<string>()
    let image: string | undefined
    for (const machine of machines) {
      if (this.#bad.isOut(machine)) {
        // What is damaged is noticed when it is read: until then its node may lead.
        for (const group of machine.life?.look?.groups() ?? []) if (group.serving) serving.add(incarnationOf(group))
        continue
      }
      const {look, node} = machine.life ?? {}
      if (!look || !node || machine.life?.stopping) return `${machine.name} is not up`
      const open = new Set<string>()
      for (const group of look.groups()) {
        const is = incarnationOf(group)
        if (this.#invariants.isDeleted(is)) return `${machine.name} has not put ${is} aside`
        open.add(is)
        if (group.serving) serving.add(is)
        if (this.#bad.isDamaged(machine.id, group.name)) continue
        const at = applied.get(is) ?? new Set()
        applied.set(is, at.add(group.applied))
      }
      const topics = [...look.image.topics.values()]
        .map(t => topicKey(t.name, t.id))
        .sort()
        .join(' ')
      image ??= topics
      if (image !== topics) return `${machine.name} ${OTHER_TOPICS} ${topics}, others ${image}`
      for (const t of look.image.topics.values())
        for (const [p, replicas] of t.replicas.entries())
          if (
            replicas.includes(machine.id) &&
            !open.has(incarnation(groupName(t.name, p), t.id)) &&
            !this.#bad.isDamaged(machine.id, `${t.name}/${p}`)
          )
            return `${machine.name} has not opened ${t.name}/${p}: ${JSON.stringify(look.refused)}`
    }
    if (!this.#members.idle) return 'members are being changed'
    if (applied.size === 0) return 'there is no group'
    // What is still under way could be acknowledged after everything was read.
    if (this.#clients.ordering > 0) return 'an order to make or delete a topic is under way'
    const underWay = this.#clients.history.find(o => o.result === 'open')
    if (underWay) return `operation ${underWay.number} is still under way`
    const names = new Set([...applied.keys()].map(nameOf))
    for (const {topic, partitions} of this.#schedule.topics)
      for (let p = 0; p < partitions; p++) if (!names.has(`${topic}/${p}`)) return `${topic}/${p} does not exist`
    for (const [group, at] of applied) {
      if (!serving.has(group)) return `nobody serves ${group}`
      if (at.size > 1) return `${group} is applied up to ${[...at].join(' and ')}`
    }
    return undefined
  }

  #begins(machine: Machine, life: Life): void {
    const groups = readNode(machine.disk.readOnly(), '.')
    // What is being rebuilt begins from an order: whatever an earlier life left of it, or as long as nothing of it is written.
    const kept = groups.filter(
      g => !this.#bad.isRebuilding(machine, g.group) && (g.hardState || !hasOrder(machine, g.group)),
    )
    const imaged = kept.map(g => ({...g, is: incarnationOn(machine, g.group)}))
    this.#images.set(life, {groups: imaged, unreadable: this.#bad.unreadable(machine)})
    this.#countImage(groups)
    this.#bad.seen(machine, groups)
    const mirror = this.#invariants.mirrors.get(machine.id)
    if (machine.lostPower && !this.#bad.isWiped(machine)) {
      // A log that is being rebuilt has no damage: what a power loss left of it is all there is.
      const damaged = (group: GroupName): boolean =>
        this.#bad.isDamaged(machine.id, group) && !this.#bad.isRebuilding(machine, group)
      mirror?.rebuild(groups, damaged)
      mirror?.listing(machine.disk.file('groups.log'))
    }
    machine.lostPower = false
    if (life.first || this.#bad.isWiped(machine)) return
    const evidence = emptyEvidence()
    const sound = groups.filter(g => !this.#bad.isDamaged(machine.id, g.group))
    if (sound.length === 0) return
    evidence.disks = [this.#diskOf(machine, life, sound)]
    for (const id of AFTER_CRASH) this.#judge(id, evidence, `the image that ${life.name} starts from`)
  }

  /** States that only the bytes show. */
  #countImage(groups: readonly GroupReading[]): void {
    for (const {torn, damage, holes} of groups) {
      if (torn.length > 0) this.#invariants.count('image with a torn tail')
      if (damage.length > 0) this.#invariants.count('image with damage')
      if (holes.length > 0) this.#invariants.count('image with a hole')
    }
  }

  #diskOf(machine: Machine, life: Life, groups: GroupReading[]): EvidenceSet['disks'][number] {
    return {
      node: machine.id,
      dir: machine.name,
      after: life.number === 1 ? '' : `n${machine.id}.${life.number - 1}`,
      copiedAtMs: this.#cluster.world.now / 1_000,
      groups,
      records: [],
    }
  }

  /** D8: what this life says it recovered is what the independent reader found before it began. */
  #recovered(life: Life, settled: boolean): void {
    const image = this.#images.get(life)
    const {look, machine} = life
    if (!image || !look || life.first) return
    this.#images.delete(life)
    if (this.#bad.isWiped(machine)) return
    // A topic that was deleted since is open no more; another one may be, under its name.
    const isOpen = ({group, is}: Imaged): boolean => {
      const open = look.group(group)
      return open !== undefined && incarnationOf(open) === is
    }
    const known = image.groups.filter(g => isOpen(g) || !this.#invariants.isDeleted(g.is))
    for (const {group, damage} of known)
      if (damage.length > 0 && look.group(group))
        this.#violate(
          'P2',
          `${life.name} opened ${group}, which is damaged at ${damage[0].file}@${damage[0].at}: ${damage[0].why}`,
        )
    for (const group of image.unreadable)
      if (look.group(group)) this.#violate('P2', `${life.name} opened ${group}, a part of which cannot be read`)
    for (const {group} of look.refused)
      this.#invariants.count(`refused ${group.startsWith('__raft') ? 'metadata' : 'a partition'}`)
    const evidence = emptyEvidence()
    // A bit that flipped since the image was taken is none of the image.
    const told = known.filter(
      ({group, damage}) =>
        (damage.length > 0 || !this.#bad.isDamaged(machine.id, group)) &&
        !(life.failed.has('read') && look.refused.some(r => r.group === group)),
    )
    if (told.length === 0) return
    evidence.disks = [this.#diskOf(machine, life, told)]
    const nowMs = this.#cluster.world.now / 1_000
    const live = {
      node: machine.id,
      incarnation: life.name,
      groups: [...look.groups()].map(g => g.state()),
      refused: look.refused,
    } as unknown as NodeLive
    evidence.readings = [
      {
        node: machine.id,
        source: 'control',
        pushed: false,
        incarnation: life.name,
        monotonicMs: nowMs,
        wallMs: nowMs,
        live,
      },
    ]
    evidence.starts = [
      {
        node: machine.id,
        incarnation: life.name,
        previous: `n${machine.id}.${life.number - 1}`,
        orderedAtMs: nowMs,
        ...(settled ? {caughtUpAtMs: nowMs} : {}),
      },
    ]
    // A recovery that found no room is tried again, and then finds what the first try wrote.
    const tried = machine.disk.refused > life.refusedBefore
    for (const id of tried ? ['D8'] : ['D8', 'D8e']) this.#judge(id, evidence, life.name)
  }

  #judgeEnd(checks: readonly string[]): void {
    const {machines, world} = this.#cluster
    const {history, gone} = this.#renewed.judged(this.#clients.history, {
      isDeleted: key => this.#invariants.isDeleted(key),
      lastKnownMs: key => (this.#invariants.lastKnown.get(key) ?? 0) / 1_000,
      fail: (check, text) => this.#violate(check, text),
    })
    this.#evidence.history = history
    const nowMs = world.now / 1_000 + 1
    this.#evidence.disks = machines
      .filter(m => !this.#bad.isWiped(m))
      .map(machine => ({
        node: machine.id,
        dir: machine.name,
        after: '',
        copiedAtMs: nowMs,
        groups: readNode(machine.disk.readOnly(), '.').filter(g => !this.#bad.isDamaged(machine.id, g.group)),
        records: readClientRecords(machine.disk.readOnly(), '.', undefined).map(r => ({
          ...r,
          group: this.#renewed.keyOf(machine, r.group),
        })),
      }))
    for (const id of checks) this.#judge(id, this.#evidence, 'the end')
    // What was promised of topics that are deleted is not asked for; what was told of them has to agree.
    if (gone.length === 0) return
    const ofDeleted = {...emptyEvidence(), history: gone}
    for (const id of checks) if (id.startsWith('H')) this.#judge(id, ofDeleted, 'topics that are deleted')
  }

  #judge(id: string, evidence: EvidenceSet, what: string): void {
    const check = CHECKS.get(id)
    if (!check) throw new Error(`no check ${id}`)
    const {nodes, topics} = this.#schedule
    const about: About = {
      nodes: this.#cluster.machines.map(m => m.id),
      quorum: Math.floor(nodes / 2) + 1,
      replicas: topics[0]?.replicationFactor ?? nodes,
      leaderWithinMs: HEALED_WITHIN / 1_000,
      losesUnsynced: true,
    }
    const verdict = runCheck(check, evidence, about, '')
    this.#invariants.count(`judged ${id} ${verdict.result}`)
    if (verdict.result === 'fail')
      this.#violate(
        id,
        `${what}: ${verdict.seen}; expected ${verdict.expected}${verdict.because ? `; ${verdict.because}` : ''}`,
      )
  }

  #violate(check: string, text: string): void {
    const {world} = this.#cluster
    this.#violated({check, text, event: world.steps, at: world.now})
  }

  #violated(violation: Violation): void {
    // Of one kind the first is told: what follows is mostly its echo.
    if (this.#violations.some(v => v.check === violation.check)) return
    this.#violations.push(violation)
    if (this.#options.stopAt?.(violation) ?? true) this.#over = true
  }
}

function incarnationOn(machine: Machine, group: GroupName): Incarnation {
  return incarnation(group, topicIdOn(machine.disk, splitGroupName(group).topic))
}

function allEqual(figures: string): boolean {
  return new Set(figures.split(' ')).size === 1
}

function describe(one: object): string {
  const {atMs: _at, do: _do, ...rest} = one as {atMs: number; do: string}
  return JSON.stringify(rest)
}
