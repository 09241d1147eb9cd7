import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import type {Report} from '../verify/report/report.ts'
import {findRun, type RunEntry} from '../verify/runs.ts'
import {homely} from './status-table.ts'

/** The run that the words of a command name (none: the latest), which must have a report. `help` is typed when there is a word too many. */
export function reportedRun(words: readonly string[], help: string): RunEntry & {report: Report} {
  if (words.length > 1) throw new UsageError(`"${words[1]}" is one word too many.`, help)
  const run = findRun(words[0])
  const {report} = run
  if (!report)
    throw new ChronikError(
      'CHRONIK_NO_REPORT',
      EXIT.labState,
      `${homely(run.dir)} has no report.json: the run was cut off, or goes on.`,
    )
  return {...run, report}
}
