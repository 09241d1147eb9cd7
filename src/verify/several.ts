import {availableParallelism} from 'node:os'

/** How many scratch clusters there may be at once: each keeps about two cores busy. */
export function widthOf(cores = availableParallelism()): number {
  return Math.max(1, Math.floor(cores / 2))
}

/**
 * Runs `tasks` in their order, `width` of them at a time; gives what came of those that were begun, in their order. Once `stop` says so no more is
 * begun, and those that run come to their end.
 */
export async function several<T, R>(
  tasks: readonly T[],
  width: number,
  stop: () => boolean,
  run: (task: T, number: number) => Promise<R>,
): Promise<R[]> {
  const results: Array<{number: number; result: R}> = []
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < tasks.length && !stop()) {
      const number = next++
      results.push({number, result: await run(tasks[number], number)})
    }
  }
  // All of them come to their end, also when one is broken.
  const lanes = await Promise.allSettled(Array.from({length: Math.min(width, tasks.length)}, lane))
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason
  return results.sort((a, b) => a.number - b.number).map(r => r.result)
}
