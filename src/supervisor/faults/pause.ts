import type {Asker, NodeEffect} from '../../contracts/action.ts'
import type {NodeHandle} from '../node-handle.ts'
import {isStopped} from '../process-id.ts'
import type {FaultList} from './list.ts'

/** How long the system may take to hold a process still. */
const STOPPED_MS = 1_000

/** SIGSTOP; in force when the system says that the process is stopped. */
export async function pauseNode(
  n: NodeHandle,
  forMs: number | undefined,
  by: Asker,
  faults: FaultList,
): Promise<{effect: NodeEffect; lines: string[]}> {
  const {node} = n.config
  const {id} = n
  const already = {effect: {node, effect: `already ${n.state}`}, lines: [`n${node} is ${n.state} already`]}
  if (!id || n.paused) return already
  const fault = faults.begin({kind: 'pause', what: `n${node} SIGSTOP pid ${id.pid}`, nodes: [node], forMs}, by, () => ({
    act: {do: 'resume', who: {nodes: [node]}},
  }))
  if (!n.pause()) {
    faults.healed(fault, 'its process was gone')
    return already
  }
  const deadline = performance.now() + STOPPED_MS
  while (!isStopped(id) && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 2))
  faults.proven(fault, isStopped(id) ? `the system holds pid ${id.pid} still` : undefined, `pid ${id.pid} goes on`)
  return {
    effect: {node, effect: 'paused', pid: id.pid, event: fault.event},
    lines: [`n${node} paused (pid ${id.pid})`],
  }
}
