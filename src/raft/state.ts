import type {NodeId, Term} from '../base/ids.ts'
import type {Entry} from '../formats/eraftpb.ts'
import type {RaftLog} from './log.ts'
import type {Message, RaftOptions, RaftParts, Role} from './types.ts'

/** What elections and replication see of the member that they belong to. */
export interface CoreState {
  readonly id: NodeId
  readonly options: RaftOptions
  readonly parts: RaftParts
  readonly log: RaftLog
  readonly voters: ReadonlySet<NodeId>
  readonly promotable: boolean
  term: Term
  vote: NodeId
  role: Role
  leader: NodeId
  /** Bytes of proposals in the log that are not committed yet; leaders only. */
  uncommittedBytes: number
  readonly elections: {becomeFollower(term: Term, leader: NodeId): void}
  readonly replication: {begin(): void; clear(): void}
  send(message: Message): void
  appendOwn(entries: Entry[]): void
  info(line: string): void
}
