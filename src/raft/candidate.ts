import {type Core, hex} from './core.ts'
import {countVote} from './elections.ts'
import {fromLeader} from './follower.ts'
import {becomeFollower} from './roles.ts'
import {type Message, MessageType, type Refused} from './types.ts'

/** What a candidate or a pre-candidate does with a message of its term. */
export function stepCandidate(core: Core, m: Message): Refused | undefined {
  switch (m.type) {
    case MessageType.MsgProp:
      core.info?.(`${core.name} no leader at term ${core.term}; dropping proposal`)
      return 'proposalDropped'
    case MessageType.MsgApp:
    case MessageType.MsgHeartbeat:
    case MessageType.MsgSnap:
      // Somebody else won this term (paper 5.2).
      becomeFollower(core, m.term, m.from)
      fromLeader(core, m)
      return undefined
    case MessageType.MsgPreVoteResp:
      if (core.role === 'pre-candidate') countVote(core, m)
      return undefined
    case MessageType.MsgVoteResp:
      if (core.role === 'candidate') countVote(core, m)
      return undefined
    case MessageType.MsgTimeoutNow: {
      const state = core.role === 'candidate' ? 'StateCandidate' : 'StatePreCandidate'
      core.debug?.(`${core.name} [term ${core.term} state ${state}] ignored MsgTimeoutNow from ${hex(m.from)}`)
      return undefined
    }
  }
  return undefined
}
