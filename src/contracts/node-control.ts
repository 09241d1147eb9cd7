import type {ErrorShape} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import type {InsideOrder} from './inside.ts'
import type {NodeConfig} from './node-config.ts'
import type {GroupChange, NodeLive} from './node-state.ts'

/**
 * The control socket of a node: JSON lines over a unix socket (0600), one object a line, 1 MiB a line.
 * `state` is answered once; `watch` is answered with the state, then a `change` line for every change.
 */
export type NodeRequest = {id: number} & (
  | {call: 'state'}
  | {call: 'watch'}
  | {call: 'stop'}
  | InsideOrder
  | MembersOrder
)

/**
 * `hand-over`: gives what this node leads to members that can take it; answered when they have, or after two election timeouts. `peers`: the other nodes are these from now on. `admit`, `retire`: put into the metadata (formats/metadata-command), by way of its leader; answered
 * when this node has applied it. The groups follow one after the other: their states tell.
 */
export type MembersOrder =
  | {call: 'hand-over'}
  | {call: 'peers'; peers: NodeConfig['peers']}
  | {call: 'admit'; node: NodeId; directoryId: string}
  | {call: 'retire'; node: NodeId; returns: boolean; directoryId: string}

export type NodeReply = {id: number; ok: unknown} | {id: number; error: ErrorShape} | {change: GroupChange}

export interface NodeControlAnswers {
  state: NodeLive
  watch: NodeLive
  stop: Record<string, never>
}
