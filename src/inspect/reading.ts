import type {GroupName, Index, NodeId, Offset, Term} from '../base/ids.ts'

/** A place on a disk. Files are named as seen from the directory that was read. */
export interface Place {
  file: string
  at: number
  bytes: number
}

/** A HardState record, with where it lies. */
export interface HardStateFound extends Place {
  term: Term
  vote: NodeId
  /** Absent where the disk holds none (Kafka's `quorum-state`). */
  commit?: Index
}

/** What the independent reader found of one group in one data directory. Plain data: it can be recorded and judged again. */
export interface GroupReading {
  group: GroupName
  /** Of a partition: the id of its topic, 32 hex digits, where a sound `topic.json` names it. */
  topicId?: string
  /** The group's folder, relative to the copy. */
  dir: string
  /** Records whose frame, CRC and batch are sound. */
  records: number
  /** The last HardState that counts; undefined when none was found. */
  hardState?: HardStateFound
  /** Every vote in the order of the file: one a change of (term, vote), torn batches left out. */
  votes: HardStateFound[]
  /** What the log begins behind; the hash of the state (SHA-256, hex) when its file is there and sound. */
  snapshot: {index: Index; term: Term; stateHash?: string}
  firstIndex: Index
  lastIndex: Index
  entries: number
  /** Terms of the entries as runs: from this index on, this term. */
  terms: Array<{from: Index; term: Term}>
  /** Index ranges that the log should hold and does not. */
  holes: Array<{from: Index; to: Index}>
  /** Bytes that recovery may cut: the end of a torn batch. */
  torn: Array<Place & {why: string}>
  /**
   * Bytes that nobody may cut. `chain`: a segment is missing, or the head or seal between two. `fold`: every byte is sound, and was read; what the records
   * say together no log says.
   */
  damage: Array<Place & {why: string; chain?: true; fold?: true}>
  /** Records whose payload does not decode under their kind, or not back to the same bytes. */
  undecodable: Array<Place & {why: string}>
  files: Array<{file: string; bytes: number}>
  /** CRC-32 of each entry's record from this index on; only where it was asked for, and not for files of other writers. */
  sums?: {from: Index; crc32: number[]}
  /** What the last HardState's bytes would be read as by a reader that guesses; undefined when by nothing else. */
  alsoReadsAs?: string
  /** Files without kinds only: what a reader that tries Entry before HardState makes of them. */
  guessed?: GuessedReading
}

/** The same records as `GroupReading`, each taken for an Entry whenever its payload allows that. */
export interface GuessedReading {
  /** Records taken for entries: the true ones and the phantoms. */
  entries: number
  phantomCount: number
  /** The first of them, in file order: HardState records whose payload also reads as an Entry. */
  phantoms: Array<HardStateFound & {reads: string}>
  /** The last HardState that reads as nothing else. */
  hardState?: HardStateFound
}

/** One record of a client, found on a disk. */
export interface RecordFound extends Place {
  value: string
  group: GroupName
  offset: Offset
  index: Index
}
