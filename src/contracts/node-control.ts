import type {ErrorShape} from '../base/errors.ts'
import type {InsideOrder} from './inside.ts'
import type {GroupChange, NodeLive} from './node-state.ts'

/**
 * The control socket of a node: JSON lines over a unix socket (0600), one object a line, 1 MiB a line.
 * `state` is answered once; `watch` is answered with the state, then a `change` line for every change.
 */
export type NodeRequest = {id: number} & ({call: 'state'} | {call: 'watch'} | {call: 'stop'} | InsideOrder)

export type NodeReply = {id: number; ok: unknown} | {id: number; error: ErrorShape} | {change: GroupChange}

export interface NodeControlAnswers {
  state: NodeLive
  watch: NodeLive
  stop: Record<string, never>
}
