import {EXIT} from '../../base/errors.ts'
import {KafkaConnection} from '../../client/connection.ts'
import {KafkaCluster, type TopicSeen} from '../../client/metadata.ts'
import {describeQuorum, type Quorum} from '../../client/quorum.ts'
import type {NodeConfig, ReadyLine} from '../../contracts/node-config.ts'
import type {GroupState, LogTold, NodeLive} from '../../contracts/node-state.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {nodeNetwork} from '../../io/node/network.ts'
import type {Attendance, Life} from '../engine.ts'
import type {Line} from '../log-phrases.ts'
import {LogTail} from '../log-tail.ts'
import {ToldLife} from '../told-life.ts'
import {within} from '../within.ts'
import {CLUSTER_METADATA} from './contract.ts'
import {loadedEnd, PORT_TAKEN, STARTED, type Transition} from './log.ts'
import {KafkaTold} from './told.ts'

const POLL_MS = 200
/** A busy machine may need that long: an answer that is given up is asked for again, and made twice. */
const ANSWER_MS = 3_000
/** A node whose quorum has no leader that answers is watched as it is; any other is waited for until its broker takes part. */
const LEADERLESS_MS = 5_000
const STARTED_MS = 20_000
const PORTS = {clock: nodeClock, network: nodeNetwork}

/**
 * One life of a Kafka node. What it is in the quorum it tells by its log, once a change is durable; how far the log is committed and held, its leader
 * tells over the wire; topics and replicas, its own broker.
 */
export class KafkaAttendance implements Attendance {
  readonly source = 'kafka'
  readonly ready: Promise<ReadyLine | undefined>
  readonly #node: NodeConfig
  readonly #life: Life
  readonly #tail: LogTail
  readonly #toldLife: ToldLife
  readonly #bornWallMs = Date.now()
  #settleReady: (line: ReadyLine | undefined) => void = () => undefined
  readonly #told: KafkaTold
  #state: Transition | undefined
  #started = false
  /** What this life itself said: where its metadata log ends, and up to where it is committed. */
  #end = -1
  #commit = -1
  #quorum: Quorum | undefined
  #topics: TopicSeen[] = []
  readonly #connections = new Map<string, KafkaConnection>()
  #broker: KafkaCluster | undefined
  #polling: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #closed = false

  constructor(node: NodeConfig, life: Life) {
    this.#node = node
    this.#life = life
    this.#toldLife = new ToldLife(node, life)
    this.#told = new KafkaTold(`nodes/n${node.node}.log`, life.logFrom)
    this.ready = new Promise(resolve => {
      this.#settleReady = resolve
    })
    this.#tail = new LogTail(life.logFile, life.logFrom, line => this.#line(line))
  }

  #line(line: Line): void {
    const {text} = line
    const changed = this.#told.take(line)
    const end = this.#state === undefined ? loadedEnd(text) : undefined
    if (end !== undefined) this.#end = end - 1
    if (PORT_TAKEN.test(text) && !this.#started) this.#failed(`a port of n${this.#node.node} is taken: ${text}`)
    if (STARTED.test(text)) {
      this.#started = true
      void this.#look()
    }
    if (changed) this.#transition(changed)
  }

  #failed(message: string): void {
    this.#settleReady({
      failed: {code: 'CHRONIK_PORT_IN_USE', message: message.slice(0, 300), exitCode: EXIT.environment},
    })
  }

  #transition(to: Transition): void {
    if (to.first) {
      const {host: _, ...kafka} = this.#node.kafka
      const ready = {
        pid: this.#life.pid,
        incarnation: this.#toldLife.incarnation,
        kafkaPort: kafka.port,
        raftPort: this.#node.raft.port,
        controlPath: '',
      }
      this.#settleReady({ready})
    }
    if (to.highWatermark !== undefined) this.#commit = Math.max(this.#commit, to.highWatermark - 1)
    if (to.epoch !== this.#state?.epoch || to.leader !== this.#state.leader) {
      this.#quorum = undefined
      // Whoever led before is waited for no more.
      for (const connection of this.#connections.values()) connection.close()
    }
    this.#state = to
    this.#tell(to.votes)
    void this.#look()
  }

  #tell(votes?: number[]): void {
    this.#toldLife.changed(this.#group(), votes)
  }

  async watch(): Promise<void> {
    this.#toldLife.watch()
    this.#polling = setInterval(() => void this.#look(), POLL_MS)
    const begun = performance.now()
    for (;;) {
      await this.#look()
      const forMs = performance.now() - begun
      if (this.#started || this.#closed || forMs > STARTED_MS) break
      // After a restart it follows by its own account whoever led before, dead or not.
      if (forMs > LEADERLESS_MS && this.#quorum === undefined) break
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    await this.#look()
  }

  async ask(withinMs: number): Promise<NodeLive | undefined> {
    if (this.#closed) return undefined
    this.#tail.look()
    await within(this.#look(), withinMs)
    return this.#state ? this.#live() : undefined
  }

  told(): LogTold {
    return this.#told.told()
  }

  close(): void {
    this.#tail.look()
    this.#tail.close()
    this.#closed = true
    this.#settleReady(undefined)
    clearInterval(this.#polling)
    for (const connection of this.#connections.values()) connection.close()
    this.#broker?.close()
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
    const served = this.#group().serving
    const topics = this.#lookAtTopics()
    await this.#lookAtQuorum()
    // How far it is goes out of date while its broker is asked for topics.
    this.#took()
    await topics
    this.#took()
    if (this.#closed || !this.#state || !this.#toldLife.watched) return
    // How far it is committed grows twice a second while nothing else happens: only what others wait for is told by itself.
    if (this.#group().serving !== served) this.#tell()
  }

  #took(): void {
    if (!this.#closed && this.#state && this.#toldLife.watched) this.#life.took(this.#live())
  }

  async #lookAtQuorum(): Promise<void> {
    const leader = this.#state?.leader ?? 0
    const at = leader === this.#node.node ? this.#node.raft : this.#node.peers.find(p => p.node === leader)?.raft
    if (!at || 'path' in at) return
    const key = `${at.host}:${at.port}`
    let connection = this.#connections.get(key)
    if (!connection || connection.lost !== undefined) {
      connection = new KafkaConnection(PORTS, at, 'chronik')
      this.#connections.set(key, connection)
    }
    try {
      const seen = await describeQuorum(connection, ANSWER_MS)
      if (typeof seen === 'number' || seen.epoch !== this.#state?.epoch) return
      const fell = this.#quorum?.epoch === seen.epoch && seen.highWatermark < this.#quorum.highWatermark
      this.#quorum = seen
      const own = seen.voters.find(v => v.node === this.#node.node)
      const leads = seen.leader === this.#node.node
      // The leader may still remember where the life before this one had come to.
      if (own && (leads || own.lastFetchMs >= this.#bornWallMs)) this.#end = own.logEndOffset - 1
      // Known to no leader before its first entries are held by a quorum; a fall in one epoch is told as it is.
      const known = seen.highWatermark - 1
      if (known >= 0 && (leads || known <= this.#end)) this.#commit = fell ? known : Math.max(this.#commit, known)
    } catch {
      connection.close()
    }
  }

  async #lookAtTopics(): Promise<void> {
    if (!this.#started) return
    this.#broker ??= new KafkaCluster(PORTS, [this.#node.kafka], 'chronik')
    try {
      const broker = this.#broker
      this.#topics = await broker.refresh(undefined, ANSWER_MS, broker.to(this.#node.kafka))
    } catch {
      // It does not answer: what it said before is not what it says now.
      this.#topics = []
    }
  }

  #group(): GroupState {
    const {node} = this.#node
    const state = this.#state
    const seen = this.#quorum
    const committed = Math.max(this.#commit, 0)
    const leads = state?.role === 'leader'
    return {
      group: CLUSTER_METADATA,
      role: state?.role ?? 'follower',
      leader: state?.leader ?? 0,
      term: state?.epoch ?? 0,
      ...(state?.vote === undefined ? {} : {vote: state.vote}),
      commit: committed,
      applied: committed,
      firstIndex: 0,
      lastIndex: Math.max(this.#end, 0),
      synced: Math.max(this.#end, 0),
      voters: [node, ...this.#node.peers.map(p => p.node)].sort((a, b) => a - b),
      ...(leads && seen ? {match: Object.fromEntries(seen.voters.map(v => [v.node, v.logEndOffset - 1]))} : {}),
      serving: leads && this.#started && (seen?.highWatermark ?? -1) >= 0,
    }
  }

  #live(): NodeLive {
    return this.#toldLife.live(this.#group(), this.#topics)
  }
}
