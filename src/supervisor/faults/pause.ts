import type {Asker, NodeEffect} from '../../contracts/action.ts'
import type {Journal} from '../journal.ts'
import type {NodeHandle} from '../node-handle.ts'
import type {FaultList} from './list.ts'

/** SIGSTOP, or what a command of the user's does; in force when it is seen that the node is held still. */
export async function pauseNode(
  n: NodeHandle,
  forMs: number | undefined,
  by: Asker,
  faults: FaultList,
): Promise<{effect: NodeEffect; lines: string[]}> {
  const {node} = n.config
  const {called, id} = n
  const already = {effect: {node, effect: `already ${n.state}`}, lines: [`n${node} is ${n.state} already`]}
  if (!n.running || n.paused) return already
  const what = id ? `SIGSTOP ${called}` : 'by its command'
  const fault = faults.begin({kind: 'pause', what: `n${node} ${what}`, nodes: [node], forMs}, by, () => ({
    act: {do: 'resume', who: {nodes: [node]}},
  }))
  let paused = false
  try {
    paused = await n.pause()
  } finally {
    if (!paused) faults.healed(fault, 'it was not paused')
  }
  if (!paused) return already
  faults.proven(fault, await n.held(), `${called} goes on`)
  return {
    effect: {node, effect: 'paused', ...(id ? {pid: id.pid} : {}), event: fault.event},
    lines: [`n${node} paused (${called})`],
  }
}

export async function resumeNode(
  n: NodeHandle,
  by: Asker,
  faults: FaultList,
  journal: Journal,
): Promise<{effect: NodeEffect; lines: string[]}> {
  const {node} = n.config
  if (!n.paused || !(await n.resume())) return {effect: {node, effect: 'not paused'}, lines: [`n${node} is not paused`]}
  const event = journal.add('healed', `n${node} resumed by ${by.name} (pid ${by.pid})`, {node})
  faults.over(['pause'], node, 'resumed')
  return {
    effect: {node, effect: 'resumed', ...(n.id ? {pid: n.id.pid} : {}), event: event.number},
    lines: [`n${node} resumed (${n.called})`],
  }
}
