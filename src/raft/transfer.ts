import type {NodeId} from '../base/ids.ts'
import {type Core, hex} from './core.ts'
import {newMessage} from './messages.ts'
import type {Progress} from './progress.ts'
import {sendAppend} from './replication.ts'
import {MessageType} from './types.ts'

/** Handing the leadership to a member that is up to date. Raft thesis 3.10. */

export function transferAsked(core: Core, to: Progress): void {
  const {term, name} = core
  if (to.learner) {
    core.debug?.(`${name} is learner. Ignored transferring leadership`)
    return
  }
  const before = core.transferee
  if (before) {
    if (before === to.id) {
      core.info?.(
        `${name} [term ${term}] transfer leadership to ${hex(to.id)} is in progress, ignores request to same node ${hex(to.id)}`,
      )
      return
    }
    core.transferee = 0
    core.info?.(`${name} [term ${term}] abort previous transferring leadership to ${hex(before)}`)
  }
  if (to.id === core.id) {
    core.debug?.(`${name} is already leader. Ignored transferring leadership to self`)
    return
  }
  core.info?.(`${name} [term ${term}] starts to transfer leadership to ${hex(to.id)}`)
  // It has one election timeout; then this leader takes proposals again.
  core.electionElapsed = 0
  core.transferee = to.id
  if (to.match === core.log.lastIndex) {
    timeoutNow(core, to.id)
    core.info?.(`${name} sends MsgTimeoutNow to ${hex(to.id)} immediately as ${hex(to.id)} already has up-to-date log`)
  } else sendAppend(core, to, true)
}

/** The member that is to lead next has caught up: it campaigns without waiting for its timeout. */
export function transfereeCaughtUp(core: Core, member: Progress): void {
  if (member.id !== core.transferee || member.match !== core.log.lastIndex) return
  core.info?.(`${core.name} sent MsgTimeoutNow to ${hex(member.id)} after received MsgAppResp`)
  timeoutNow(core, member.id)
}

function timeoutNow(core: Core, to: NodeId): void {
  core.send(newMessage(MessageType.MsgTimeoutNow, to))
}
