import {oneLine} from '../../base/one-line.ts'
import {formatCount} from '../../base/units.ts'
import type {ControlRow, PlantRow, SelfTest} from '../../sim/self-test.ts'
import {columns, painted} from '../terminal.ts'

/** An escaped bug, an accused control or a check that nothing made fail. */
export function selfTestFailed({plants, controls, vacuous}: SelfTest): boolean {
  return plants.some(p => !p.caught) || controls.some(c => c.accused !== undefined) || vacuous.length > 0
}

/**
 * The matrix bug × check. A number is how many seeds there were up to the first at which that check fired; those named for the bug are marked
 * `*`, and `-` is a named one that did not fire (another one of the row did first).
 */
export function selfTestText(
  result: SelfTest,
  checks: ReadonlyArray<{id: string; holds: string}>,
  colour: boolean,
): string {
  const {plants, controls, vacuous} = result
  const shown = checks.filter(({id}) => plants.some(p => p.named.includes(id) || p.fired[id] !== undefined))
  const head = ['PLANT', '', 'SEEDS', ...shown.map(c => c.id)]
  const rows = plants.map(p => [p.id, p.name, p.caught ? String(p.seeds) : 'ESCAPED', ...shown.map(c => cell(p, c.id))])
  const right = new Set([2, ...shown.map((_, i) => i + 3)])
  const parts = [columns([head, ...rows], right)]
  if (controls.length > 0)
    parts.push(
      columns(
        [
          ['CONTROL', 'SEEDS', '', 'WHAT IT CHANGES'],
          ...controls.map(c => [c.name, String(c.seeds), verdict(c), c.change]),
        ],
        new Set([1]),
      ),
    )
  for (const {name, accused} of controls)
    if (accused) parts.push(`${name} is accused at seed ${accused.seed}: ${accused.check} ${oneLine(accused.text)}`)
  for (const id of vacuous)
    parts.push(`VACUOUS  ${id}: no planted bug made it fail (${checks.find(c => c.id === id)?.holds ?? ''})`)
  parts.push(sum(result, colour))
  return parts.join('\n\n')
}

function cell({named, fired}: PlantRow, id: string): string {
  const seeds = fired[id]
  if (named.includes(id)) return seeds === undefined ? '- ' : `${seeds}*`
  return seeds === undefined ? '' : `${seeds} `
}

function verdict({accused}: ControlRow): string {
  return accused ? `ACCUSED by ${accused.check}` : 'green'
}

function sum(result: SelfTest, colour: boolean): string {
  const {plants, controls, vacuous, medianSeeds} = result
  const caught = plants.filter(p => p.caught).length
  const green = controls.filter(c => !c.accused).length
  const failed = selfTestFailed(result)
  const word = painted(failed ? 'FAIL' : 'PASS', failed ? 'bad' : 'good', colour)
  const seeds = [...plants, ...controls].reduce((n, row) => n + row.seeds, 0)
  return `${word}  ${caught} of ${plants.length} planted bugs caught at a check named for them, median ${medianSeeds} seeds; ${green} of ${controls.length} controls green; ${vacuous.length} vacuous checks; ${formatCount(seeds)} seeds`
}
