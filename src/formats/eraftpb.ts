import type {Index, NodeId, Term} from '../base/ids.ts'

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
