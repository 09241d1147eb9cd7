import type {NodeId} from '../../base/ids.ts'
import {type KafkaConnection, Unanswered} from '../../client/connection.ts'
import {KafkaCluster, type TopicSeen} from '../../client/metadata.ts'
import {DESCRIBE_QUORUM, describeQuorum, type Quorum} from '../../client/quorum.ts'
import {apiVersions} from '../../client/versions.ts'
import {type AttachedNode, nodeOfBroker} from '../../contracts/attached.ts'
import type {EngineName} from '../../contracts/engine.ts'
import type {NodeConfig, ReadyLine} from '../../contracts/node-config.ts'
import type {GroupState, LogTold, NodeLive} from '../../contracts/node-state.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {nodeNetwork} from '../../io/node/network.ts'
import type {Address} from '../../io/ports.ts'
import type {AttachedAttendance, Life} from '../engine.ts'
import {KafkaTold} from '../kafka/told.ts'
import {RecoveryReader} from '../log-phrases.ts'
import {LogTail} from '../log-tail.ts'
import {ToldLife} from '../told-life.ts'
import {within} from '../within.ts'
import {attachedContract} from './contract.ts'

const POLL_MS = 200
/** A broker that answers nothing for so long counts as gone. */
const SILENT_MS = 5_000
/** Every topic is asked for so seldom by itself: a cluster may have thousands. */
const TOPICS_MS = 2_000
/** A broker has the leader asked what the quorum is; while either of them starts, that takes seconds. */
const QUORUM_ANSWER_MS = 10_000
/** What was told of the broker waits so long for that answer: one that is later is told with the next. */
const QUORUM_WAIT_MS = 1_000
/** What is known of the quorum is believed so long. */
const QUORUM_MS = 5_000
const PORTS = {clock: nodeClock, network: nodeNetwork}

/**
 * One life of a node that the lab did not start, as far as the Kafka protocol tells of it: its broker answers Metadata; whoever leads the quorum tells by
 * DescribeQuorum how far each voter is. Vote, and what a recovery found, no broker tells; a log of the node's may.
 */
export class ForeignAttendance implements AttachedAttendance {
  readonly source = 'kafka'
  readonly ready: Promise<ReadyLine | undefined>
  readonly gone: Promise<string>
  readonly #node: NodeConfig
  readonly #life: Life
  readonly #group: string
  readonly #shift: number
  readonly #cluster: KafkaCluster
  /** With connections of its own: brokers answer one request after the other, and Metadata would wait behind DescribeQuorum. */
  readonly #quorums: KafkaCluster
  readonly #asking = new Map<string, Promise<boolean>>()
  readonly #told: ToldLife
  readonly #log: {tail: LogTail; reader: KafkaTold | RecoveryReader} | undefined
  readonly #polling: NodeJS.Timeout
  #settleReady: (line: ReadyLine | undefined) => void = () => undefined
  #settleGone: (why: string) => void = () => undefined
  #answered = false
  /** When it was asked what it answered last. */
  #heardMs = Number.NEGATIVE_INFINITY
  #topics: TopicSeen[] = []
  #topicsMs = Number.NEGATIVE_INFINITY
  /** -1: it answers no DescribeQuorum; undefined: not asked yet. */
  #version: number | undefined
  #quorum: {seen: Quorum; atMs: number} | undefined
  #commit = -1
  #before = ''
  #looking: Promise<void> | undefined
  #hearing: Promise<boolean> | undefined
  #closed = false

  constructor(
    node: NodeConfig,
    life: Life,
    {runs, self, shift}: {runs: EngineName | undefined; self: AttachedNode; shift: number},
  ) {
    this.#node = node
    this.#life = life
    this.#shift = shift
    this.#group = attachedContract(runs).metadataGroup
    this.#told = new ToldLife(node, life)
    this.#cluster = new KafkaCluster(PORTS, [node.kafka], 'chronik')
    this.#quorums = new KafkaCluster(PORTS, [node.kafka], 'chronik')
    this.ready = new Promise(resolve => {
      this.#settleReady = resolve
    })
    this.gone = new Promise(resolve => {
      this.#settleGone = resolve
    })
    if (self.logFile !== undefined) {
      const file = `nodes/n${node.node}.log`
      const reader = runs === 'kafka' ? new KafkaTold(file, life.logFrom) : new RecoveryReader(file)
      this.#log = {reader, tail: new LogTail(self.logFile, life.logFrom, line => reader.take(line))}
    }
    this.#polling = setInterval(() => void this.#look(), POLL_MS)
    void this.#look()
  }

  async watch(): Promise<void> {
    await this.#look()
    this.#told.watch()
    if (!this.#closed) this.#life.took(this.#live())
  }

  async ask(withinMs: number): Promise<NodeLive | undefined> {
    if (this.#closed || !this.#answered) return undefined
    const askedMs = performance.now()
    await within(this.#askedNow(), withinMs)
    // What was not answered now is not what it says now.
    return this.#closed || this.#heardMs < askedMs ? undefined : this.#live()
  }

  /** Whoever leads the quorum may be silent for seconds: a look that waits for that is not waited for. */
  async #askedNow(): Promise<void> {
    await this.#hearing
    if (this.#closed) return
    this.#topicsMs = Number.NEGATIVE_INFINITY
    await this.#lookNow()
  }

  told(): LogTold | undefined {
    this.#log?.tail.look()
    const told = this.#log?.reader.told()
    return told?.hardState || told?.entries ? told : undefined
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#polling)
    this.#log?.tail.look()
    this.#log?.tail.close()
    this.#cluster.close()
    this.#quorums.close()
    this.#settleReady(undefined)
    this.#settleGone('it is not watched any more')
  }

  /** One look at a time; whoever asks meanwhile gets its result. */
  #look(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookNow(): Promise<void> {
    if (!(await this.#hear())) return
    await this.#lookAtQuorum()
    if (!this.#answered) this.#began()
    if (this.#closed || !this.#told.watched) return
    this.#life.took(this.#live())
    this.#tell()
  }

  /** Does its own broker answer? One question at a time; whoever asks meanwhile gets its answer. */
  #hear(): Promise<boolean> {
    this.#hearing ??= this.#hearNow().finally(() => {
      this.#hearing = undefined
    })
    return this.#hearing
  }

  async #hearNow(): Promise<boolean> {
    const own = this.#cluster.to(this.#node.kafka)
    try {
      await this.#askBroker(own)
      return true
    } catch (error) {
      // A connection may end for many reasons; that nobody takes the next one either has but one.
      if (own.lost !== undefined) await this.#askAgain(own.lost)
      else if (error instanceof Unanswered) this.#silent()
      else own.close()
      return false
    }
  }

  async #askBroker(at: KafkaConnection): Promise<void> {
    const askedMs = performance.now()
    const all = askedMs - this.#topicsMs > TOPICS_MS
    const seen = await this.#cluster.refresh(all ? undefined : [], SILENT_MS, at)
    this.#heardMs = askedMs
    if (!all) return
    this.#topics = seen.map(t => ({...t, partitions: t.partitions.map(p => this.#shifted(p))}))
    this.#topicsMs = performance.now()
  }

  async #askAgain(lost: string): Promise<void> {
    if (!this.#answered) return
    const again = this.#cluster.to(this.#node.kafka)
    try {
      await this.#askBroker(again)
    } catch {
      if (again.lost !== undefined) this.#over(`its connection was lost (${lost}), and no other is taken`)
      else this.#silent()
    }
  }

  #silent(): void {
    if (this.#life.held?.() !== true) this.#over(`no answer for ${SILENT_MS / 1_000} s`)
  }

  #began(): void {
    this.#answered = true
    const {kafka, raft} = this.#node
    const {incarnation} = this.#told
    this.#settleReady({ready: {pid: 0, incarnation, kafkaPort: kafka.port, raftPort: raft.port, controlPath: ''}})
  }

  #over(why: string): void {
    if (this.#answered) this.#settleGone(why)
  }

  /** Its own broker is asked first; where that does not know, whoever leads, then everybody. */
  async #lookAtQuorum(): Promise<void> {
    const {node, kafka, peers} = this.#node
    this.#version ??= await this.#quorumVersion()
    if (this.#version === undefined || this.#version < 0) return
    if (await this.#quorumOf(kafka)) return
    const leader = this.#quorum?.seen.leader
    const known = leader === node ? undefined : peers.find(p => p.node === leader)
    if (known && (await this.#quorumOf(known.kafka))) return
    await Promise.all(peers.filter(p => p !== known).map(p => this.#quorumOf(p.kafka)))
  }

  async #quorumVersion(): Promise<number | undefined> {
    try {
      const range = (await apiVersions(this.#quorums.to(this.#node.kafka), QUORUM_WAIT_MS)).get(DESCRIBE_QUORUM)
      return range ? Math.min(2, range[1]) : -1
    } catch {
      return undefined
    }
  }

  /** Has it told what the quorum is, in time for this look? One question at a time to each. */
  async #quorumOf(at: Address): Promise<boolean> {
    const key = `${at.host}:${at.port}`
    const asking = this.#asking.get(key) ?? this.#askQuorum(at).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return (await within(asking, QUORUM_WAIT_MS)) ?? false
  }

  async #askQuorum(at: Address): Promise<boolean> {
    const connection = this.#quorums.to(at)
    try {
      const told = await describeQuorum(connection, QUORUM_ANSWER_MS, this.#version)
      if (typeof told === 'number') return false
      const seen = this.#shiftedQuorum(told)
      // Answers overtake each other: an older quorum is none.
      if (this.#quorum && seen.epoch < this.#quorum.seen.epoch) return false
      this.#quorum = {seen, atMs: performance.now()}
      const own = seen.voters.find(v => v.node === this.#node.node)
      const committed = Math.min(seen.highWatermark, own?.logEndOffset ?? 0) - 1
      this.#commit = Math.max(this.#commit, committed)
      return true
    } catch {
      connection.close()
      return false
    }
  }

  #nodeOf(broker: number): NodeId {
    return nodeOfBroker(broker, this.#shift)
  }

  #shifted(p: TopicSeen['partitions'][number]): TopicSeen['partitions'][number] {
    const nodes = (brokers: readonly number[]): NodeId[] => brokers.map(b => this.#nodeOf(b))
    return {...p, leader: this.#nodeOf(p.leader), replicas: nodes(p.replicas), isr: nodes(p.isr)}
  }

  #shiftedQuorum(quorum: Quorum): Quorum {
    const replicas = (all: Quorum['voters']): Quorum['voters'] => all.map(r => ({...r, node: this.#nodeOf(r.node)}))
    const {leader, voters, observers} = quorum
    return {...quorum, leader: this.#nodeOf(leader), voters: replicas(voters), observers: replicas(observers)}
  }

  #tell(): void {
    const state = this.#state()
    if (!state) return
    const now = `${state.term} ${state.leader} ${state.role} ${state.serving}`
    if (now === this.#before) return
    this.#before = now
    this.#told.changed(state)
  }

  /** What the leader tells of it; nothing while no leader tells anything. */
  #state(): GroupState | undefined {
    if (!this.#quorum || performance.now() - this.#quorum.atMs > QUORUM_MS) return undefined
    const {seen} = this.#quorum
    const {node} = this.#node
    const end = [...seen.voters, ...seen.observers].find(v => v.node === node)?.logEndOffset ?? 0
    const leads = seen.leader === node
    const commit = Math.max(this.#commit, 0)
    return {
      group: this.#group,
      role: leads ? 'leader' : 'follower',
      leader: Math.max(seen.leader, 0),
      term: seen.epoch,
      commit,
      applied: commit,
      firstIndex: 0,
      lastIndex: Math.max(end - 1, 0),
      synced: Math.max(end - 1, 0),
      voters: seen.voters.map(v => v.node).sort((a, b) => a - b),
      ...(leads ? {match: Object.fromEntries(seen.voters.map(v => [v.node, v.logEndOffset - 1]))} : {}),
      serving: leads && seen.highWatermark >= 0,
    }
  }

  #live(): NodeLive {
    return this.#told.live(this.#state(), this.#topics)
  }
}
