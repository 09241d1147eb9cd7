import {randomBytes} from 'node:crypto'
import type {TopicSeen} from '../client/metadata.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import type {GroupChange, GroupState, NodeLive} from '../contracts/node-state.ts'
import type {Life} from './engine.ts'

/** One life of a node that does not speak the lab's protocol, as it is told to the supervisor by whoever watches it. */
export class ToldLife {
  /** Drawn for this life: 16 hex digits. */
  readonly incarnation = randomBytes(8).toString('hex')
  readonly #node: NodeConfig
  readonly #life: Life
  readonly #bornMs = performance.now()
  readonly #early: GroupChange[] = []
  #sequence = 0
  #watched = false

  constructor(node: NodeConfig, life: Life) {
    this.#node = node
    this.#life = life
  }

  get watched(): boolean {
    return this.#watched
  }

  /** The supervisor knows this life from here on: what was seen of it before is told now. */
  watch(): void {
    this.#watched = true
    for (const change of this.#early.splice(0)) this.#life.changed(change)
  }

  /** The group changed. `votes`: of those who made it a leader. */
  changed(state: GroupState, votes?: number[]): void {
    const {group, role, leader, term, vote, commit, applied, lastIndex, synced, serving} = state
    const change: GroupChange = {
      sequence: ++this.#sequence,
      monotonicMs: performance.now() - this.#bornMs,
      wallMs: Date.now(),
      group,
      role,
      leader,
      term,
      vote,
      commit,
      applied,
      lastIndex,
      synced,
      serving,
      ...(votes ? {votes} : {}),
    }
    // Whoever hears of it has to know first which life it is of.
    if (this.#watched) this.#life.changed(change)
    else this.#early.push(change)
  }

  /** What the node is now: its group as its watcher knows it (undefined: nothing tells), and the topics that its broker told. */
  live(group: GroupState | undefined, topics: readonly TopicSeen[]): NodeLive {
    const {node, clusterId, kafka, raft} = this.#node
    return {
      node,
      clusterId,
      directoryId: '',
      incarnation: this.incarnation,
      pid: this.#life.pid,
      sequence: this.#sequence,
      uptimeMs: Math.round(performance.now() - this.#bornMs),
      monotonicMs: performance.now(),
      kafka,
      raft,
      groups: group ? [group] : [],
      refused: [],
      partitions: topics.flatMap(t =>
        t.partitions.map(p => ({
          topic: t.name,
          partition: p.partition,
          leader: Math.max(p.leader, 0),
          epoch: Math.max(p.epoch, 0),
          replicas: p.replicas,
          isr: p.isr,
        })),
      ),
      topics: topics
        .filter(t => !t.name.startsWith('__'))
        .map(t => ({name: t.name, id: t.id, partitions: t.partitions.length})),
      connections: 0,
      residentBytes: 0,
    }
  }
}
