import {oneLine} from '../base/one-line.ts'
import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import {focused} from './focused.ts'
import {commandRows, type Format, HELP, keyRows} from './footer.ts'
import {header} from './header.ts'
import {fitted, type Line, rule, type Size, span} from './lines.ts'
import type {Model} from './model.ts'
import {nodeTable} from './node-table.ts'
import {EMPTY_WORDS, followWords, paneRows, paneTitle} from './panes.ts'
import {loadWords, partitionsOf, sidePanes, underSides} from './side-panes.ts'
import {verifyRows, verifyTitle, wrapped} from './verify-pane.ts'
import {clock} from './words.ts'

export const LEAST: Size = {columns: 60, rows: 12}
/** From here on partitions, load, events, WAL and log are shown at once. */
const FULL: Size = {columns: 112, rows: 36}
const EVENT_ROWS_LEAST = 6

export function isTooSmall(size: Size): boolean {
  return size.columns < LEAST.columns || size.rows < LEAST.rows
}

/** The whole picture: one row less than the terminal has, each row fitting, nothing else than the model decides it. */
export function frame(model: Model, size: Size): Line[] {
  const rows = Math.max(1, size.rows - 1)
  const lines = isTooSmall(size) ? tooSmall(size) : drawn(model, size, rows)
  while (lines.length < rows) lines.push([])
  return lines.slice(0, rows)
}

function tooSmall(size: Size): Line[] {
  const words = `${LEAST.columns}x${LEAST.rows} at least; this is ${size.columns}x${size.rows}. \`chronik status --watch\` works anywhere.`
  return wrapped(words, Math.max(1, size.columns)).map(text => [span(text)])
}

function formatOf(size: Size): Format {
  if (size.columns >= FULL.columns && size.rows >= FULL.rows) return 'full'
  return size.rows < 20 ? 'compact' : 'usual'
}

function drawn(model: Model, size: Size, rows: number): Line[] {
  const width = size.columns
  const format = formatOf(size)
  const shown = focused(model)
  const top: Line[] = [header(model, width)]
  if (format !== 'compact') top.push([span(rule(width))])
  const foot: Line[] = [
    ...(format === 'compact' ? [] : [[span(rule(width))]]),
    ...commandRows(model, width, format),
    ...keyRows(model, width, format),
  ]
  const room = rows - top.length - foot.length
  if (!shown) return [...top, ...pane(model, width, room, format), ...foot]
  if (model.zoomed || (model.help && format !== 'full')) return [...top, ...pane(model, width, room, format), ...foot]
  if (format === 'full') return [...top, ...full(model, shown, width, room), ...foot]
  const least = format === 'compact' ? 2 : EVENT_ROWS_LEAST
  const nodes = Math.max(1, Math.min(shown.nodes.length, room - 3 - least))
  const table = nodeTable(model, shown, width, nodes)
  const middle: Line[] = [...table, groupRow(model, shown, width, format)]
  return [...top, ...middle, ...pane(model, width, room - middle.length, format), ...foot]
}

function groupRow(model: Model, shown: ClusterSnapshot, width: number, format: Format): Line {
  const quorum = `quorum ${shown.quorum} of ${shown.nodes.length}`
  if (model.gone) {
    const text = ` group ${shown.group}  ${quorum}   as of ${clock(model.asOfMs)}   u brings it up, q leaves`
    return fitted([span(text, 'dim')], width)
  }
  if (format === 'full')
    return fitted([span(` group ${shown.group} (g next)   ${quorum}   data ${oneLine(model.dir)}`)], width)
  return fitted([span(` group ${shown.group}  ${quorum}   `), ...loadWords(model)], width)
}

/** One pane with its title: the focused one, or what is asked for over it. */
function pane(model: Model, width: number, height: number, format: Format): Line[] {
  if (height <= 0) return []
  const over = overlay(model, width, height)
  if (over) return over
  const name = model.focus === 'verify' ? 'events' : model.focus
  const shown = model.panes[name]
  const right = followWords(shown)
  const title = paneTitle(model, name)
  const hints = format === 'full' ? '' : ' ── e events  w WAL  l logs  v verify'
  const long = rule(width, `${title}${hints}`, right)
  const text = long.includes(right) ? long : rule(width, title, right)
  return [[span(text)], ...paneRows(shown, width, height - 1, EMPTY_WORDS[name])]
}

/** Help, the last command in full while another is typed, the checks of verify. */
function overlay(model: Model, width: number, height: number): Line[] | undefined {
  const body = (title: string, right: string, lines: Line[]): Line[] => {
    const taken: Line[] = lines.slice(0, height - 1).map(line => fitted(line, width))
    while (taken.length < height - 1) taken.push([])
    return [[span(rule(width, title, right))], ...taken]
  }
  if (model.help) return body('Keys', 'any key goes back', helpRows(width, height - 1))
  if (model.typing?.what === 'command' && model.command.line !== '') {
    const {line, result, full = [result]} = model.command
    const text = [...wrapped(`$ ${line}`, width - 4), ...full.flatMap(row => wrapped(row, width - 4))]
    return body(
      'The last command, in full',
      '',
      text.map(row => [span(`   ${row}`)]),
    )
  }
  if (model.focus === 'verify' && model.verify) {
    const {left, right} = verifyTitle(model.verify)
    return body(left, right, verifyRows(model.verify, width, height - 1))
  }
  return undefined
}

/** In two columns where one is too short for all. */
function helpRows(width: number, height: number): Line[] {
  const row = ([keys, what]: readonly [string, string]): string => ` ${keys.padEnd(16)} ${what}`
  const rows = HELP.map(row)
  if (rows.length <= height || width < 110) return rows.map(text => [span(text)])
  const half = Math.ceil(rows.length / 2)
  const column = Math.floor(width / 2)
  return rows.slice(0, half).map((text, i) => [span(text.padEnd(column).slice(0, column)), span(rows[half + i] ?? '')])
}

/** Nodes, partitions beside load, events, WAL, log. What is over goes to those that need it most. */
function full(model: Model, shown: ClusterSnapshot, width: number, room: number): Line[] {
  const table = [...nodeTable(model, shown, width, shown.nodes.length), groupRow(model, shown, width, 'full')]
  // Four titles, and four rows of partitions.
  const over = room - table.length - 4 - 4
  const more = Math.max(0, Math.min(Math.floor((over - 20) / 4), 8, partitionsOf(shown).length - 3))
  const left = over - more
  const log = Math.max(3, Math.floor(left * 0.15))
  const wal = Math.round((left - log) * 0.47)
  const events = left - log - wal
  const {panes} = model
  const upper: Line[] = [
    ...table,
    ...sidePanes(model, shown, width, 4 + more),
    [span(underSides(paneTitle(model, 'events'), followWords(panes.events), width))],
    ...paneRows(panes.events, width, events, EMPTY_WORDS.events),
  ]
  const lower = wal + log + 2
  const over_ = overlay(model, width, lower)
  if (over_) return [...upper, ...over_]
  if (model.focus === 'output') return [...upper, ...pane(model, width, lower, 'full')]
  const walTitle = `${paneTitle(model, 'wal')} ── all nodes, ${shown.group} ── / filters`
  return [
    ...upper,
    [span(rule(width, walTitle, followWords(panes.wal)))],
    ...paneRows(panes.wal, width, wal, EMPTY_WORDS.wal),
    [span(rule(width, paneTitle(model, 'log'), panes.log.held === undefined ? '' : followWords(panes.log)))],
    ...paneRows(panes.log, width, log, EMPTY_WORDS.log),
  ]
}

/** How many rows PgUp and PgDn move. */
export function pageOf(size: Size): number {
  return Math.max(1, Math.floor((size.rows - 1) / 3))
}
