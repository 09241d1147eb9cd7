import type {ConfState, Snapshot} from '../formats/eraftpb.ts'
import {ConfChangeError, type Membership} from './conf-change.ts'
import type {Core} from './core.ts'
import {membershipOf, switchTo} from './membership.ts'
import {newMessage} from './messages.ts'
import {confStateOf} from './tracker.ts'
import {type Message, MessageType} from './types.ts'

/** A follower gets the state instead of entries that its leader has compacted. Raft paper 7. */
export function snapshotSent(core: Core, m: Message): void {
  if (!m.snapshot) return
  const {index, term} = m.snapshot.metadata
  const restored = install(core, m.snapshot)
  const {log} = core
  core.info?.(
    `${core.name} [commit: ${log.committed}] ${restored ? 'restored' : 'ignored'} snapshot [index: ${index}, term: ${term}]`,
  )
  core.send(newMessage(MessageType.MsgAppResp, m.from, 0, restored ? log.lastIndex : log.committed))
}

/** True when the log now begins behind the snapshot. */
function install(core: Core, snapshot: Snapshot): boolean {
  const {log} = core
  const {index, term, confState} = snapshot.metadata
  if (index <= log.committed) return false
  const names = [confState.voters, confState.learners, confState.votersOutgoing].some(set => set.includes(core.id))
  if (!names && !core.options.acceptSnapshotOfOthers) {
    core.warn?.(
      `${core.name} attempted to restore snapshot but it is not in the ConfState ${describeConfState(confState)}; should never happen`,
    )
    return false
  }
  if (log.matches(index, term)) {
    // Everything that it holds is here: only the commit index is news.
    core.info?.(
      `${core.name} [commit: ${log.committed}, lastindex: ${log.lastIndex}, lastterm: ${log.lastTerm}] fast-forwarded commit to snapshot [index: ${index}, term: ${term}]`,
    )
    log.commitTo(index)
    core.agreed = Math.max(core.agreed, index)
    return false
  }
  const membership = membershipIn(core, snapshot)
  if (!membership) return false
  log.restore(snapshot)
  core.agreed = index
  switchTo(core, membership)
  core.info?.(
    `${core.name} [commit: ${log.committed}, lastindex: ${log.lastIndex}, lastterm: ${log.lastTerm}] restored snapshot [index: ${index}, term: ${term}]`,
  )
  return true
}

/** A configuration that cannot be is no leader's: such a snapshot is not taken. */
function membershipIn(core: Core, snapshot: Snapshot): Membership | undefined {
  const {confState, index} = snapshot.metadata
  try {
    return membershipOf(core, core.parts.configurationBehind(confState, confStateOf(core.tracker.config)), index)
  } catch (error) {
    if (!(error instanceof ConfChangeError)) throw error
    core.error?.(`${core.name} got a snapshot whose configuration cannot be: ${error.message}`)
    return undefined
  }
}

/** In protobuf's text form. */
function describeConfState(state: ConfState): string {
  const words: string[] = []
  for (const node of state.voters) words.push(`voters:${node}`)
  for (const node of state.learners) words.push(`learners:${node}`)
  for (const node of state.votersOutgoing) words.push(`voters_outgoing:${node}`)
  for (const node of state.learnersNext) words.push(`learners_next:${node}`)
  words.push(`auto_leave:${state.autoLeave}`)
  return words.join(' ')
}
