import {type Core, hex} from './core.ts'
import {hup} from './elections.ts'
import {newMessage} from './messages.ts'
import {snapshotSent} from './snapshots.ts'
import {type Message, MessageType, type Refused} from './types.ts'

/** What a follower does with a message of its term. */
export function stepFollower(core: Core, m: Message): Refused | undefined {
  switch (m.type) {
    case MessageType.MsgProp:
      return forwardProposal(core, m)
    case MessageType.MsgApp:
    case MessageType.MsgHeartbeat:
    case MessageType.MsgSnap:
      core.electionElapsed = 0
      core.leader = m.from
      // It waits for entries, of a time when no leader was heard.
      core.waitingCampaign = undefined
      fromLeader(core, m)
      return undefined
    case MessageType.MsgTransferLeader:
      if (core.leader) forward(core, m)
      else core.info?.(`${core.name} no leader at term ${core.term}; dropping leader transfer msg`)
      return undefined
    case MessageType.MsgReadIndex:
      if (core.leader) forward(core, m)
      else core.info?.(`${core.name} no leader at term ${core.term}; dropping index reading msg`)
      return undefined
    case MessageType.MsgReadIndexResp:
      if (m.entries.length === 1) core.readStates.push({index: m.index, context: m.entries[0].data})
      else
        core.error?.(
          `${core.name} invalid format of MsgReadIndexResp from ${hex(m.from)}, entries count: ${m.entries.length}`,
        )
      return undefined
    case MessageType.MsgForgetLeader:
      forgetLeader(core)
      return undefined
    case MessageType.MsgTimeoutNow:
      core.info?.(
        `${core.name} [term ${core.term}] received MsgTimeoutNow from ${hex(m.from)} and starts an election to get leadership.`,
      )
      hup(core, 'transfer')
      return undefined
  }
  return undefined
}

function forwardProposal(core: Core, m: Message): Refused | undefined {
  if (!core.leader) {
    core.info?.(`${core.name} no leader at term ${core.term}; dropping proposal`)
    return 'proposalDropped'
  }
  if (core.options.disableProposalForwarding) {
    core.info?.(`${core.name} not forwarding to leader ${hex(core.leader)} at term ${core.term}; dropping proposal`)
    return 'proposalDropped'
  }
  forward(core, m)
  return undefined
}

function forward(core: Core, m: Message): void {
  core.send({...m, to: core.leader})
}

/** Lets this node vote for another at once, though its leader was heard just now. */
function forgetLeader(core: Core): void {
  if (core.options.readOnly === 'lease-based') {
    // Its lease may be what a read rests on.
    core.error?.('ignoring MsgForgetLeader due to ReadOnlyLeaseBased')
    return
  }
  if (!core.leader) return
  core.info?.(`${core.name} forgetting leader ${hex(core.leader)} at term ${core.term}`)
  core.leader = 0
}

/** MsgApp, MsgHeartbeat or MsgSnap from the leader of this term. */
export function fromLeader(core: Core, m: Message): void {
  if (m.type === MessageType.MsgApp) appended(core, m)
  else if (m.type === MessageType.MsgHeartbeat) heartbeat(core, m)
  else snapshotSent(core, m)
}

function appended(core: Core, m: Message): void {
  const {log} = core
  if (!isSequel(m)) return
  if (core.parts.late(log, m)) {
    core.send(newMessage(MessageType.MsgAppResp, m.from, 0, log.committed))
    return
  }
  const last = core.parts.accept(log, m)
  if (last !== undefined) {
    core.agreed = Math.max(core.agreed, last)
    core.send(newMessage(MessageType.MsgAppResp, m.from, 0, last))
    return
  }
  core.debug?.(
    `${core.name} [logterm: ${log.term(m.index) ?? 0}, index: ${m.index}] rejected MsgApp [logterm: ${m.logTerm}, index: ${m.index}] from ${hex(m.from)}`,
  )
  const hint = log.findConflictByTerm(Math.min(m.index, log.lastIndex), m.logTerm)
  const answer = newMessage(MessageType.MsgAppResp, m.from, 0, m.index, hint.term)
  answer.reject = true
  answer.rejectHint = hint.index
  core.send(answer)
}

function heartbeat(core: Core, m: Message): void {
  // A leader names no index here that this log was not known to hold. After a restart it may hold less, or what another leader had sent before.
  core.log.commitTo(Math.min(m.commit, core.agreed))
  const answer = newMessage(MessageType.MsgHeartbeatResp, m.from)
  answer.context = m.context
  core.send(answer)
}

/** Entries that follow the previous one without a gap, in terms that never fall and are not above the leader's. No leader sends anything else. */
function isSequel(m: Message): boolean {
  let term = m.logTerm
  for (let i = 0; i < m.entries.length; i++) {
    const entry = m.entries[i]
    if (entry.index !== m.index + 1 + i || entry.term < term) return false
    term = entry.term
  }
  return term <= m.term
}
