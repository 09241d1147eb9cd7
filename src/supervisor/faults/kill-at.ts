import {ChronikError, EXIT} from '../../base/errors.ts'
import type {NodeId} from '../../base/ids.ts'
import {formatDuration} from '../../base/units.ts'
import type {ActionResult, Asker, NodeEffect} from '../../contracts/action.ts'
import type {Journal} from '../journal.ts'
import type {NodeHandle} from '../node-handle.ts'
import {whenHolds} from '../when.ts'

/**
 * Nodes that die by themselves at a named point; disarmed, and an error, when one of them does not get there in time or nobody waits any more. One that
 * does not run is started for it: what its recovery does is reached so.
 */
export async function killAt(
  who: readonly NodeHandle[],
  point: string,
  waitMs: number,
  by: Asker,
  o: {
    journal: Journal
    group: string
    progress(line: string): void
    signal: AbortSignal
    /** Starts a node that does not run; settles when it is ready, or gone. */
    start(n: NodeHandle, how: {dieAt: string; by: string}): Promise<unknown>
  },
): Promise<ActionResult> {
  const lines: string[] = []
  const did = await Promise.all(
    who.map(async (n): Promise<NodeEffect> => {
      const {node} = n.config
      const asked = `by you, at ${point}`
      const down = !n.running
      const was = n.group(o.group)?.role
      const event = o.journal.add(
        'fault',
        `n${node} ${down ? 'start, to be killed' : 'kill'} at ${point}${down ? '' : ` pid ${n.id?.pid}`} by ${by.name} (pid ${by.pid})`,
        {node, data: {point, pid: n.id?.pid, was, incarnation: n.incarnation}},
      )
      const begun = performance.now()
      let refused: unknown
      if (down) await o.start(n, {dieAt: point, by: asked})
      else refused = await arm(n, point, asked)
      const {id} = n
      const dead = refused === undefined && (await inTime(n.exited, waitMs, o.signal))
      const afterMs = performance.now() - begun
      if (dead && n.state !== 'killed')
        throw new ChronikError(
          'CHRONIK_NODE_FAILED',
          EXIT.environment,
          `n${node} ${n.state} (${n.detail ?? 'by itself'}) before it reached ${point}.`,
          {next: `chronik logs ${node}`},
        )
      if (dead) {
        const line = `n${node} ${down ? 'was started and ' : ''}died at ${point} after ${formatDuration(afterMs)}`
        lines.push(line)
        o.progress(line)
        return {node, effect: 'killed', ...(id ? {pid: id.pid} : {}), afterMs, was, event: event.number}
      }
      n.expectKilled(undefined)
      if (refused !== undefined) throw refused
      await n.inject({call: 'point'}).catch(() => undefined)
      o.journal.add('healed', `n${node} did not reach ${point}: disarmed`, {node})
      throw new ChronikError(
        'CHRONIK_NOT_REACHED',
        EXIT.unknown,
        `n${node} did not reach ${point} within ${formatDuration(waitMs)}; it is ${down ? 'up and ' : ''}disarmed.`,
        {next: 'chronik fault points'},
      )
    }),
  )
  return {did, lines, next: ['chronik hardstate', 'chronik start']}
}

/** What the node said against it; undefined: it is armed, or gone already. */
async function arm(n: NodeHandle, point: string, asked: string): Promise<unknown> {
  // Expected before it is armed: it may die before it has answered.
  n.expectKilled(asked)
  const armed = n.inject({call: 'point', name: point}).then(
    () => undefined,
    (error: unknown) => error,
  )
  return Promise.race([armed, n.exited.then(() => undefined)])
}

/** Waits until that holds of one of these nodes; gives those of which it does then. */
export async function waitWhen(
  when: string,
  waitMs: number,
  o: {
    group: string
    signal: AbortSignal
    nodes(): NodeHandle[]
    until<T>(fact: () => T | undefined, withinMs: number): Promise<T | undefined>
  },
): Promise<NodeId[]> {
  const holds = whenHolds(when)
  const hit = await o.until(() => {
    const nodes = o.nodes().filter(n => {
      const state = n.running && !n.paused ? n.group(o.group) : undefined
      return state !== undefined && holds(state)
    })
    return nodes.length > 0 || o.signal.aborted ? nodes.map(n => n.config.node) : undefined
  }, waitMs)
  if (hit && hit.length > 0) return hit
  throw new ChronikError(
    'CHRONIK_NOT_REACHED',
    EXIT.unknown,
    `${when} did not hold of ${o.group} within ${formatDuration(waitMs)}; nobody was killed.`,
    {next: 'chronik status'},
  )
}

function inTime(exited: Promise<void>, waitMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise<boolean>(settle => {
    const resolve = (dead: boolean): void => void settle(dead)
    const end = (dead: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', given)
      resolve(dead)
    }
    const given = (): void => end(false)
    const timer = setTimeout(given, waitMs)
    signal.addEventListener('abort', given, {once: true})
    void exited.then(() => end(true))
  })
}
