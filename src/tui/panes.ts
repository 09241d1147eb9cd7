import {lastUpTo, shownRows} from './keys.ts'
import {fitted, type Line, span} from './lines.ts'
import type {Model, Pane} from './model.ts'

/** `height` rows of a pane: the newest, or those above the place where it is held. */
export function paneRows(pane: Pane, width: number, height: number, empty: string): Line[] {
  const rows = shownRows(pane)
  const bottom = pane.held === undefined ? rows.length - 1 : lastUpTo(rows, pane.held)
  const from = Math.max(0, bottom - height + 1)
  const lines: Line[] = rows.slice(from, bottom + 1).map(row => fitted([span(row.text, row.tone)], width))
  if (rows.length === 0 && height > 0)
    lines.push(
      fitted(
        [span(pane.filter === '' ? ` ${empty}` : ` nothing with "${pane.filter}"; Esc ends the filter`, 'dim')],
        width,
      ),
    )
  while (lines.length < height) lines.push([])
  return lines.slice(0, height)
}

/** The right end of a title: does it follow, and what came meanwhile. */
export function followWords(pane: Pane): string {
  if (pane.held === undefined) return 'following, f holds'
  const held = pane.held
  const fresh = shownRows(pane).filter(row => row.number > held).length
  return fresh > 0 ? `+${fresh} new, f follows` : 'held, f follows'
}

export function paneTitle(model: Model, name: 'events' | 'wal' | 'log' | 'output'): string {
  const words = {events: 'Events', wal: 'WAL', log: `Log n${model.selected}`, output: 'Output'}[name]
  const {filter} = model.panes[name]
  return filter === '' ? words : `${words} /${filter}`
}

export const EMPTY_WORDS = {
  events: 'nothing has happened yet',
  wal: 'no record yet',
  log: 'nothing printed yet',
  output: 'no output yet',
} as const
