import type {GroupName, Index, NodeId, Term} from '../base/ids.ts'

/** In a group's folder: its log is to be rebuilt from the other replicas. */
export const REBUILD_FILE = 'rebuild.json'

/**
 * What the lab saw of all other voters while this replica was down. Its lost log may have held votes and entries that others counted on; so it starts
 * in `term`, the highest of theirs, with its vote given to that term's leader, and stands back from elections until `until` is committed and
 * synced here: that leader's last index then, behind everything that was committed anywhere.
 */
export interface Rebuild {
  formatVersion: 1
  group: GroupName
  term: Term
  vote: NodeId
  until: Index
}
