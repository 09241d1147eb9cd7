import {EXIT, type ExitCode} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {formatAge} from '../../base/units.ts'
import type {FaultView} from '../../contracts/faults.ts'
import {connect} from '../../supervisor/registry.ts'
import {BaseCommand} from '../base.ts'
import {columns} from '../terminal.ts'

export default class FaultLs extends BaseCommand {
  static override summary =
    'Faults that are not healed: what, whose, until when, and what showed that they are in force.'
  static override usage = ''
  static override examples = ['chronik fault ls', 'chronik heal']

  protected async execute(): Promise<ExitCode> {
    const client = await connect(this.place(), this.asker)
    try {
      const {faults = []} = await client.snapshot()
      if (this.asJson) for (const fault of faults) this.json(fault)
      else if (faults.length === 0) this.out('no fault')
      else {
        this.out(
          columns([['NAME', 'KIND', 'WHAT', 'BY', 'SINCE', 'ENDS', 'STATE'], ...faults.map(f => row(f, Date.now()))]),
        )
        this.next('chronik heal')
      }
    } finally {
      client.close()
    }
    return EXIT.ok
  }
}

function row(f: FaultView, nowMs: number): string[] {
  return [
    f.name,
    f.kind,
    oneLine(f.what),
    oneLine(f.by),
    `${formatAge(nowMs - f.sinceWallMs)} ago`,
    f.endsWallMs === undefined ? '-' : `in ${formatAge(f.endsWallMs - nowMs)}`,
    f.proof ? `${f.state}: ${oneLine(f.proof)}` : f.state,
  ]
}
