import type {Offset} from '../../base/ids.ts'

/** What a history may show that must not be. Transactions do not exist: G0, G1c, G2, precommitted reads, torn and int-send rows do not apply. */
export type AnomalyKind =
  /** One offset, two values. */
  | 'inconsistent-offsets'
  /** One value, two offsets. */
  | 'duplicate'
  /** An idempotent producer was told that its own next batch is not the next one. */
  | 'retry-refused'
  /** Acknowledged, at or below what was read, and read by nobody. */
  | 'lost-write'
  /** Acknowledged, above all that was read, and everything was read. */
  | 'unseen'
  /** A log begins behind the offset up to which it was asked to delete. */
  | 'deleted-too-much'
  /** Read after the deletion of all below a higher offset had been acknowledged. */
  | 'deleted-read'
  /** A process's later send got a lower offset. */
  | 'nonmonotonic-send'
  /** A reader went back, from one poll to the next or inside one. */
  | 'nonmonotonic-poll'
  | 'int-nonmonotonic-poll'
  /** A reader passed over a record that exists, from one poll to the next or inside one. */
  | 'poll-skip'
  | 'int-poll-skip'
  /** Read once, and not there in the end. */
  | 'vanished'
  /** Read, though its send failed for sure (G1a). */
  | 'aborted-read'
  /** Read, and never sent. */
  | 'phantom-read'
  /** Sent after another was acknowledged, and placed before it. */
  | 'realtime-order'
  /** An answer named a lower high watermark than one that was complete before it was asked. */
  | 'stale-high-watermark'
  /** A linearizable question about the log's end was answered with one that lies below an acknowledged record. */
  | 'stale-end'
  /** In the end the high watermark lies at or below an acknowledged record. */
  | 'high-watermark-regress'
  /** A group's offset was answered that is older than an acknowledged commit, or that nobody committed. */
  | 'group-offset-regress'
  /** One that is older than an acknowledged commit, and the last answer was that commit again: it was late, and not lost. */
  | 'stale-group-offset'
  /** A group's offset lies beyond the end of its log. */
  | 'offset-beyond-log'

/** One of them, with the operations that it rests on. */
export interface Anomaly {
  kind: AnomalyKind
  /** `topic/partition`. */
  key: string
  value?: string
  offset?: Offset
  /** In words, with the values. */
  text: string
  operations: number[]
}

/** So many of a kind are kept in words; all are counted. */
const KEPT = 1_000

export class Anomalies {
  readonly list: Anomaly[] = []
  readonly counts: Partial<Record<AnomalyKind, number>> = {}

  /** `words` is asked only for those that are kept. */
  add(kind: AnomalyKind, words: () => Omit<Anomaly, 'kind'>): void {
    const n = (this.counts[kind] ?? 0) + 1
    this.counts[kind] = n
    if (n <= KEPT) this.list.push({kind, ...words()})
  }
}
