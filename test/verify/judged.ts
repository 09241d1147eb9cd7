import {join} from 'node:path'
import {judgeElsewhere} from '../../src/verify/elsewhere.ts'
import {type Report, verdictsOf} from '../../src/verify/report/report.ts'

/** The report on directories and logs (by node) of a run made elsewhere; its run folder is `run` in `dir`. */
export function judged(dir: string, o: {before: string; after: string; logs: Array<[number, string]>}): Report {
  return judgeElsewhere(
    {before: o.before, after: o.after, logs: new Map(o.logs), out: join(dir, 'run'), keepAlways: true},
    () => undefined,
    () => undefined,
  )
}

export function verdict(report: Report, check: string) {
  const found = verdictsOf(report).find(v => v.check === check)
  if (!found) throw new Error(`no ${check}`)
  return found
}
