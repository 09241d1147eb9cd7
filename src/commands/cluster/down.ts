import {EXIT, type ExitCode} from '../../base/errors.ts'
import {SupervisorClient} from '../../supervisor/client.ts'
import {notUp} from '../../supervisor/registry.ts'
import {settle} from '../../supervisor/take-over.ts'
import {BaseCommand} from '../base.ts'
import {takeDown} from '../take-down.ts'

export default class ClusterDown extends BaseCommand {
  static override summary = 'Stop nodes and supervisor; data and ports are kept.'
  static override usage = ''
  static override examples = ['chronik cluster down']

  protected async execute(): Promise<ExitCode> {
    const place = this.existing()
    if (place.state === 'LOST') {
      // The time is in the logs, which nobody writes any more.
      const died = notUp(place).message
      const ended = await settle(place.dir)
      const notes = [died, ...ended.map(p => `n${p.node} (pid ${p.pid}) was still there: ended by SIGKILL`)]
      if (this.asJson) this.json({cluster: place.name, stopped: ended.map(p => p.node), notes})
      else this.out(notes.join('\n'))
      return EXIT.ok
    }
    if (place.state !== 'up' && place.state !== 'starting') {
      if (this.asJson) this.json({cluster: place.name, stopped: [], notes: ['it was down already']})
      else this.out(`${place.name} is down already; its data and ports are kept`)
      return EXIT.ok
    }
    const client = await SupervisorClient.connect(place.supervisor?.socket ?? '', this.asker, {anyVersion: true})
    const {stopped, notes} = await takeDown(client, 'stop', this.timeoutMs)
    if (this.asJson) this.json({cluster: place.name, stopped, notes})
    else {
      const who = stopped.length > 0 ? `${stopped.map(n => `n${n}`).join(' ')} stopped; ` : ''
      const left =
        place.spec.engine === 'attached'
          ? `${place.name} is not watched any more; its nodes go on, chronik did not start them`
          : `${who}${place.name} is down; its data and ports are kept`
      this.out([...notes, left].join('\n'))
    }
    this.next('chronik cluster up', 'chronik cluster purge')
    return EXIT.ok
  }
}
