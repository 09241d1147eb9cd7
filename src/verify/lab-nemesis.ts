import {messageOf} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {type Action, actionToCommand} from '../contracts/action.ts'
import {drawNemesis} from '../supervisor/nemesis.ts'
import type {NemesisDone, NemesisSpec, Ordered} from './api.ts'

export interface NemesisWorld {
  nodes: readonly NodeId[]
  now(): number
  /** Waits so long, or until the run is over. */
  pause(ms: number): Promise<void>
  over(): boolean
  act(action: Action): Promise<Ordered>
}

/** Does what the seed draws, each fault at its moment, and heals all of it in the end: nodes that were killed are started. */
export async function nemesis(spec: NemesisSpec, seed: string, w: NemesisWorld): Promise<NemesisDone> {
  const begunMs = w.now()
  const faults: NemesisDone['faults'] = []
  for (const {atMs, action} of drawNemesis({...spec, seed, nodes: w.nodes})) {
    await w.pause(atMs - (w.now() - begunMs))
    if (w.over()) break
    // Whether another leads soon is not waited for: the next fault has its moment.
    const now: Action = action.do === 'kill' ? {...action, patienceMs: 0} : action
    const done = await w.act(now).then(
      (ordered): NemesisDone['faults'][number] => ({
        fault: action.do,
        command: actionToCommand(action),
        landed:
          ordered.did.length > 0 && ordered.did.every(d => d.note === undefined && !d.effect.startsWith('already')),
        lines: ordered.lines,
      }),
      (error: unknown) => ({
        fault: action.do,
        command: actionToCommand(action),
        landed: false,
        lines: [messageOf(error)],
      }),
    )
    faults.push(done)
  }
  await w.pause(spec.forMs - (w.now() - begunMs))
  return {faults, healed: await w.act({do: 'heal', start: true})}
}
