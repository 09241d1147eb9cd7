import {EXIT, type ExitCode} from '../../base/errors.ts'
import {connect} from '../../supervisor/registry.ts'
import {BaseCommand} from '../base.ts'
import {takeDown} from '../take-down.ts'

export default class ClusterDown extends BaseCommand {
  static override summary = 'Stop nodes and supervisor; data and ports are kept.'
  static override usage = ''
  static override examples = ['chronik cluster down']

  protected async execute(): Promise<ExitCode> {
    const place = this.existing()
    if (place.state !== 'up') {
      if (this.asJson) this.json({cluster: place.name, stopped: [], notes: ['it was down already']})
      else this.out(`${place.name} is down already; its data and ports are kept`)
      return EXIT.ok
    }
    const client = await connect(place, this.asker)
    const {stopped, notes} = await takeDown(client, 'stop', this.timeoutMs)
    if (this.asJson) this.json({cluster: place.name, stopped, notes})
    else {
      const who = stopped.length > 0 ? `${stopped.map(n => `n${n}`).join(' ')} stopped; ` : ''
      this.out([...notes, `${who}${place.name} is down; its data and ports are kept`].join('\n'))
    }
    this.next('chronik cluster up', 'chronik cluster purge')
    return EXIT.ok
  }
}
