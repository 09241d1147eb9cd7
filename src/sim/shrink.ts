import type {Schedule, Scheduled} from './schedule.ts'

/** Does this schedule still fail in the same way? */
export type StillFails = (schedule: Schedule) => Promise<boolean>

/**
 * The smallest schedule found that fails in the same way: pieces of the list are left out, halves first, then smaller ones, then single entries;
 * then the times get shorter. What is left out moves nothing else, for delays do not come from the list.
 */
export async function shrink(schedule: Schedule, fails: StillFails, tell: (text: string) => void): Promise<Schedule> {
  let best = schedule
  for (;;) {
    const before = JSON.stringify(best)
    best = await fewer(best, fails, tell)
    best = await shorter(best, fails)
    if (JSON.stringify(best) === before) return best
  }
}

async function fewer(schedule: Schedule, fails: StillFails, tell: (text: string) => void): Promise<Schedule> {
  let best = schedule
  for (let piece = Math.ceil(best.list.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2))
    for (let at = 0; at < best.list.length; ) {
      const list = [...best.list.slice(0, at), ...best.list.slice(at + piece)]
      if (await fails({...best, list})) {
        best = {...best, list}
        tell(`${best.list.length} of ${schedule.list.length} entries`)
      } else at += piece
    }
  return best
}

/** Half of each time, as long as it fails; and no more time than the last entry needs. */
async function shorter(schedule: Schedule, fails: StillFails): Promise<Schedule> {
  let best = schedule
  for (const forMs of [(best.list.at(-1)?.atMs ?? 0) + 500, Math.ceil(best.forMs / 2), Math.ceil((best.forMs * 3) / 4)])
    if (forMs < best.forMs && (await fails({...best, forMs}))) best = {...best, forMs}
  for (const [at, one] of best.list.entries())
    for (const name of ['downMs', 'forMs', 'stallMs', 'afterMs'])
      for (;;) {
        const now = (best.list[at] as unknown as Record<string, unknown>)[name]
        if (typeof now !== 'number' || now < 2) break
        const changed = {...best.list[at], [name]: Math.floor(now / 2)} as Scheduled
        const list = [...best.list]
        list[at] = changed
        if (one.atMs !== changed.atMs || !(await fails({...best, list}))) break
        best = {...best, list}
      }
  return best
}
