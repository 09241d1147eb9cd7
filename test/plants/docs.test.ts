import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {CONTROLS} from '../../src/plants/controls.ts'
import {PLANTS} from '../../src/plants/index.ts'
import {ALL_SCENARIOS} from '../../src/sim/aimed-scenarios.ts'
import {SIM_CHECKS} from '../../src/sim/checks.ts'
import {namedFor} from '../../src/sim/task.ts'

const text = readFileSync(new URL('../../docs/verification.md', import.meta.url), 'utf8')

/** The lines of the block that begins with one that starts with `first`, up to the next empty line. */
function block(first: string): string[] {
  const lines = text.split('\n')
  const at = lines.findIndex(line => line.startsWith(first))
  expect(at, first).toBeGreaterThan(0)
  return lines.slice(at, lines.indexOf('', at))
}

describe('docs/verification.md', () => {
  it('plants: its table is what is registered', () => {
    const rows = PLANTS.map(
      p => `| ${p.id} ${p.name} | ${p.change} | ${namedFor(p).join(' ')} | ${p.scenarios.join(' ')} |`,
    )
    expect(block('| plant |').slice(2)).toEqual(rows)
  })

  it('matrix: every plant, control and check that there is, and no other', () => {
    const [head, ...rows] = block('PLANT ')
    const checks = head.split(/ +/).slice(2)
    expect(rows.map(row => row.split(/ +/)[1])).toEqual(PLANTS.map(p => p.name))
    expect(checks).toEqual(SIM_CHECKS.map(c => c.id).filter(id => checks.includes(id)))
    for (const {id} of SIM_CHECKS) expect(checks.includes(id) || text.includes(`VACUOUS  ${id}:`), id).toBe(true)
    expect(block('CONTROL ').slice(1)).toEqual(
      CONTROLS.map(({name, change}) => expect.stringMatching(new RegExp(`^${name} +\\d+ +green +${escaped(change)}$`))),
    )
  })

  it('waiting: no row of a plant that is there', () => {
    for (const row of block('| rows |').slice(2))
      for (const {id} of PLANTS) expect(row.split('|')[1].split(/[ ,]+/), row).not.toContain(id)
  })

  it('plants: every scenario and check that one names exists', () => {
    for (const plant of PLANTS) {
      for (const name of plant.scenarios)
        expect(
          ALL_SCENARIOS.map(s => s.name),
          plant.id,
        ).toContain(name)
      for (const id of namedFor(plant)) expect([...SIM_CHECKS.map(c => c.id), ...OWED], plant.id).toContain(id)
    }
  })
})

/** Checks of the table that fire in the simulator under another name, or not yet. */
const OWED = ['P4']

function escaped(words: string): string {
  return words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
