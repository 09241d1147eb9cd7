import {EXIT} from '../../base/errors.ts'
import {METADATA_GROUP} from '../../base/ids.ts'
import {KafkaCluster, type TopicSeen} from '../../client/metadata.ts'
import type {NodeConfig, ReadyLine} from '../../contracts/node-config.ts'
import type {GroupState, LogTold, NodeLive, RoleWord} from '../../contracts/node-state.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {nodeNetwork} from '../../io/node/network.ts'
import type {Attendance, Life} from '../engine.ts'
import {type Line, RecoveryReader} from '../log-phrases.ts'
import {LogTail} from '../log-tail.ts'
import {ToldLife} from '../told-life.ts'
import {ABOVE, fixedPorts} from './command-line.ts'

const POLL_MS = 100
const ANSWER_MS = 500
const ROLE = /became (leader|follower|candidate) at term (\d{1,15})/
const PERSISTED = /Persisted HardState: term=(\d{1,15}), vote=(\d{1,15}), commit=(\d{1,15})/
const PORT_TAKEN = /Address already in use|AddrInUse/
const PORTS = {clock: nodeClock, network: nodeNetwork}

/**
 * One life of a chronik-server. It has no way to be asked for term, vote and commit: they are those of this life's log lines, as far as there are any, and
 * are marked as such (source `log`). It is ready when its Kafka port answers.
 */
export class ServerAttendance implements Attendance {
  readonly source = 'log'
  readonly ready: Promise<ReadyLine | undefined>
  readonly #node: NodeConfig
  readonly #life: Life
  readonly #tail: LogTail
  readonly #reader: RecoveryReader
  readonly #broker: KafkaCluster
  readonly #told: ToldLife
  readonly #polling: NodeJS.Timeout
  #settleReady: (line: ReadyLine | undefined) => void = () => undefined
  #closed = false
  #asking = false
  #role: RoleWord = 'follower'
  #term = 0
  #vote = 0
  #commit = 0
  #topics: TopicSeen[] = []

  constructor(node: NodeConfig, life: Life) {
    this.#node = node
    this.#life = life
    this.#told = new ToldLife(node, life)
    this.#reader = new RecoveryReader(`nodes/n${node.node}.log`)
    this.#broker = new KafkaCluster(PORTS, [node.kafka], 'chronik')
    this.ready = new Promise(resolve => {
      this.#settleReady = resolve
    })
    this.#tail = new LogTail(life.logFile, life.logFrom, line => this.#line(line))
    this.#polling = setInterval(() => void this.#poll(), POLL_MS)
  }

  #line(line: Line): void {
    this.#reader.take(line)
    if (PORT_TAKEN.test(line.text)) this.#portTaken(line.text)
    const role = ROLE.exec(line.text)
    const persisted = PERSISTED.exec(line.text)?.slice(1).map(Number)
    const {hardState} = this.#reader.told() ?? {}
    if (hardState?.at === line.at) {
      this.#term = hardState.term
      this.#vote = hardState.vote ?? 0
      this.#commit = hardState.commit ?? 0
    } else if (persisted) [this.#term, this.#vote, this.#commit] = persisted
    else if (role) {
      this.#role = role[1] as RoleWord
      this.#term = Number(role[2])
    } else return
    this.#tell()
  }

  #portTaken(text: string): void {
    const {node, kafka} = this.#node
    const message = `n${node}: a port is taken. Beside ${kafka.port} to ${kafka.port + ABOVE.wal} the newer server listens on ${fixedPorts(node).join(', ')}, which no setting changes: ${text.trim().slice(0, 200)}`
    this.#settleReady({failed: {code: 'CHRONIK_PORT_IN_USE', message, exitCode: EXIT.environment}})
  }

  #tell(): void {
    this.#told.changed(this.#group())
  }

  async #poll(): Promise<void> {
    if (this.#asking || this.#closed) return
    this.#asking = true
    try {
      this.#topics = await this.#broker.refresh(undefined, ANSWER_MS, this.#broker.to(this.#node.kafka))
      const {node, kafka, raft} = this.#node
      const {pid} = this.#life
      this.#settleReady({
        ready: {
          pid,
          incarnation: this.#told.incarnation,
          kafkaPort: kafka.port,
          raftPort: raft.port,
          controlPath: `n${node}`,
        },
      })
      if (this.#told.watched && !this.#closed) this.#life.took(this.#live())
    } catch {
      // It does not answer yet, or not any more.
    } finally {
      this.#asking = false
    }
  }

  async watch(): Promise<void> {
    this.#tail.look()
    this.#told.watch()
    this.#life.took(this.#live())
  }

  async ask(): Promise<NodeLive | undefined> {
    if (this.#closed) return undefined
    this.#tail.look()
    return this.#live()
  }

  told(): LogTold | undefined {
    return this.#reader.told()
  }

  close(): void {
    this.#tail.look()
    this.#tail.close()
    this.#closed = true
    clearInterval(this.#polling)
    this.#settleReady(undefined)
    this.#broker.close()
  }

  #group(): GroupState {
    const {node} = this.#node
    const leads = this.#role === 'leader'
    const last = Math.max(this.#reader.told()?.entries?.lastIndex ?? 0, this.#commit)
    return {
      group: METADATA_GROUP,
      role: this.#role,
      leader: leads ? node : 0,
      term: this.#term,
      vote: this.#vote,
      commit: this.#commit,
      applied: this.#commit,
      firstIndex: 1,
      lastIndex: last,
      synced: last,
      voters: [node, ...this.#node.peers.map(p => p.node)].sort((a, b) => a - b),
      serving: leads,
    }
  }

  #live(): NodeLive {
    return this.#told.live(this.#group(), this.#topics)
  }
}
