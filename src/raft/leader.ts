import {type Core, hex} from './core.ts'
import type {Progress} from './progress.ts'
import {proposeAsLeader} from './proposals.ts'
import {readAsked, readsAcknowledged, releaseEarlyReads} from './reads.ts'
import {broadcastAppend, broadcastHeartbeat, maybeCommit, sendAppend} from './replication.ts'
import {becomeFollower} from './roles.ts'
import {transferAsked, transfereeCaughtUp} from './transfer.ts'
import {type Message, MessageType, type Refused} from './types.ts'

/** What a leader does with a message of its term, and with time. */
export function stepLeader(core: Core, m: Message): Refused | undefined {
  switch (m.type) {
    case MessageType.MsgProp: {
      const entries = m.entries.map(entry => ({...entry}))
      return 'dropped' in proposeAsLeader(core, entries) ? 'proposalDropped' : undefined
    }
    case MessageType.MsgReadIndex:
      readAsked(core, m)
      return undefined
    case MessageType.MsgForgetLeader:
      return undefined
  }
  const from = core.tracker.get(m.from)
  if (from) stepMember(core, m, from)
  else core.debug?.(`${core.name} no progress available for ${hex(m.from)}`)
  return undefined
}

function stepMember(core: Core, m: Message, from: Progress): void {
  switch (m.type) {
    case MessageType.MsgAppResp:
      appendAnswered(core, m, from)
      return
    case MessageType.MsgHeartbeatResp:
      from.recentActive = true
      from.appendPaused = false
      // An append may have been lost: nobody else would notice.
      if (from.match < core.log.lastIndex || from.state === 'probe') sendAppend(core, from, true)
      readsAcknowledged(core, m)
      return
    case MessageType.MsgSnapStatus:
      snapshotReported(core, from, m.reject)
      return
    case MessageType.MsgUnreachable:
      // What was sent optimistically may be lost: ask again where the member stands.
      if (from.state === 'replicate') from.becomeProbe()
      core.debug?.(`${core.name} failed to send message to ${hex(from.id)} because it is unreachable [${from}]`)
      return
    case MessageType.MsgTransferLeader:
      transferAsked(core, from)
      return
  }
}

function appendAnswered(core: Core, m: Message, from: Progress): void {
  from.recentActive = true
  if (m.reject) {
    appendRefused(core, m, from)
    return
  }
  // Nobody can hold what was never sent.
  if (m.index > core.log.lastIndex) return
  if (!from.maybeUpdate(m.index) && !(from.match === m.index && from.state === 'probe')) return
  if (from.state === 'probe') from.becomeReplicate()
  else if (from.state === 'replicate') from.inflights.freeTo(m.index)
  else if (from.match + 1 >= core.log.firstIndex) {
    // It got so far without the snapshot, or by one from elsewhere.
    core.debug?.(
      `${core.name} recovered from needing snapshot, resumed sending replication messages to ${hex(from.id)} [${from}]`,
    )
    from.becomeProbe()
    from.becomeReplicate()
  }
  const own = from.id === core.id
  if (maybeCommit(core)) {
    releaseEarlyReads(core)
    broadcastAppend(core)
  } else if (!own && from.mayLearnCommit(core.log.committed)) sendAppend(core, from, true)
  if (own) return
  while (sendAppend(core, from, false)) {
    // The window may have opened for more than one.
  }
  transfereeCaughtUp(core, from)
}

function appendRefused(core: Core, m: Message, from: Progress): void {
  core.debug?.(
    `${core.name} received MsgAppResp(rejected, hint: (index ${m.rejectHint}, term ${m.logTerm})) from ${hex(m.from)} for index ${m.index}`,
  )
  // The member's term at the hint may be so old that many indexes are stepped over at once (paper 5.3, end).
  const hint = m.logTerm > 0 ? core.log.findConflictByTerm(m.rejectHint, m.logTerm).index : m.rejectHint
  if (!from.maybeDecrease(m.index, hint)) return
  core.debug?.(`${core.name} decreased progress of ${hex(m.from)} to [${from}]`)
  if (from.state === 'replicate') from.becomeProbe()
  sendAppend(core, from, true)
}

function snapshotReported(core: Core, member: Progress, failed: boolean): void {
  if (member.state !== 'snapshot') return
  if (failed) member.pendingSnapshot = 0
  member.becomeProbe()
  core.debug?.(
    `${core.name} snapshot ${failed ? 'failed' : 'succeeded'}, resumed sending replication messages to ${hex(member.id)} [${member}]`,
  )
  // Installed: wait for its acknowledgement. Failed: for the next heartbeat's answer.
  member.appendPaused = true
}

export function tickLeader(core: Core): void {
  const {options} = core
  core.heartbeatElapsed++
  core.electionElapsed++
  if (core.electionElapsed >= options.electionTicks) {
    core.electionElapsed = 0
    if (options.checkQuorum) checkQuorum(core)
    // A transfer that took this long has failed.
    if (core.role === 'leader') core.transferee = 0
  }
  if (core.role === 'leader' && core.heartbeatElapsed >= options.heartbeatTicks) {
    core.heartbeatElapsed = 0
    broadcastHeartbeat(core)
  }
}

/** Thesis 6.2: a leader that no quorum answers for an election timeout steps down, so that its clients go elsewhere. */
function checkQuorum(core: Core): void {
  if (!core.tracker.quorumActive()) {
    core.warn?.(`${core.name} stepped down to follower since quorum is not active`)
    becomeFollower(core, core.term, 0)
  }
  for (const member of core.tracker.members) if (member.id !== core.id) member.recentActive = false
}
