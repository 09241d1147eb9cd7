import {fromUtf8} from '../../../src/base/bytes.ts'
import type {NodeId} from '../../../src/base/ids.ts'
import {
  type ConfState,
  decodeConfChange,
  decodeConfChangeV2,
  type Entry,
  EntryType,
  type HardState,
  type Snapshot,
} from '../../../src/formats/eraftpb.ts'
import {messageName} from '../../../src/raft/messages.ts'
import {
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  type ReadState,
  type Role,
  type SoftState,
} from '../../../src/raft/types.ts'

/** Words for what the core hands out, as the recorded files have them. */

export const ROLE_WORDS: Record<Role, string> = {
  follower: 'StateFollower',
  'pre-candidate': 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
}

const ESCAPES: Record<number, string> = {7: 'a', 8: 'b', 12: 'f', 10: 'n', 13: 'r', 9: 't', 11: 'v', 92: '\\', 34: '"'}

/** Bytes as a quoted string of the Go language. */
export function quoted(bytes: Uint8Array): string {
  let text = ''
  for (const char of fromUtf8(bytes)) {
    const code = char.codePointAt(0) as number
    if (ESCAPES[code]) text += `\\${ESCAPES[code]}`
    else if (code === 32 || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) text += char
    else if (code < 128) text += `\\x${code.toString(16).padStart(2, '0')}`
    else
      text += code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
  }
  return `"${text}"`
}

const CHANGE_LETTERS = 'vrlu'
const ENTRY_WORDS = ['EntryNormal', 'EntryConfChange', 'EntryConfChangeV2']

export function describeEntry(entry: Entry): string {
  let what: string
  if (entry.type === EntryType.Normal) what = quoted(entry.data)
  else {
    const changes =
      entry.type === EntryType.ConfChange ? [decodeConfChange(entry.data)] : decodeConfChangeV2(entry.data).changes
    what = changes.map(({type, nodeId}) => `${CHANGE_LETTERS[type]}${nodeId}`).join(' ')
  }
  return `${entry.term}/${entry.index} ${ENTRY_WORDS[entry.type]}${what && ` ${what}`}`
}

export function describeEntries(entries: readonly Entry[]): string {
  return entries.map(entry => `${describeEntry(entry)}\n`).join('')
}

function target(node: NodeId): string {
  if (node === 0) return 'None'
  if (node === LOCAL_APPEND_THREAD) return 'AppendThread'
  return node === LOCAL_APPLY_THREAD ? 'ApplyThread' : node.toString(16)
}

export function describeMessage(m: Message, indent = ''): string {
  let text = `${indent}${target(m.from)}->${target(m.to)} ${messageName(m.type)} Term:${m.term} Log:${m.logTerm}/${m.index}`
  if (m.reject) text += ` Rejected (Hint: ${m.rejectHint})`
  if (m.commit) text += ` Commit:${m.commit}`
  if (m.vote) text += ` Vote:${m.vote}`
  if (m.entries.length === 1) text += ` Entries:[${describeEntry(m.entries[0])}]`
  else if (m.entries.length > 1)
    text += ` Entries:[${m.entries.map(e => `\n${indent}  ${describeEntry(e)}`).join('')}\n${indent}]`
  if (m.snapshot?.metadata.index) text += `\n${indent}  Snapshot: ${describeSnapshot(m.snapshot)}`
  if (m.responses && m.responses.length > 0)
    text += ` Responses:[${m.responses.map(r => `\n${describeMessage(r, `${indent}  `)}`).join('')}\n${indent}]`
  return text
}

function describeConfState(state: ConfState): string {
  const list = (nodes: readonly NodeId[]) => `[${nodes.join(' ')}]`
  return `Voters:${list(state.voters)} VotersOutgoing:${list(state.votersOutgoing)} Learners:${list(state.learners)} LearnersNext:${list(state.learnersNext)} AutoLeave:${state.autoLeave}`
}

function describeSnapshot({metadata}: Snapshot): string {
  return `Index:${metadata.index} Term:${metadata.term} ConfState:${describeConfState(metadata.confState)}`
}

/** A Ready in the terms of the recorded files. */
export interface Printable {
  softState?: SoftState
  hardState?: HardState
  readStates: readonly ReadState[]
  entries: readonly Entry[]
  snapshot?: Snapshot
  committed: readonly Entry[]
  messages: readonly Message[]
  mustSync: boolean
}

export function describeReady(ready: Printable): string {
  let text = ''
  if (ready.softState) text += `Lead:${ready.softState.leader} State:${ROLE_WORDS[ready.softState.role]}\n`
  if (ready.hardState) {
    const {term, vote, commit} = ready.hardState
    text += `HardState Term:${term}${vote ? ` Vote:${vote}` : ''} Commit:${commit}\n`
  }
  if (ready.readStates.length > 0)
    text += `ReadStates [${ready.readStates.map(r => `{${r.index} [${[...r.context].join(' ')}]}`).join(' ')}]\n`
  if (ready.entries.length > 0) text += `Entries:\n${describeEntries(ready.entries)}`
  if (ready.snapshot) text += `Snapshot ${describeSnapshot(ready.snapshot)}\n`
  if (ready.committed.length > 0) text += `CommittedEntries:\n${describeEntries(ready.committed)}`
  if (ready.messages.length > 0) text += `Messages:\n${ready.messages.map(m => `${describeMessage(m)}\n`).join('')}`
  return text ? `Ready MustSync=${ready.mustSync}:\n${text}` : '<empty Ready>'
}
