import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode} from '../../base/errors.ts'
import {listPlants} from '../../verify/plants.ts'
import {isBuiltIn, SUITES} from '../../verify/suites.ts'
import {BaseCommand} from '../base.ts'
import {columns} from '../terminal.ts'

export default class VerifyLs extends BaseCommand {
  static override summary = 'The suites, or with --plants the bugs that a build can be planted with.'
  static override usage = '[--plants]'
  static override examples = ['chronik verify ls', 'chronik verify ls --plants']
  static override flags = {
    plants: Flags.boolean({summary: 'planted bugs, and the check that has to catch each'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof VerifyLs.flags>): Promise<ExitCode> {
    if (flags.plants) {
      const plants = await listPlants()
      if (this.asJson) for (const plant of plants) this.json(plant)
      else
        this.out(
          columns([
            ['ID', 'NAME', 'CAUGHT BY', 'WHAT IT CHANGES'],
            ...plants.map(p => [p.id, p.name, p.caughtBy, p.change]),
          ]),
        )
      return EXIT.ok
    }
    const suites = SUITES.map(s => ({...s, exists: isBuiltIn(s.name)}))
    if (this.asJson) for (const suite of suites) this.json(suite)
    else
      this.out(
        columns([
          ['SUITE', 'PHASE', '', 'PROVES', 'NEEDS'],
          ...suites.map(s => [
            s.name,
            s.phase === undefined ? '-' : String(s.phase),
            s.exists ? '' : 'not yet',
            s.proves,
            s.needs ?? 'a cluster of three nodes',
          ]),
        ]),
      )
    this.next('chronik verify recovery')
    return EXIT.ok
  }
}
