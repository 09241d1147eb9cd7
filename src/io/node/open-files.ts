import {readFileSync} from 'node:fs'

/** How many files and sockets this process may have open (`ulimit -n`); undefined when there is no limit or it cannot be told. */
export function openFilesMax(): number | undefined {
  let soft: unknown
  try {
    soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  } catch {
    // No /proc: the report costs some milliseconds more.
    const report = process.report?.getReport() as {userLimits?: {open_files?: {soft?: unknown}}} | undefined
    soft = report?.userLimits?.open_files?.soft
  }
  const limit = Number(soft)
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined
}
