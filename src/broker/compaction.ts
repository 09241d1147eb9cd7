import type {Index, Term} from '../base/ids.ts'
import type {Snapshot} from '../formats/eraftpb.ts'
import type {RawNode} from '../raft/types.ts'
import type {GroupLog} from '../wal/types.ts'
import type {GroupRules} from './group-rules.ts'

/** A part of the interval, during which a snapshot waits: followers that are a little behind still find their entries in the log. */
const WAITS = 4

/** A group, as far as its compaction goes. */
interface Compacted {
  readonly applied: Index
  readonly appliedTerm: Term
  readonly closed: boolean
  readonly raft: Pick<RawNode, 'status'>
  readonly log: Pick<GroupLog, 'firstIndex' | 'compact'>
  readonly machine: {snapshot(): Uint8Array; dropped(index: Index): void}
}

/**
 * Keeps the log of a group short: every `interval` entries its state is taken, and a quarter of that later the log begins behind it. What was taken
 * waits in memory: when the node dies before, nothing is lost but the work.
 */
export class Compaction {
  readonly #group: Compacted
  readonly #interval: number
  readonly #of: GroupRules['snapshotOf']
  #taken: Snapshot | undefined
  #running = false

  constructor(group: Compacted, interval: number, of: GroupRules['snapshotOf']) {
    this.#of = of
    this.#group = group
    this.#interval = interval
  }

  /** The group has applied something. */
  applied(): void {
    const {applied, appliedTerm, log, machine, raft} = this.#group
    if (this.#running) return
    if (!this.#taken) {
      if (applied - (log.firstIndex() - 1) < this.#interval) return
      const {confState} = raft.status()
      this.#taken = {data: this.#of(machine.snapshot()), metadata: {index: applied, term: appliedTerm, confState}}
    }
    if (applied >= this.#taken.metadata.index + Math.floor(this.#interval / WAITS)) void this.#compact(this.#taken)
  }

  /** The log begins elsewhere now. */
  installed(): void {
    this.#taken = undefined
  }

  async #compact(snapshot: Snapshot): Promise<void> {
    const {log, machine} = this.#group
    this.#running = true
    this.#taken = undefined
    const taken = await log.compact(snapshot)
    this.#running = false
    if (taken && !this.#group.closed) machine.dropped(snapshot.metadata.index)
  }
}
