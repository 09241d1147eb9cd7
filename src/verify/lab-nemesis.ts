import {messageOf} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {type Action, type ActionResult, actionToCommand} from '../contracts/action.ts'
import {drawNemesis} from '../supervisor/nemesis.ts'
import type {NemesisDone, NemesisSpec} from './api.ts'

export interface NemesisWorld<R extends ActionResult> {
  nodes: readonly NodeId[]
  now(): number
  /** Waits so long, or until the run is over. */
  pause(ms: number): Promise<void>
  over(): boolean
  act(action: Action): Promise<R>
  /** A fault was done, so long after the beginning. */
  did?(fault: NemesisDone['faults'][number], atMs: number): void
}

/** Does what the seed draws, each fault at its moment, and heals all of it in the end: nodes that were killed are started. */
export async function nemesis<R extends ActionResult>(
  spec: NemesisSpec,
  seed: string,
  w: NemesisWorld<R>,
): Promise<Pick<NemesisDone, 'faults'> & {healed: R}> {
  const begunMs = w.now()
  const faults: NemesisDone['faults'] = []
  for (const {atMs, action} of drawNemesis({...spec, seed, nodes: w.nodes})) {
    await w.pause(atMs - (w.now() - begunMs))
    if (w.over()) break
    // Whether another leads soon is not waited for: the next fault has its moment.
    const now: Action = action.do === 'kill' ? {...action, patienceMs: 0} : action
    const {landed, lines} = await w.act(now).then(
      ({did, lines}) => ({
        landed: did.length > 0 && did.every(d => d.note === undefined && !d.effect.startsWith('already')),
        lines,
      }),
      (error: unknown) => ({landed: false, lines: [messageOf(error)]}),
    )
    const fault = {fault: action.do, command: actionToCommand(action), landed, lines}
    faults.push(fault)
    w.did?.(fault, atMs)
  }
  await w.pause(spec.forMs - (w.now() - begunMs))
  return {faults, healed: await w.act({do: 'heal', start: true})}
}
