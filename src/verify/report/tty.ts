import {oneLine} from '../../base/one-line.ts'
import type {Result} from '../../judge/verdict.ts'
import {hardStateWords} from '../../judge/words.ts'
import type {BeforeAfter, ClusterReport, NumberedVerdict, StepReport} from '../host-protocol.ts'
import type {Report} from './report.ts'
import {atRun, countsLine, notPassed, sameState, seconds, whereWords} from './text.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong'

/** How a run looks on a terminal. Pure: the same lines come live and from `report show`. */
export interface Look {
  paint(text: string, tone: Tone): string
  /** The run folder as it is typed. */
  runPath: string
}

const WORD: Record<Result, [string, Tone]> = {
  pass: ['PASS', 'good'],
  fail: ['FAIL', 'bad'],
  unknown: ['????', 'warn'],
  'not applicable': ['n/a ', 'dim'],
}

/** `recovery on a scratch cluster: 3 nodes, embedded, seed 7f3a91 (default is not touched)` */
export function headLine(o: {
  suite: string
  cluster: ClusterReport
  seed: string
  plant?: string
  powerLoss?: boolean
}): string {
  const {cluster} = o
  if (cluster.directories)
    return oneLine(`${o.suite} on ${whereWords(cluster)}: ${cluster.nodes} nodes, ${cluster.engine}`)
  const planted = o.plant ? `, planted ${o.plant}` : ''
  const untouched = cluster.scratch ? ' (default is not touched)' : ''
  return oneLine(
    `${o.suite} on ${whereWords(cluster)}: ${cluster.nodes} nodes, ${cluster.engine}${o.powerLoss ? ', power losses' : ''}${planted}, seed ${o.seed}${untouched}`,
  )
}

/** One line for a step that passed; its failing and unseen checks, with what shows them, for one that did not. */
export function stepLines(step: StepReport, look: Look): string[] {
  const bad = notPassed(step.checks)
  if (bad.length === 0) {
    const [word, tone] = WORD[step.result]
    const checks = `${step.checks.length} ${step.checks.length === 1 ? 'check' : 'checks'}`
    const line = `${String(step.number).padEnd(2)} ${oneLine(step.title).padEnd(28)}  ${checks.padEnd(12)}${seconds(step.tookMs).padEnd(8)}${oneLine(step.note)}`
    return [`${look.paint(word, tone)}  ${line.trimEnd()}`]
  }
  return bad.flatMap(v => verdictLines(v, look))
}

export function verdictLines(v: NumberedVerdict, look: Look): string[] {
  const [word, tone] = WORD[v.result]
  const head = `${look.paint(word, tone)}  ${v.number}  `
  if (v.lines.length === 0 || v.result !== 'fail')
    return [
      `${head}${oneLine(v.title).padEnd(44)} ${oneLine(v.result === 'unknown' ? `${v.seen}: ${v.because}` : v.seen || v.because)}`,
    ]
  const nodes = v.nodes.length > 0 ? `   ${v.nodes.map(n => `n${n}`).join(' ')}` : ''
  return [
    `${head}${oneLine(v.title)}${nodes}`,
    ...v.lines.map(l => `      ${oneLine(l.label).padEnd(5)} ${oneLine(atRun(l.text, look.runPath))}`),
  ]
}

/** Before (disk) and after (node): every node's HardState of the metadata group. */
export function tableLines(table: readonly BeforeAfter[], look: Look): string[] {
  if (table.length === 0) return []
  const cell = (h: {term: number; vote?: number; commit?: number} | undefined, none: string): string =>
    (h ? hardStateWords(h) : none).padEnd(26)
  return [
    `      ${'BEFORE (disk)'.padEnd(26)}AFTER (node)`,
    ...table.map(({node, before, after}) => {
      const same = sameState(before, after)
      const word = same === undefined ? look.paint('not seen', 'warn') : same ? 'same' : look.paint('DIFFERS', 'bad')
      return `${`n${node}`.padEnd(6)}${cell(before, 'none')}${cell(after, 'not asked')}${word}`
    }),
  ]
}

/** The sum of it all, and where to read or how to repeat it. */
export function lastLine(report: Report, look: Look): string {
  const counts = countsLine(report.counts)
  if (report.result === 'pass')
    return `${look.paint(counts, 'good')}    ${seconds(report.tookMs)}    report ${look.runPath}/report.md`
  return `${look.paint(counts, report.result === 'fail' ? 'bad' : 'warn')}    again: ${oneLine(report.again)}`
}

/** `Interrupted in step 3. Scratch cluster stopped, 3 processes gone, nothing left. Report (interrupted): …` */
export function interruptedLine(report: Report, look: Look): string {
  const step = report.interruptedIn === undefined ? '' : ` in step ${report.interruptedIn}`
  const scratch =
    report.stopped === undefined
      ? ' The suite host was killed; its scratch cluster stops by itself (chronik doctor shows what is left).'
      : ` Scratch cluster stopped, ${report.stopped} processes gone, nothing left.`
  const early = report.stopped === undefined ? scratch : ' What was being started is stopped, nothing left.'
  const cluster = report.cluster?.scratch ? scratch : ' The cluster goes on; every fault is healed.'
  return `Interrupted${step}.${report.cluster ? cluster : early} Report (interrupted): ${look.runPath}/report.md`
}

/** The whole report, as it looked when it ran. */
export function reportLines(report: Report, look: Look): string[] {
  const lines: string[] = []
  if (report.cluster) lines.push(headLine({...report, cluster: report.cluster}))
  for (const step of report.steps) lines.push(...stepLines(step, look))
  lines.push(...tableLines(report.table, look))
  if (report.error) lines.push(oneLine(report.error.message))
  if (report.result !== 'pass') lines.push(`report ${look.runPath}/report.md`)
  if (report.interrupted) lines.push(interruptedLine(report, look))
  lines.push(lastLine(report, look))
  return lines
}
