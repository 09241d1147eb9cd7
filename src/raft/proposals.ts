import {EMPTY} from '../base/bytes.ts'
import type {Index} from '../base/ids.ts'
import {type Entry, EntryType} from '../formats/eraftpb.ts'
import {type Core, hex} from './core.ts'
import {checkedChange} from './membership.ts'
import {appendOwn, broadcastAppend} from './replication.ts'
import type {Dropped} from './types.ts'

/** Takes entries into a leader's log and sends them on. Their index is that of the first. */
export function proposeAsLeader(core: Core, entries: Entry[]): {index: Index} | {dropped: Dropped} {
  if (entries.length === 0 || !core.tracker.get(core.id)) return {dropped: 'removed'}
  if (core.transferee) {
    core.debug?.(
      `${core.name} [term ${core.term}] transfer leadership to ${hex(core.transferee)} is in progress; dropping proposal`,
    )
    return {dropped: 'transferring'}
  }
  const index = core.log.lastIndex + 1
  const taken = entries.some(e => e.type !== EntryType.Normal)
    ? entries.map((entry, i) => checkedChange(core, entry, index + i) ?? emptied(entry))
    : entries
  if (!appendOwn(core, taken)) return {dropped: 'full'}
  if (core.options.coalesceProposals) core.unsent = true
  else broadcastAppend(core)
  return {index}
}

/** A change that is not allowed takes an index all the same: it becomes an entry without content. */
function emptied(entry: Entry): Entry {
  return {...entry, type: EntryType.Normal, data: EMPTY, context: EMPTY}
}

/** Sends what was proposed since the last Ready: one append a member, however many proposals there were. */
export function sendUnsent(core: Core): void {
  if (!core.unsent) return
  core.unsent = false
  if (core.role === 'leader') broadcastAppend(core)
}
