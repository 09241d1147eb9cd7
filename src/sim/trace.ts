import type {Step} from './world.ts'

/** One aligned line an event: simulated time in seconds, number of the event, whose, what, of what, a figure (bytes, ms). */
export function traceLine(step: Step): string {
  const at = (step.at / 1_000_000).toFixed(6).padStart(10)
  const about = step.about === '' ? '' : ` ${step.about}`
  const figure = step.figure === 0 ? '' : ` ${step.figure}`
  return `${at} ${String(step.order).padStart(8)} ${(step.owner?.name ?? '').padEnd(7)} ${step.kind.padEnd(12)}${about}${figure}`.trimEnd()
}
