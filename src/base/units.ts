import {UsageError} from './errors.ts'

const DURATION_UNITS: Record<string, number> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000}

/** Timers take no more: they fire at once instead. */
const DURATION_HOURS_MAX = 596
const DURATION_MS_MAX = DURATION_HOURS_MAX * 3_600_000

/** `250ms`, `5s`, `2m`, `1h` → milliseconds. A number without a unit is refused. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text)
  if (!match) throw new UsageError(`"${text}" is not a duration; write 250ms, 5s, 2m or 1h`)
  const ms = Number(match[1]) * DURATION_UNITS[match[2]]
  if (ms > DURATION_MS_MAX) throw new UsageError(`"${text}" is too long: at most ${DURATION_HOURS_MAX}h`)
  return ms
}

/** 161 ms · 0.8 s · 4 min 5 s · 2 h 13 min: short enough for a table. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`
}

/** 2m4s · 48s · 3h12m: the age of something, for a column. */
export function formatAge(ms: number): string {
  const s = Math.floor(Math.max(0, ms) / 1_000)
  if (s < 60) return `${s}s`
  if (s < 3_600) return `${Math.floor(s / 60)}m${s % 60}s`
  return `${Math.floor(s / 3_600)}h${Math.floor((s % 3_600) / 60)}m`
}

/** 2,114 */
export function formatCount(n: number): string {
  return Math.trunc(n)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 41 MB, 3.2 KB, 512 B: powers of 1,000, as disks are sold. */
export function formatBytes(n: number): string {
  if (n < 1_000) return `${n} B`
  if (n < 1_000_000) return `${trimmed(n / 1_000)} KB`
  if (n < 1_000_000_000) return `${trimmed(n / 1_000_000)} MB`
  return `${trimmed(n / 1_000_000_000)} GB`
}

function trimmed(n: number): string {
  return n < 10 ? n.toFixed(1) : Math.round(n).toString()
}

/** 12:40:58.101, in the time zone of this machine. */
export function clockTime(wallMs: number): string {
  const t = new Date(wallMs)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}.${String(t.getMilliseconds()).padStart(3, '0')}`
}
