import type {NodeId} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import type {Entry} from '../formats/eraftpb.ts'
import {type Core, hex} from './core.ts'
import {newMessage} from './messages.ts'
import type {Progress} from './progress.ts'
import {MessageType} from './types.ts'

/** What a leader sends to bring the others up to its log. Raft paper 5.3, 5.4.2 and 7. */

/** Sends the next entries to a member; without any, the commit index, when `evenEmpty`. False when nothing was sent. */
export function sendAppend(core: Core, to: Progress, evenEmpty: boolean): boolean {
  if (to.paused || core.fetching.has(to.id)) return false
  const {log} = core
  const previous = to.next - 1
  const previousTerm = log.term(previous)
  if (previousTerm === undefined) return sendSnapshot(core, to)
  let entries: Entry[] | undefined
  // With the window full only the commit index may be told.
  const high = log.lastIndex + 1
  if (to.next < high && !(to.state === 'replicate' && to.inflights.full)) {
    const found = log.slice(to.next, high, core.options.maxSizePerMessage, {
      low: to.next,
      high,
      why: 'send',
      to: to.id,
    })
    if (found === 'pending') {
      core.fetching.add(to.id)
      return false
    }
    if (found === 'compacted') return evenEmpty && sendSnapshot(core, to)
    entries = found
  }
  if (!entries && !evenEmpty) return false
  const m = newMessage(MessageType.MsgApp, to.id, 0, previous, previousTerm)
  m.commit = log.committed
  let bytes = 0
  if (entries) {
    m.entries = entries
    for (const entry of entries) bytes += entry.data.length
  }
  core.send(m)
  to.sent(entries?.length ?? 0, bytes)
  to.sentCommit = log.committed
  return true
}

/** The entries that a member lacks are compacted: it gets the state instead (paper 7). One that is not heard from would get it in vain. */
function sendSnapshot(core: Core, to: Progress): boolean {
  if (!to.recentActive) {
    core.debug?.(`ignore sending snapshot to ${hex(to.id)} since it is not recently active`)
    return false
  }
  const snapshot = core.log.snapshot()
  if (snapshot === 'pending') {
    core.debug?.(`${core.name} failed to send snapshot to ${hex(to.id)} because snapshot is temporarily unavailable`)
    return false
  }
  const {index, term} = snapshot.metadata
  invariant(index > 0, 'a log that was compacted has a snapshot', {firstIndex: core.log.firstIndex})
  core.debug?.(
    `${core.name} [firstindex: ${core.log.firstIndex}, commit: ${core.log.committed}] sent snapshot[index: ${index}, term: ${term}] to ${hex(to.id)} [${to}]`,
  )
  to.becomeSnapshot(index)
  core.debug?.(`${core.name} paused sending replication messages to ${hex(to.id)} [${to}]`)
  const m = newMessage(MessageType.MsgSnap, to.id)
  m.snapshot = snapshot
  core.send(m)
  return true
}

export function broadcastAppend(core: Core): void {
  for (const member of core.tracker.members) if (member.id !== core.id) sendAppend(core, member, true)
}

/** Entries for members that have not got them; nothing to those that have. */
export function offerAppend(core: Core): void {
  for (const member of core.tracker.members) if (member.id !== core.id) sendAppend(core, member, false)
}

/** The entries for a member were read: what waited for them goes on. */
export function entriesFetched(core: Core, to: NodeId): void {
  core.fetching.delete(to)
  const member = core.tracker.get(to)
  if (core.role === 'leader' && member) sendAppend(core, member, false)
}

/** Within a term, the one place where match falls: what was committed by it stays so, what is not yet must be acknowledged again. */
export function memberRestarted(core: Core, node: NodeId): void {
  const member = core.tracker.get(node)
  if (core.role !== 'leader' || !member || node === core.id) return
  const {match, recentActive} = member
  // The first append is one that a member which lost nothing takes, so that it counts again after one round trip.
  member.forget(0, match + 1)
  member.recentActive = recentActive
  sendAppend(core, member, true)
}

export function broadcastHeartbeat(core: Core): void {
  const context = core.reads.heartbeatContext()
  for (const member of core.tracker.members) {
    if (member.id === core.id) continue
    const m = newMessage(MessageType.MsgHeartbeat, member.id)
    // Never above what the member is known to hold: it would commit entries that it lacks.
    m.commit = Math.min(member.match, core.log.committed)
    m.context = context
    core.send(m)
    member.sentCommit = m.commit
  }
}

/**
 * Appends entries as leader, with its term and the next indexes. False when too many bytes wait for commit already; one proposal is always taken, and
 * what holds no bytes never waits: a leader could else be kept from committing anything.
 */
export function appendOwn(core: Core, entries: Entry[]): boolean {
  const {log, options} = core
  let bytes = 0
  for (const entry of entries) bytes += entry.data.length
  if (
    bytes > 0 &&
    core.uncommittedBytes > 0 &&
    options.maxUncommittedSize > 0 &&
    core.uncommittedBytes + bytes > options.maxUncommittedSize
  ) {
    core.warn?.(
      `${core.name} appending new entries to log would exceed uncommitted entry size limit; dropping proposal`,
    )
    return false
  }
  core.uncommittedBytes += bytes
  let index = log.lastIndex
  for (const entry of entries) {
    entry.term = core.term
    entry.index = ++index
  }
  log.append(entries)
  // A leader acknowledges its own entries like any member: once they are on its disk (thesis 10.2.1).
  if (core.ownAnswer) core.ownAnswer.index = index
  else {
    const answer = newMessage(MessageType.MsgAppResp, core.id, 0, index)
    core.send(answer)
    if (options.coalesceProposals) core.ownAnswer = answer
  }
  return true
}

/** After a majority may have moved: commits what it holds, if an entry of this term is among it (paper 5.4.2). */
export function maybeCommit(core: Core): boolean {
  const {log} = core
  const index = core.tracker.committed()
  if (index <= log.committed) return false
  const term = log.term(index)
  if (term === undefined || !core.parts.mayCommit(term, core.term)) return false
  log.commitTo(index)
  return true
}
