import type {RaftParts} from './types.ts'

/** The decisions as the Raft paper has them. A planted bug replaces one in a copy. */
export const defaultRaftParts: RaftParts = {
  // Paper 5.4.2: entries of earlier terms are never committed by counting replicas.
  mayCommit: (entryTerm, term) => entryTerm === term,
  quorum: voters => Math.floor(voters / 2) + 1,
  startFrom: recovered => recovered,
  // Paper 5.4.1: the later term wins; with the same term the longer log.
  logUpToDate: (candidate, ours) =>
    candidate.term > ours.term || (candidate.term === ours.term && candidate.index >= ours.index),
  // Paper 5.2: one vote a term, and none once a leader of the term is known.
  mayVote: (state, candidate) => state.vote === candidate || (state.vote === 0 && state.leader === 0),
  // Paper 5.2: a vote holds for its whole term, whatever becomes of the node meanwhile.
  voteAsFollower: vote => vote,
  // What is committed is never another leader's: such an append comes late, and holds nothing new.
  late: (log, m) => m.index < log.committed,
  accept: (log, m) => log.maybeAppend(m.index, m.logTerm, m.entries, m.commit),
  // Paper 5.2: servers start as followers; a leader may have lost entries of its term that others know.
  roleAtStart: () => 'follower',
  // Thesis 4.1, and the correction of 2015: no change while another may be in the log, of an earlier term too.
  changeMayFollow: (pending, applied) => pending <= applied,
  configurationBehind: inSnapshot => inSnapshot,
}
