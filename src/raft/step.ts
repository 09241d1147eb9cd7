import {EMPTY} from '../base/bytes.ts'
import type {Index} from '../base/ids.ts'
import {EntryType} from '../formats/eraftpb.ts'
import {stepCandidate} from './candidate.ts'
import {type Core, hex} from './core.ts'
import {hup, refusedByLease, refuseVote, voteAsked} from './elections.ts'
import {stepFollower} from './follower.ts'
import {stepLeader, tickLeader} from './leader.ts'
import {messageName, newMessage} from './messages.ts'
import {proposeAsLeader} from './proposals.ts'
import {becomeFollower} from './roles.ts'
import {describeConfiguration} from './tracker.ts'
import {type Message, MessageType, type Refused} from './types.ts'

/** The rules that hold for every role: what a message's term does (paper 5.1), what storage answers, what time does. */

const {MsgApp, MsgHeartbeat, MsgSnap, MsgVote, MsgPreVote, MsgPreVoteResp, MsgStorageAppendResp} = MessageType

export function tick(core: Core): void {
  if (core.role === 'leader') {
    tickLeader(core)
    return
  }
  core.electionElapsed++
  if (core.promotable && core.electionElapsed >= core.electionTimeout) {
    core.electionElapsed = 0
    campaign(core)
  }
}

export function campaign(core: Core): void {
  hup(core, core.options.preVote ? 'pre-election' : 'election')
}

/** A message of term 0 is this node's own, or one that any leader may take. */
export function step(core: Core, m: Message): Refused | undefined {
  if (m.term > core.term && m.term !== 0) {
    if (refusedByLease(core, m)) return undefined
    raiseTerm(core, m)
  } else if (m.term < core.term && m.term !== 0) {
    answerOldTerm(core, m)
    return undefined
  }
  switch (m.type) {
    case MessageType.MsgHup:
      campaign(core)
      return undefined
    case MsgStorageAppendResp:
      if (m.index !== 0) core.log.unstable.stableTo(m.index, m.logTerm)
      snapshotStable(core, m)
      return undefined
    case MessageType.MsgStorageApplyResp:
      entriesApplied(core, m)
      return undefined
    case MsgVote:
    case MsgPreVote:
      voteAsked(core, m)
      return undefined
  }
  if (core.role === 'leader') return stepLeader(core, m)
  return core.role === 'follower' ? stepFollower(core, m) : stepCandidate(core, m)
}

/** Whoever sees a later term follows it (paper 5.1). */
function raiseTerm(core: Core, m: Message): void {
  // A pre-vote never changes the term of who hears it; a granted one names a term that is only reached by winning.
  if (m.type === MsgPreVote || (m.type === MsgPreVoteResp && !m.reject)) return
  core.info?.(
    `${core.name} [term: ${core.term}] received a ${messageName(m.type)} message with higher term from ${hex(m.from)} [term: ${m.term}]`,
  )
  const fromLeader = m.type === MsgApp || m.type === MsgHeartbeat || m.type === MsgSnap
  becomeFollower(core, m.term, fromLeader ? m.from : 0)
}

/** Messages of an old term change nothing (paper 5.1). Some are answered, so that their sender learns of the later one. */
function answerOldTerm(core: Core, m: Message): void {
  const {options} = core
  // With these a leader may be left behind by a node whose votes it cannot hear: its term must reach that leader by other means.
  if ((options.checkQuorum || options.preVote) && (m.type === MsgHeartbeat || m.type === MsgApp))
    core.send(newMessage(MessageType.MsgAppResp, m.from))
  else if (m.type === MsgPreVote) refuseVote(core, m)
  else if (m.type === MsgStorageAppendResp) {
    // An answer of an earlier term proves nothing of entries: the same index may have been written, overwritten and written again.
    if (m.index !== 0)
      core.info?.(
        `${core.name} [term: ${core.term}] ignored entry appends from a ${messageName(m.type)} message with lower term [term: ${m.term}]`,
      )
    snapshotStable(core, m)
  } else
    core.info?.(
      `${core.name} [term: ${core.term}] ignored a ${messageName(m.type)} message with lower term from ${hex(m.from)} [term: ${m.term}]`,
    )
}

function snapshotStable(core: Core, m: Message): void {
  if (!m.snapshot) return
  const {index} = m.snapshot.metadata
  core.log.unstable.stableSnapshotTo(index)
  appliedTo(core, index, 0)
}

function entriesApplied(core: Core, m: Message): void {
  const {length} = m.entries
  if (length === 0) return
  appliedTo(core, m.entries[length - 1].index, core.log.sizeOf(m.entries))
  let bytes = 0
  for (const entry of m.entries) bytes += entry.data.length
  core.uncommittedBytes = Math.max(0, core.uncommittedBytes - bytes)
}

function appliedTo(core: Core, index: Index, bytes: number): void {
  const {log} = core
  const to = Math.max(index, log.applied)
  log.appliedTo(to, bytes)
  if (core.role === 'leader' && core.tracker.config.autoLeave && to >= core.pendingConfIndex) leaveJointSoon(core)
}

/** The change that made the configuration joint is applied: a leader proposes by itself to leave it (thesis 4.3). */
function leaveJointSoon(core: Core): void {
  const entry = {type: EntryType.ConfChangeV2, term: 0, index: 0, data: EMPTY, context: EMPTY}
  const config = core.info && describeConfiguration(core.tracker.config)
  if ('dropped' in proposeAsLeader(core, [entry]))
    core.debug?.(`not initiating automatic transition out of joint configuration ${config}: raft proposal dropped`)
  else core.info?.(`initiating automatic transition out of joint configuration ${config}`)
}
