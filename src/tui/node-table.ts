import {formatAge} from '../base/units.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import {cells, cut, fitted, type Line, span} from './lines.ts'
import {HISTORY_LETTERS, type Model} from './model.ts'
import {ago, roleWord, stateText, stateTone} from './words.ts'

interface Column {
  title: string
  /** Free columns before it, and its own. */
  gap: number
  width: number
  right?: boolean
  text(node: NodeView, model: Model): string
}

const number = (n: number | undefined): string => (n === undefined ? '-' : String(n))

function columnsOf(wide: boolean): Column[] {
  return [
    {title: 'STATE', gap: 2, width: wide ? 14 : 12, text: n => cut(stateText(n), wide ? 14 : 13)},
    {title: 'ROLE', gap: 1, width: wide ? 9 : 10, text: roleWord},
    {title: 'TERM', gap: 1, width: 4, right: true, text: n => number(n.term)},
    {title: 'VOTE', gap: 1, width: 4, right: true, text: n => number(n.vote)},
    {title: 'COMMIT', gap: 1, width: 6, right: true, text: n => number(n.commit)},
    {title: 'APPLIED', gap: 1, width: 7, right: true, text: n => number(n.applied)},
    {title: 'LAG', gap: 1, width: 3, right: true, text: n => number(n.lag)},
    {title: 'PID', gap: 2, width: 5, right: true, text: n => number(n.pid)},
    {title: 'UP', gap: 2, width: wide ? 7 : 5, text: upText},
    {title: 'RST', gap: 1, width: 3, right: true, text: n => String(n.restarts)},
    {title: 'FAULTS', gap: 2, width: 13, text: n => cut(n.faults.join(', '), 13)},
    {
      title: 'LAST 60 s',
      gap: 2,
      width: HISTORY_LETTERS,
      text: (n, m) => (m.history[n.id] ?? '').padStart(HISTORY_LETTERS),
    },
  ]
}

/** The order in which columns leave a screen that is too narrow. The others never do. */
const LEAVE = ['LAST 60 s', 'FAULTS', 'RST', 'UP', 'PID', 'APPLIED', 'VOTE']
/** Marker, name and star: ` > n1  * `. */
const NAME_CELLS = 7

function upText(node: NodeView, model: Model): string {
  const since = Math.max(0, model.nowMs - node.sinceWallMs)
  if (node.uptimeMs === undefined) return ago(since)
  return formatAge(node.uptimeMs + Math.max(0, (model.gone?.atMs ?? model.nowMs) - model.asOfMs))
}

function fitting(width: number): Column[] {
  const wide = width >= 90
  let columns = columnsOf(wide)
  const taken = (): number => NAME_CELLS + columns.reduce((sum, c) => sum + c.gap + c.width, 0)
  for (const title of LEAVE) {
    if (taken() <= width) break
    columns = columns.filter(c => c.title !== title)
  }
  return columns
}

/** The head of the table and `rows` nodes: all, or the leader and those around the selected one. */
export function nodeTable(model: Model, shown: ClusterSnapshot, width: number, rows: number): Line[] {
  const columns = fitting(width)
  const head = placed('   NODE', columns, c => c.title)
  const nodes = inView(shown, model.selected, rows)
  return [
    fitted([span(head, 'dim')], width),
    ...nodes.map(node => {
      const name = ` ${node.id === model.selected ? '>' : ' '} ${`n${node.id}`.padEnd(4)}${node.id === shown.leader && !model.gone ? '*' : ' '}`
      const row = placed(name.padEnd(NAME_CELLS), columns, c => c.text(node, model))
      return fitted([span(row, model.gone ? 'dim' : stateTone(node))], width)
    }),
  ]
}

/** Each text at the place of its column; one that is too long pushes what follows and keeps one space. */
function placed(name: string, columns: readonly Column[], text: (c: Column) => string): string {
  let row = name
  let at = NAME_CELLS
  for (const column of columns) {
    at += column.gap
    const cell = text(column)
    const start = column.right ? at + column.width - cells(cell) : at
    const taken = cells(row)
    row += ' '.repeat(Math.max(taken === 0 ? 0 : 1, start - taken)) + cell
    at += column.width
  }
  return row.trimEnd()
}

function inView(shown: ClusterSnapshot, selected: number, rows: number): NodeView[] {
  const {nodes} = shown
  if (nodes.length <= rows) return nodes
  const leader = nodes.find(n => n.id === shown.leader)
  const others = nodes.filter(n => n !== leader)
  const room = rows - (leader ? 1 : 0)
  if (room <= 0) return nodes.filter(n => n.id === selected).slice(0, rows)
  const at = others.findIndex(n => n.id === selected)
  const from = Math.min(Math.max(0, at - Math.floor(room / 2)), others.length - room)
  return [...(leader ? [leader] : []), ...others.slice(from, from + room)]
}
