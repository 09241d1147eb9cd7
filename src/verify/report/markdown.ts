import {oneLine} from '../../base/one-line.ts'
import {hardStateWords} from '../../judge/words.ts'
import type {Report, SummaryReport} from './report.ts'
import {verdictsOf} from './report.ts'
import {atRun, countsLine, notPassed, seconds, TIME_WORDS, whereWords} from './text.ts'

const WORD = {pass: 'PASS', fail: '**FAIL**', unknown: '????', 'not applicable': 'n/a'} as const

/** `report.md`: for people, and for the summary of a CI job. */
export function markdownReport(report: Report): string {
  const out: string[] = []
  const {cluster} = report
  out.push(`# ${text(report.suite)}: ${report.interrupted ? 'interrupted' : report.result}`, '')
  out.push(`${countsLine(report.counts)} in ${seconds(report.tookMs)}. ${text(report.proves)}`, '')
  const facts = [
    cluster ? `${text(whereWords(cluster))}, ${cluster.nodes} nodes, ${text(cluster.engine)}` : 'no cluster',
    ...(cluster?.directories ? [] : [`seed \`${code(report.seed)}\``]),
    ...(report.powerLoss ? ['every kill a power loss'] : []),
    ...(report.plant ? [`planted bug \`${code(report.plant)}\``] : []),
    `chronik ${text(report.chronik)}, Node.js ${text(report.machine.node)}, ${text(report.machine.platform)} ${text(report.machine.arch)}, ${report.machine.cpus} CPUs`,
    report.startedAt,
  ]
  out.push(facts.join(' · '), '')
  if (report.error) out.push(`The run ended early: ${text(report.error.message)}`, '')

  const bad = notPassed(verdictsOf(report))
  for (const v of bad) {
    const nodes = v.nodes.length > 0 ? ` (${v.nodes.map(n => `n${n}`).join(' ')})` : ''
    out.push(`## ${v.result === 'fail' ? 'FAIL' : '????'} ${v.number} ${text(v.title)}${nodes}`, '')
    out.push(`- expected: ${text(v.expected)}`, `- seen: ${text(v.seen)}`)
    if (v.because) out.push(`- because: ${text(v.because)}`)
    if (v.lines.length > 0) {
      out.push('', '```')
      for (const l of v.lines) out.push(fenced(`${l.label.padEnd(6)} ${atRun(l.text, '.')}`))
      out.push('```')
    }
    out.push('')
  }

  out.push('| | step | checks | took | |', '|---|---|---|---|---|')
  for (const s of report.steps)
    out.push(
      `| ${WORD[s.result]} | ${s.number} ${text(s.title)} | ${s.checks.length} | ${seconds(s.tookMs)} | ${text(s.note)} |`,
    )
  out.push('')

  if (report.table.length > 0) {
    out.push('| node | before (disk) | where | after (node) |', '|---|---|---|---|')
    for (const {node, before, after} of report.table) {
      const where = before ? `\`${code(before.file)}@${before.at}\`` : ''
      out.push(
        `| n${node} | ${before ? hardStateWords(before) : 'none'} | ${where} | ${after ? hardStateWords(after) : 'not asked'} |`,
      )
    }
    out.push('')
  }

  const times = Object.entries(report.times)
  if (times.length > 0) {
    out.push('| time | ms |', '|---|---|')
    for (const [name, ms] of times) out.push(`| ${text(TIME_WORDS[name] ?? name)} | ${ms} |`)
    out.push('')
  }
  if (report.load) {
    const l = report.load
    out.push(
      `Load: ${l.sent} writes sent (${l.rate}/s asked${l.sentPerSecond === undefined ? '' : `, ${l.sentPerSecond}/s measured`}), ${l.acknowledged} acknowledged, ${l.failed} refused, ${l.undecided} never answered, ${l.readBack} read back.`,
      '',
    )
  }
  out.push('<details><summary>Every check</summary>', '', '| | check | | seen |', '|---|---|---|---|')
  for (const v of verdictsOf(report))
    out.push(`| ${WORD[v.result]} | ${v.number} | ${text(v.check)}: ${text(v.title)} | ${text(v.seen || v.because)} |`)
  out.push('', '</details>', '', `Again: \`${code(report.again)}\``, '')
  return out.join('\n')
}

/** Of several runs: one line each. */
export function markdownSummary(summary: SummaryReport): string {
  const out = [
    `# ${summary.runs.length} runs: ${summary.result}`,
    '',
    '| | run | seed | checks | took |',
    '|---|---|---|---|---|',
  ]
  for (const r of summary.runs)
    out.push(
      `| ${WORD[r.result]} | [${text(r.dir)}](${encodeURI(r.dir)}/report.md) ${text(r.suite)} | \`${code(r.seed)}\` | ${countsLine(r.counts)} | ${seconds(r.tookMs)} |`,
    )
  out.push('')
  for (const {columns, rows} of summary.engines ?? []) {
    out.push(`| | ${columns.map(text).join(' | ')} |`, `|---|${columns.map(() => '---|').join('')}`)
    for (const row of rows) out.push(`| ${row.map(text).join(' | ')} |`)
    out.push('')
  }
  return out.join('\n')
}

/** Text in running words or a cell: nothing of it is read as Markdown or HTML. */
function text(value: string): string {
  return oneLine(value).replace(/[\\`*_{}[\]<>|#~]/g, c => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : `\\${c}`))
}

function code(value: string): string {
  return oneLine(value).replaceAll('`', "'").replaceAll('|', '\\|')
}

function fenced(value: string): string {
  return oneLine(value).replaceAll('```', "'''")
}
