import {hardStateWords} from '../../judge/words.ts'
import type {Report, SideBySide} from './report.ts'
import {seconds, TIME_WORDS} from './text.ts'

const NOT_MEASURED = '-'

/** One suite on several engines: verdicts, times and what lay on the disks, a column an engine. */
export function sideBySide(reports: readonly Report[]): SideBySide {
  const rows: SideBySide['rows'] = []
  const row = (name: string, of: (r: Report) => string): void => {
    rows.push([name, ...reports.map(of)])
  }
  row('result', r => r.result)
  row('checks passed', r => String(r.counts.passed))
  if (reports.some(r => r.counts.failed + r.counts.unknown > 0)) {
    row('checks failed', r => String(r.counts.failed))
    row('checks unknown', r => String(r.counts.unknown))
  }
  for (const title of new Set(reports.flatMap(r => r.steps.map(s => s.title))))
    row(title, r => r.steps.find(s => s.title === title)?.result ?? NOT_MEASURED)
  for (const name of Object.keys(TIME_WORDS))
    if (reports.some(r => r.times[name] !== undefined))
      row(TIME_WORDS[name], r => (r.times[name] === undefined ? NOT_MEASURED : timeWords(r.times[name])))
  row('writes acknowledged', r => (r.load ? String(r.load.acknowledged) : NOT_MEASURED))
  const nodes = [...new Set(reports.flatMap(r => r.table.map(t => t.node)))].sort((a, b) => a - b)
  for (const node of nodes) {
    const of = (r: Report) => r.table.find(t => t.node === node)
    row(`n${node} before (disk)`, r => stateWords(of(r)?.before))
    row(`n${node} after (node)`, r => stateWords(of(r)?.after))
  }
  for (const title of failedTitles(reports)) row(title, r => resultOf(r, title))
  return {columns: reports.map(r => r.cluster?.engine ?? 'none'), rows}
}

function timeWords(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : seconds(ms)
}

function stateWords(state: Parameters<typeof hardStateWords>[0] | undefined): string {
  return state ? hardStateWords(state) : NOT_MEASURED
}

/** Checks that did not pass somewhere, as `3.2 title`. */
function failedTitles(reports: readonly Report[]): string[] {
  const found = reports
    .flatMap(r => r.steps.flatMap(s => s.checks))
    .filter(c => c.result === 'fail' || c.result === 'unknown')
  return [...new Set(found.map(c => `${c.number} ${c.title}`))]
}

function resultOf(report: Report, title: string): string {
  const check = report.steps.flatMap(s => s.checks).find(c => `${c.number} ${c.title}` === title)
  return check?.result ?? NOT_MEASURED
}
