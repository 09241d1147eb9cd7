import type {Index} from '../base/ids.ts'
import type {Core} from './core.ts'
import {newMessage} from './messages.ts'
import {broadcastHeartbeat} from './replication.ts'
import {type Message, MessageType} from './types.ts'

/** Reads that see every write that was answered before. Raft paper 8; thesis 6.4 (read index) and 6.4.1 (lease). */

/** A request to the leader: from itself, or sent on by a follower. */
export function readAsked(core: Core, m: Message): void {
  if (m.entries.length === 0) return
  if (core.tracker.singleton) answer(core, m, core.log.committed)
  // Until an entry of this term is committed, this leader does not know what is.
  else if (!committedInTerm(core)) core.readsTooEarly.push(m)
  else begin(core, m)
}

function committedInTerm(core: Core): boolean {
  return core.log.term(core.log.committed) === core.term
}

function begin(core: Core, m: Message): void {
  const {log, reads, options} = core
  if (options.readOnly === 'lease-based') {
    answer(core, m, log.committed)
    return
  }
  reads.add(m, log.committed)
  reads.acknowledge(core.id, reads.heartbeatContext())
  broadcastHeartbeat(core)
}

/** The commit index moved: reads that came too early may begin. */
export function releaseEarlyReads(core: Core): void {
  if (core.readsTooEarly.length === 0) return
  if (!committedInTerm(core)) {
    core.error?.('pending MsgReadIndex should be released only after first commit in current term')
    return
  }
  const early = core.readsTooEarly
  core.readsTooEarly = []
  for (const m of early) begin(core, m)
}

/** A heartbeat was answered by a node that still follows: reads up to the one that it carried may be confirmed now. */
export function readsAcknowledged(core: Core, m: Message): void {
  if (core.options.readOnly === 'lease-based' || !m.context || m.context.length === 0) return
  core.reads.acknowledge(m.from, m.context)
  for (const {message, index} of core.reads.takeConfirmed(core.tracker)) answer(core, message, index)
}

function answer(core: Core, request: Message, index: Index): void {
  if (request.from === 0 || request.from === core.id) {
    core.readStates.push({index, context: request.entries[0].data})
    return
  }
  const m = newMessage(MessageType.MsgReadIndexResp, request.from, 0, index)
  m.entries = request.entries
  core.send(m)
}
