import {EMPTY} from '../base/bytes.ts'
import type {NodeId, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {EntryType} from '../formats/eraftpb.ts'
import type {Core} from './core.ts'
import {ReadRequests} from './read-requests.ts'
import {appendOwn} from './replication.ts'

/** What a node becomes, and what it forgets then. Raft paper 5.1 and 5.2. */

/** A new term, or a new role in this one: nothing is known of the others, nobody was voted for in a term just begun. */
function reset(core: Core, term: Term): void {
  if (core.term !== term) {
    invariant(term > core.term || core.options.acceptTermless, 'the term never goes back', {from: core.term, to: term})
    core.term = term
    core.vote = 0
    core.agreed = 0
  }
  core.leader = 0
  core.electionElapsed = 0
  core.heartbeatElapsed = 0
  core.electionTimeout = core.options.electionTicks + core.options.random.below(core.options.electionTicks)
  core.transferee = 0
  core.tracker.resetVotes()
  const {lastIndex} = core.log
  for (const member of core.tracker.members) member.forget(member.id === core.id ? lastIndex : 0, lastIndex + 1)
  core.pendingConfIndex = 0
  core.uncommittedBytes = 0
  core.reads = new ReadRequests()
  core.fetching.clear()
  core.unsent = false
  core.ownAnswer = undefined
}

export function becomeFollower(core: Core, term: Term, leader: NodeId): void {
  if (core.term === term) core.vote = core.parts.voteAsFollower(core.vote, core.role)
  reset(core, term)
  core.waitingCampaign = undefined
  core.leader = leader
  core.role = 'follower'
  core.info?.(`${core.name} became follower at term ${core.term}`)
}

/** The term stays, and so does the vote: asking whether one could win must not disturb the group (thesis 9.6). */
export function becomePreCandidate(core: Core): void {
  invariant(core.role !== 'leader', 'a leader does not campaign')
  core.tracker.resetVotes()
  core.leader = 0
  core.role = 'pre-candidate'
  core.info?.(`${core.name} became pre-candidate at term ${core.term}`)
}

export function becomeCandidate(core: Core): void {
  invariant(core.role !== 'leader', 'a leader does not campaign')
  reset(core, core.term + 1)
  core.vote = core.id
  core.role = 'candidate'
  core.info?.(`${core.name} became candidate at term ${core.term}`)
}

/** As which a node goes on after a restart. */
export function becomeWhatItWas(core: Core): void {
  const recovered = {term: core.term, vote: core.vote, commit: core.log.committed}
  becomeFollower(core, core.term, 0)
  if (core.parts.roleAtStart(core.id, recovered) === 'follower') return
  core.role = 'candidate'
  becomeLeader(core)
}

/** An empty entry goes in at once: only an entry of its own term commits what came before (paper 5.4.2 and 8). */
export function becomeLeader(core: Core): void {
  invariant(core.role === 'candidate', 'only a candidate becomes leader', {role: core.role})
  reset(core, core.term)
  core.leader = core.id
  core.role = 'leader'
  const own = core.tracker.get(core.id)
  invariant(own, 'a leader is a member when it is elected')
  own.becomeReplicate()
  own.recentActive = true
  // A change of the configuration may lie in the log, not applied yet.
  core.pendingConfIndex = core.log.lastIndex
  appendOwn(core, [{type: EntryType.Normal, term: 0, index: 0, data: EMPTY, context: EMPTY}])
  core.info?.(`${core.name} became leader at term ${core.term}`)
}
