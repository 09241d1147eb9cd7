import type {Index, NodeId, Term} from '../base/ids.ts'
import {Configurations} from './configurations.ts'

/** A belief about the whole cluster that turned out to be false. */
export interface Violation {
  /** Id as in docs/verification.md; `S1`: nothing is promised before it is synced. */
  check: string
  text: string
  /** Events before it, and simulated time, µs. */
  event: number
  at: number
}

/** What is known of a group of one topic over all its replicas and all their lives: of another topic under the same name nothing of it holds. */
export interface GroupTruth {
  configurations: Configurations
  /** Who led each term, in which of its lives. */
  leaders: Map<Term, string>
  /** Term of each committed entry, by index; and who applied it first. */
  committed: Term[]
  /** In which term he was who applied it first: it was committed in that one or before. */
  committedBy: Term[]
  /** The digest of the state at each applied index. */
  states: Map<Index, {hash: string; by: string}>
  /** By (index, term): the record's CRC and the term before. */
  entries: Map<string, {crc: number; before: Term | undefined}>
  /** Votes that were granted on the wire or written as synced: who, in which term, for whom. */
  votes: Map<string, NodeId>
  /** By node and disk: the newest term in which it granted a vote, or acknowledged, to another node. */
  promised: Map<string, Term>
  /** Which life asked for votes in which term. */
  asked: Set<string>
  /** Of a partition: the highest high watermark that a leader served, by epoch. */
  highWatermarks: Array<{epoch: Term; offset: number; by: string}>
}

export function newTruth(): GroupTruth {
  return {
    configurations: new Configurations(),
    leaders: new Map(),
    committed: [],
    committedBy: [],
    states: new Map(),
    entries: new Map(),
    votes: new Map(),
    promised: new Map(),
    asked: new Set(),
    highWatermarks: [],
  }
}
