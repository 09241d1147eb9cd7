import {oneLine} from '../base/one-line.ts'
import type {NumberedVerdict} from '../verify/host-protocol.ts'
import {cells, fitted, type Line, span, type Tone} from './lines.ts'
import type {VerifyView} from './model.ts'
import {checksOf} from './verify-model.ts'

const WORDS: Record<NumberedVerdict['result'], [string, Tone | undefined]> = {
  pass: ['PASS', 'good'],
  fail: ['FAIL', 'bad'],
  unknown: ['????', 'warn'],
  'not applicable': ['n/a', 'dim'],
}

/** `RUN/` in a command stands for the run folder. */
function atRun(text: string, runPath: string): string {
  return text.replaceAll('RUN/', `${runPath}/`)
}

export function verifyTitle(view: VerifyView): {left: string; right: string} {
  const checks = checksOf(view)
  const of = (result: NumberedVerdict['result']): number => checks.filter(c => c.result === result).length
  const counts = `${of('pass')} passed, ${of('fail')} failed, ${of('unknown')} unknown`
  return {
    left: `Verify ── ${view.head}`,
    right: view.open ? 'Esc back' : checks.length > 0 ? `${counts}, Enter opens` : 'Esc back',
  }
}

/** The checks as they turn, or the evidence of the chosen one. */
export function verifyRows(view: VerifyView, width: number, height: number): Line[] {
  const lines = view.open ? evidence(view, width).slice(view.scroll) : list(view, height)
  const taken = lines.slice(0, height).map(line => fitted(line, width))
  while (taken.length < height) taken.push([])
  return taken
}

function list(view: VerifyView, height: number): Line[] {
  const checks = checksOf(view)
  const lines: Line[] = []
  let chosenAt = 0
  if (view.end !== '') lines.push([span(` ${view.end}`, view.tone)])
  for (const step of view.steps)
    if (step.state === 'running') {
      const progress = view.progress === '' ? '' : `   ${view.progress}`
      lines.push([span('   running  ', 'warn'), span(`${String(step.number).padEnd(5)} ${step.title}${progress}`)])
    }
  if (view.state === 'running' && view.of !== undefined)
    for (let n = view.steps.length + 1; n <= view.of; n++) lines.push([span(`   ..       ${n}`, 'dim')])
  if (view.steps.length === 0 && view.state === 'running') lines.push([span('   ..       the load starts', 'dim')])
  for (const [i, check] of checks.entries()) {
    const chosen = i === view.chosen
    if (chosen) chosenAt = lines.length
    const [word, tone] = WORDS[check.result]
    const nodes = check.nodes.length > 0 ? `   ${check.nodes.map(n => `n${n}`).join(' ')}` : ''
    const why = check.result === 'pass' ? '' : `   ${oneLine(check.result === 'fail' ? check.seen : check.because)}`
    lines.push([
      span(` ${chosen ? '>' : ' '} `),
      span(word.padEnd(9), tone),
      span(`${check.number.padEnd(5)} ${oneLine(check.title)}${nodes}${why}`),
    ])
    const see = check.lines.find(l => l.label === 'see')
    if (check.result === 'fail' && see)
      lines.push([span(`            see   ${oneLine(atRun(see.text, view.runPath))}`)])
  }
  const from = Math.max(0, Math.min(chosenAt - Math.floor(height / 2), lines.length - height))
  return lines.slice(from)
}

function evidence(view: VerifyView, width: number): Line[] {
  const check = checksOf(view)[view.chosen]
  if (!check) return []
  const [word, tone] = WORDS[check.result]
  const lines: Line[] = [[span(` ${word}  `, tone), span(`${check.number}  ${oneLine(check.title)}`, 'strong')]]
  const say = (label: string, text: string): void => {
    if (text === '') return
    const rows = wrapped(oneLine(atRun(text, view.runPath)), Math.max(20, width - 13))
    for (const [i, part] of rows.entries())
      lines.push([span(`   ${(i === 0 ? label : '').padEnd(9)} `, 'dim'), span(part)])
  }
  say('expected', check.expected)
  say('seen', check.seen)
  say('because', check.because)
  for (const line of check.lines) say(line.label, line.text)
  for (const cite of check.cites) say('evidence', citeText(cite))
  say('again', check.again)
  return lines
}

function citeText(cite: NumberedVerdict['cites'][number]): string {
  const note = cite.note ? `  ${cite.note}` : ''
  switch (cite.kind) {
    case 'place':
      return `${cite.node === undefined ? '' : `n${cite.node} `}${cite.file}@${cite.at}${cite.bytes > 0 ? ` (${cite.bytes} bytes)` : ''}${note}`
    case 'event':
      return `event ${cite.event}${note}`
    case 'operation':
      return `operation ${cite.operation} of history.jsonl${note}`
    case 'reading':
      return `n${cite.node} (${cite.source}${cite.pushed ? ', told by itself' : ''})${note}`
  }
}

/** Words on as many rows as they need; what is longer than a row is broken. */
export function wrapped(text: string, width: number): string[] {
  const rows: string[] = []
  let row = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (row !== '' && cells(row) + 1 + cells(rest) > width) {
      rows.push(row)
      row = ''
    }
    while (cells(rest) > width) {
      rows.push(rest.slice(0, width))
      rest = rest.slice(width)
    }
    row = row === '' ? rest : `${row} ${rest}`
  }
  rows.push(row)
  return rows
}
