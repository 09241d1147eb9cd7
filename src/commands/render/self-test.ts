import {oneLine} from '../../base/one-line.ts'
import {type SelfTest, selfTestFailed} from '../../verify/self-test.ts'
import type {Place} from '../../verify/sought.ts'
import {columns, painted} from '../terminal.ts'

/** A suite and a step of it, or a scenario: what `chronik verify` is told, but for the step. */
function where({lab, step, powerLoss}: Place): string {
  return `${lab}${powerLoss ? ' --power-loss' : ''}${step === undefined ? '' : `: ${step}`}`
}

/** The matrix planted bug × check, the harmless changes, what no bug made fail, and the sum. */
export function selfTestText(result: SelfTest, colour: boolean): string {
  const {plants, controls, vacuous, notSought} = result
  const parts = [
    columns([
      ['PLANT', '', 'WHERE', 'RUNS', '', 'BY', 'ALSO'],
      ...plants.map(p => [
        p.plant,
        p.name,
        where(p),
        String(p.runs),
        p.caught ? 'caught' : 'ESCAPED',
        (p.caught ? p.by : p.checks).join(' '),
        p.also.join(' '),
      ]),
    ]),
    columns([
      ['CONTROL', 'WHERE', '', 'WHAT IT CHANGES'],
      ...controls.map(c => [c.name, where(c), c.accused ? `ACCUSED by ${c.accused.check}` : c.result, c.change]),
    ]),
  ]
  for (const {name, accused, lab} of controls)
    if (accused) parts.push(`${name} is accused in ${lab}: ${accused.check} ${oneLine(accused.seen)}`)
  for (const check of vacuous) parts.push(`VACUOUS  ${check}: no planted bug made it fail`)
  if (notSought.length > 0)
    parts.push(`Not sought on real processes: ${notSought.join(', ')} (chronik sim --self-test)`)
  const failed = selfTestFailed(result)
  const caught = plants.filter(p => p.caught).length
  const green = controls.filter(c => c.result === 'pass').length
  parts.push(
    `${painted(failed ? 'FAIL' : 'PASS', failed ? 'bad' : 'good', colour)}  ${caught} of ${plants.length} planted bugs caught at a check named for them; ${green} of ${controls.length} controls green; ${vacuous.length} vacuous checks`,
  )
  return parts.join('\n\n')
}
