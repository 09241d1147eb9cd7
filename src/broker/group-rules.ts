import type {NodeId, Term} from '../base/ids.ts'
import type {HardState} from '../formats/eraftpb.ts'
import type {Clock} from '../io/ports.ts'
import type {Message, RaftOptions} from '../raft/types.ts'

/** What a leader makes of the time since it heard a quorum. */
export interface QuorumContact {
  /** The clock, in ms, that tells how long ago that was. */
  nowMs(clock: Clock): number
  /** Does it step down without? */
  required(): boolean
}

/** Decisions of a group's wiring that a planted bug may replace. */
export interface GroupRules {
  /** May a message that came with a unit of the log be delivered before that unit is synced? `node` is this one. */
  beforeSync(message: Message, node: NodeId): boolean
  /** What is stored of a HardState. */
  stored(hardState: HardState, node: NodeId): HardState
  /** Has a leader of `term` applied enough to answer clients? */
  mayLead(appliedTerm: Term, term: Term): boolean
  contact: QuorumContact
  /** Settles when a group that is born may act: when groups.log lists it, synced. */
  listed(add: () => Promise<void>): Promise<void>
  /** What a snapshot holds of the state of a machine. */
  snapshotOf(state: Uint8Array): Uint8Array
  /** How the core is set up: sizes, ticks, what it draws. */
  core(options: RaftOptions): RaftOptions
}

export const defaultGroupRules: GroupRules = {
  beforeSync: () => false,
  stored: hardState => hardState,
  mayLead: (appliedTerm, term) => appliedTerm === term,
  contact: {nowMs: clock => clock.monotonicMs(), required: () => true},
  listed: add => add(),
  snapshotOf: state => state,
  core: options => options,
}
