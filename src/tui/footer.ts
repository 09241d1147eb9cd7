import {verifyLine} from './keys.ts'
import {cells, cutMiddle, fitted, type Line, span} from './lines.ts'
import type {Model} from './model.ts'

export type Format = 'full' | 'usual' | 'compact'

/** The `$` line and what came of it, or what is being typed or asked. One row when `full` or `compact`, else two. */
export function commandRows(model: Model, width: number, format: Format): Line[] {
  const [first, second] = words(model)
  if (format === 'usual') return [fitted(first(width), width), fitted(second(width), width)]
  if (first(width).every(s => s.text.trim() === '')) return [fitted(second(width), width)]
  const begin = first(Math.floor(width * 0.6))
  const taken = begin.reduce((sum, s) => sum + cells(s.text), 0)
  const gap = format === 'full' ? '    ' : ' '
  return [fitted([...begin, span(gap), ...second(width - taken - gap.length)], width)]
}

type Part = (width: number) => Line

function words(model: Model): [Part, Part] {
  const {typing, question, command} = model
  const fixed =
    (text: string, tone?: 'dim' | 'warn'): Part =>
    width => [span(cutMiddle(text, width), tone)]
  if (typing) {
    const [mark, hint] = {
      command: [':', 'any chronik command · Enter runs it · Esc back'],
      filter: ['/', 'Enter filters, empty shows all · Esc back'],
      mark: ['mark', 'a named line in the journal · Enter sets it · Esc back'],
    }[typing.what]
    return [fixed(` ${mark} ${typing.text}_`), fixed(`   ${hint}`, 'dim')]
  }
  if (question === 'leave')
    return [fixed(` ${model.name} is up.`, 'warn'), fixed(' Enter keep it running · d stop it · Esc back')]
  if (question === 'down')
    return [
      fixed(` $ chronik cluster down${model.here}`, 'warn'),
      fixed('   Stops nodes and supervisor; data is kept. Enter do it · Esc back'),
    ]
  if (question === 'verify')
    return [
      fixed(` $ ${verifyLine(model)}`, 'warn'),
      fixed(`   Kills every node of ${model.name} and starts it again. Enter go on · Esc back`),
    ]
  const result = command.result === '' && command.state === 'running' ? '…' : command.result
  const tone = command.state === 'failed' ? 'bad' : undefined
  return [
    width => (command.line === '' ? [span('')] : [span(cutMiddle(` $ ${command.line}`, width))]),
    width => [span(cutMiddle(`   ${result}`, width), tone)],
  ]
}

const USUAL = [
  ' 1-9 ↑↓ select   K kill  L kill leader  x stop  s start  p pause  H heal all',
  ' v verify  b load on/off  g group  : command  ? keys  q leave (cluster goes on)',
]
const FULL = [
  ' 1-9 ↑↓ select   K kill   L kill leader   x stop   s start   r restart   p pause  P cut off  H heal all   D down',
  ' v verify   e/w/l pane   z zoom   b load on/off   g group   / filter   m mark   : command   ? keys   q leave',
]
const GONE = ' u bring it up   e/w/l pane   : command   ? keys   q leave'
const COMPACT = ' K kill  L leader  x stop  s start  p pause  ? keys  q leave'

export function keyRows(model: Model, width: number, format: Format): Line[] {
  const rows = format === 'compact' ? [COMPACT] : format === 'full' ? FULL : USUAL
  const shown = model.gone ? [GONE, ...rows.slice(1).map(() => '')] : rows
  return shown.map(text => fitted([span(text, 'dim')], width))
}

/** All keys, for `?`. */
export const HELP: ReadonlyArray<[string, string]> = [
  ['1-9 j k up down', 'select a node (or a check of verify)'],
  ['K', 'kill it: SIGKILL'],
  ['L', 'kill the leader of the group shown'],
  ['x  s  r', 'stop (SIGTERM), start, restart it'],
  ['p  P', 'pause it or resume it; cut it off or heal that, Enter does'],
  ['H', 'heal: undo every fault but what was killed or stopped'],
  ['g', 'next group: whose role, term, commit the table shows'],
  ['b', 'load on or off: 50 writes/s, acks=all, read back'],
  ['v', 'verify recovery on this cluster (asks); Enter opens evidence'],
  ['e  w  l  z', 'events, WAL of all nodes, log of the selected node; zoom'],
  ['PgUp PgDn f /', 'scroll; follow or hold; filter the pane, Esc ends it'],
  ['m', 'mark: a named line in the journal'],
  [':', 'any chronik command; shows the last one in full'],
  ['D  u', 'cluster down (asks; data is kept), and up again'],
  ['q  Ctrl-C', 'leave; the cluster goes on'],
]
