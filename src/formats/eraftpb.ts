import {EMPTY} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import {ProtobufError, ProtobufReader, ProtobufWriter, varintSize} from './protobuf.ts'

/** raft-rs's `eraftpb.EntryType`. */
export const EntryType = {Normal: 0, ConfChange: 1, ConfChangeV2: 2} as const
export type EntryType = (typeof EntryType)[keyof typeof EntryType]

export interface Entry {
  type: EntryType
  term: Term
  index: Index
  data: Uint8Array
  /** One-byte tag of what `data` is (DESIGN: 1 record batch, 2 log start, 3 metadata command); empty for no-ops. */
  context: Uint8Array
}

export interface HardState {
  term: Term
  /** 0: no vote in this term. */
  vote: NodeId
  commit: Index
}

export interface ConfState {
  voters: NodeId[]
  learners: NodeId[]
  votersOutgoing: NodeId[]
  learnersNext: NodeId[]
  autoLeave: boolean
}

export interface SnapshotMetadata {
  confState: ConfState
  index: Index
  term: Term
}

export interface Snapshot {
  data: Uint8Array
  metadata: SnapshotMetadata
}

/** `eraftpb.ConfChangeType`; UpdateNode is etcd's, raft-rs has none. */
export const ConfChangeType = {AddNode: 0, RemoveNode: 1, AddLearnerNode: 2, UpdateNode: 3} as const
export type ConfChangeType = (typeof ConfChangeType)[keyof typeof ConfChangeType]

export const ConfChangeTransition = {Auto: 0, JointImplicit: 1, JointExplicit: 2} as const
export type ConfChangeTransition = (typeof ConfChangeTransition)[keyof typeof ConfChangeTransition]

export interface ConfChange {
  type: ConfChangeType
  nodeId: NodeId
  context: Uint8Array
}

export interface ConfChangeV2 {
  transition: ConfChangeTransition
  changes: Array<{type: ConfChangeType; nodeId: NodeId}>
  context: Uint8Array
}

export const NO_CONF_STATE: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
}

/** Bytes that `encodeEntry` takes for an entry. */
export function entrySize(entry: Entry): number {
  let size = 0
  if (entry.type) size += 1 + varintSize(entry.type)
  if (entry.term) size += 1 + varintSize(entry.term)
  if (entry.index) size += 1 + varintSize(entry.index)
  if (entry.data.length) size += 1 + varintSize(entry.data.length) + entry.data.length
  if (entry.context.length) size += 1 + varintSize(entry.context.length) + entry.context.length
  return size
}

/** Entry{1 entry_type, 2 term, 3 index, 4 data, 5 sync_log (never written), 6 context}. */
export function encodeEntry(entry: Entry, into = new ProtobufWriter(entrySize(entry))): ProtobufWriter {
  into.numberField(1, entry.type)
  into.numberField(2, entry.term)
  into.numberField(3, entry.index)
  into.bytesField(4, entry.data)
  into.bytesField(6, entry.context)
  return into
}

/** The data and context of the entry are views of the bytes given. An unknown entry_type is an error: a HardState read as an Entry shows there. */
export function decodeEntry(bytes: Uint8Array | ProtobufReader): Entry {
  const r = readerOf(bytes)
  const entry: Entry = {type: EntryType.Normal, term: 0, index: 0, data: EMPTY, context: EMPTY}
  while (r.next()) {
    if (r.field === 1) {
      const type = r.number()
      if (type > 2) throw new ProtobufError(r.tagAt, `entry type ${type}`)
      entry.type = type as EntryType
    } else if (r.field === 2) entry.term = r.number()
    else if (r.field === 3) entry.index = r.number()
    else if (r.field === 4) entry.data = r.view()
    else if (r.field === 6) entry.context = r.view()
    else r.skip()
  }
  return entry
}

/** HardState{1 term, 2 vote, 3 commit}. */
export function encodeHardState(state: HardState): Uint8Array {
  const w = new ProtobufWriter(24)
  w.numberField(1, state.term)
  w.numberField(2, state.vote)
  w.numberField(3, state.commit)
  return w.finish()
}

export function decodeHardState(bytes: Uint8Array): HardState {
  const r = new ProtobufReader(bytes)
  const state: HardState = {term: 0, vote: 0, commit: 0}
  while (r.next()) {
    if (r.field === 1) state.term = r.number()
    else if (r.field === 2) state.vote = r.number()
    else if (r.field === 3) state.commit = r.number()
    else r.skip()
  }
  return state
}

/** ConfState{1 voters, 2 learners, 3 voters_outgoing, 4 learners_next, 5 auto_leave}. */
export function encodeConfState(state: ConfState): Uint8Array {
  const w = new ProtobufWriter(32)
  w.packedField(1, state.voters)
  w.packedField(2, state.learners)
  w.packedField(3, state.votersOutgoing)
  w.packedField(4, state.learnersNext)
  w.boolField(5, state.autoLeave)
  return w.finish()
}

export function decodeConfState(bytes: Uint8Array | ProtobufReader): ConfState {
  const r = readerOf(bytes)
  const state: ConfState = {voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
  while (r.next()) {
    if (r.field === 1) r.numbers(state.voters)
    else if (r.field === 2) r.numbers(state.learners)
    else if (r.field === 3) r.numbers(state.votersOutgoing)
    else if (r.field === 4) r.numbers(state.learnersNext)
    else if (r.field === 5) state.autoLeave = r.number() !== 0
    else r.skip()
  }
  return state
}

/** SnapshotMetadata{1 conf_state, 2 index, 3 term}; without conf_state it is the payload of a snapshot marker. */
export function encodeSnapshotMetadata(m: {confState?: ConfState; index: Index; term: Term}): Uint8Array {
  const w = new ProtobufWriter(64)
  if (m.confState) w.messageField(1, encodeConfState(m.confState))
  w.numberField(2, m.index)
  w.numberField(3, m.term)
  return w.finish()
}

export function decodeSnapshotMetadata(bytes: Uint8Array | ProtobufReader): SnapshotMetadata {
  const r = readerOf(bytes)
  const m: SnapshotMetadata = {confState: {...NO_CONF_STATE}, index: 0, term: 0}
  while (r.next()) {
    if (r.field === 1) m.confState = decodeConfState(r.nested())
    else if (r.field === 2) m.index = r.number()
    else if (r.field === 3) m.term = r.number()
    else r.skip()
  }
  return m
}

/** Snapshot{1 data, 2 metadata}. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const w = new ProtobufWriter(snapshot.data.length + 64)
  w.bytesField(1, snapshot.data)
  w.messageField(2, encodeSnapshotMetadata(snapshot.metadata))
  return w.finish()
}

export function decodeSnapshot(bytes: Uint8Array | ProtobufReader): Snapshot {
  const r = readerOf(bytes)
  const snapshot: Snapshot = {data: EMPTY, metadata: {confState: {...NO_CONF_STATE}, index: 0, term: 0}}
  while (r.next()) {
    if (r.field === 1) snapshot.data = r.view()
    else if (r.field === 2) snapshot.metadata = decodeSnapshotMetadata(r.nested())
    else r.skip()
  }
  return snapshot
}

/** ConfChange{1 id (never written), 2 change_type, 3 node_id, 4 context}. Type and node are written also when 0, as etcd/raft does. */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const w = new ProtobufWriter(16 + change.context.length)
  explicit(w, 2, change.type)
  explicit(w, 3, change.nodeId)
  w.bytesField(4, change.context)
  return w.finish()
}

export function decodeConfChange(bytes: Uint8Array): ConfChange {
  const r = new ProtobufReader(bytes)
  const change: ConfChange = {type: ConfChangeType.AddNode, nodeId: 0, context: EMPTY}
  while (r.next()) {
    if (r.field === 2) change.type = changeType(r)
    else if (r.field === 3) change.nodeId = r.number()
    else if (r.field === 4) change.context = r.view()
    else r.skip()
  }
  return change
}

/** ConfChangeV2{1 transition, 2 changes{1 type, 2 node_id}, 3 context}, scalars written also when 0. */
export function encodeConfChangeV2(change: ConfChangeV2): Uint8Array {
  const w = new ProtobufWriter(16 + change.changes.length * 16 + change.context.length)
  explicit(w, 1, change.transition)
  const inner = new ProtobufWriter(16)
  for (const {type, nodeId} of change.changes) {
    inner.reset()
    explicit(inner, 1, type)
    explicit(inner, 2, nodeId)
    w.messageField(2, inner.written())
  }
  w.bytesField(3, change.context)
  return w.finish()
}

export function decodeConfChangeV2(bytes: Uint8Array): ConfChangeV2 {
  const r = new ProtobufReader(bytes)
  const change: ConfChangeV2 = {transition: ConfChangeTransition.Auto, changes: [], context: EMPTY}
  while (r.next()) {
    if (r.field === 1) {
      const transition = r.number()
      if (transition > 2) throw new ProtobufError(r.tagAt, `transition ${transition}`)
      change.transition = transition as ConfChangeTransition
    } else if (r.field === 2) change.changes.push(decodeSingleChange(r.nested()))
    else if (r.field === 3) change.context = r.view()
    else r.skip()
  }
  return change
}

/** The change that an entry of either kind holds. Throws ProtobufError when its bytes are none. */
export function decodeChange({type, data}: Pick<Entry, 'type' | 'data'>): ConfChange | ConfChangeV2 {
  return type === EntryType.ConfChange ? decodeConfChange(data) : decodeConfChangeV2(data)
}

function decodeSingleChange(r: ProtobufReader): {type: ConfChangeType; nodeId: NodeId} {
  const single: {type: ConfChangeType; nodeId: NodeId} = {type: ConfChangeType.AddNode, nodeId: 0}
  while (r.next()) {
    if (r.field === 1) single.type = changeType(r)
    else if (r.field === 2) single.nodeId = r.number()
    else r.skip()
  }
  return single
}

function changeType(r: ProtobufReader): ConfChangeType {
  const type = r.number()
  if (type > 3) throw new ProtobufError(r.tagAt, `type of change ${type}`)
  return type as ConfChangeType
}

function explicit(w: ProtobufWriter, field: number, value: number): void {
  w.varint(field << 3)
  w.varint(value)
}

function readerOf(bytes: Uint8Array | ProtobufReader): ProtobufReader {
  return bytes instanceof ProtobufReader ? bytes : new ProtobufReader(bytes)
}
