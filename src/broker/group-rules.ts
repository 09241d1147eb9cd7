import type {NodeId, Term} from '../base/ids.ts'
import type {HardState} from '../formats/eraftpb.ts'
import type {Clock} from '../io/ports.ts'
import type {Message} from '../raft/types.ts'

/** Decisions of a group's wiring that a planted bug may replace. */
export interface GroupRules {
  /** May a message that came with a unit of the log be delivered before that unit is synced? `node` is this one. */
  beforeSync(message: Message, node: NodeId): boolean
  /** What is stored of a HardState. */
  stored(hardState: HardState, node: NodeId): HardState
  /** Has a leader of `term` applied enough to answer clients? */
  mayLead(appliedTerm: Term, term: Term): boolean
  /** The clock, in ms, that tells how long ago a quorum was heard. */
  leaseMs(clock: Clock): number
  /** Does a leader step down that hears of no quorum? */
  checksQuorum(): boolean
  /** Settles when a group that is born may act: when groups.log lists it, synced. */
  listed(add: () => Promise<void>): Promise<void>
}

export const defaultGroupRules: GroupRules = {
  beforeSync: () => false,
  stored: hardState => hardState,
  mayLead: (appliedTerm, term) => appliedTerm === term,
  leaseMs: clock => clock.monotonicMs(),
  checksQuorum: () => true,
  listed: add => add(),
}
