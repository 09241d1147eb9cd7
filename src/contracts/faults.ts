import type {NodeId} from '../base/ids.ts'

export type FaultKind = 'kill' | 'stop' | 'pause' | 'partition' | 'link' | 'clock' | 'disk'

/** A fault that was asked for and is not healed yet. */
export interface FaultView {
  /** `f` and the number of its event in the journal. */
  name: string
  kind: FaultKind
  /** What it does, for people: `n1 | n2 n3, both ways`. */
  what: string
  /** Nodes that it is meant for: `heal NODES` finds it by them. */
  nodes: NodeId[]
  /** Who asked. */
  by: string
  sinceWallMs: number
  /** When it ends by itself. */
  endsWallMs?: number
  /** `asked`: not seen in force yet, and what rests on it must wait. */
  state: 'asked' | 'in force' | 'not seen'
  /** What showed that. */
  proof?: string
}

/** One link as it was just measured; `clients`: whoever speaks Kafka to that node. */
export interface LinkView {
  from: NodeId | 'clients'
  to: NodeId
  /** `passes`: a question was answered · `cut`: it was swallowed on its way · `down`: nobody listens at the far end · `silent`: no answer, nobody knows why. */
  seen: 'passes' | 'cut' | 'down' | 'silent'
  /** From the question to its answer. */
  ms?: number
  /** Faults that hold it. */
  faults: string[]
}
