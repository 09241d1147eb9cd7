import type {NumberedVerdict} from '../host-protocol.ts'
import type {Report} from './report.ts'

/** `report.xml`: a step is a test suite, a check a test case. What could not be seen is an error, never a pass. */
export function junitReport(report: Report): string {
  const {counts} = report
  const total = counts.passed + counts.failed + counts.unknown + counts.notApplicable
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(`chronik ${report.suite}`)}" tests="${total}" failures="${counts.failed}" errors="${counts.unknown}" skipped="${counts.notApplicable}" time="${inSeconds(report.tookMs)}">`,
  ]
  for (const step of report.steps) {
    const of = (result: NumberedVerdict['result']): number => step.checks.filter(c => c.result === result).length
    lines.push(
      `  <testsuite name="${attribute(`${step.number} ${step.title}`)}" tests="${step.checks.length}" failures="${of('fail')}" errors="${of('unknown')}" skipped="${of('not applicable')}" time="${inSeconds(step.tookMs)}" timestamp="${report.startedAt.slice(0, 19)}">`,
    )
    for (const v of step.checks) lines.push(...testCase(report, v))
    lines.push('  </testsuite>')
  }
  lines.push('</testsuites>', '')
  return lines.join('\n')
}

function testCase(report: Report, v: NumberedVerdict): string[] {
  const open = `    <testcase classname="${attribute(`chronik.${report.suite}`)}" name="${attribute(`${v.number} ${v.title}`)}"`
  if (v.result === 'pass') return [`${open}/>`]
  if (v.result === 'not applicable') return [`${open}><skipped message="${attribute(v.because)}"/></testcase>`]
  const element = v.result === 'fail' ? 'failure' : 'error'
  const body = [
    `expected: ${v.expected}`,
    `seen: ${v.seen}`,
    ...(v.because ? [`because: ${v.because}`] : []),
    ...v.lines.map(l => `${l.label}: ${l.text}`),
    `again: ${v.again || report.again}`,
  ].join('\n')
  return [
    `${open}>`,
    `      <${element} message="${attribute(v.seen)}" type="${attribute(v.check)}">${content(body)}</${element}>`,
    '    </testcase>',
  ]
}

function inSeconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

function content(text: string): string {
  return legal(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** XML 1.0 has no place for most control characters, for half surrogates and for two non-characters. */
function legal(text: string): string {
  let out = ''
  for (const c of text) {
    const code = c.codePointAt(0) as number
    const ok =
      code === 0x9 ||
      code === 0xa ||
      (code >= 0x20 && code <= 0xd7ff && !(code >= 0x7f && code <= 0x9f)) ||
      (code >= 0xe000 && code <= 0xfffd) ||
      code >= 0x10000
    out += ok ? c : '�'
  }
  return out
}
