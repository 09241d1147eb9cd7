import {type ExitCode, UsageError} from '../../base/errors.ts'
import {FaultCommand} from '../fault.ts'

export default class ClusterAdd extends FaultCommand {
  static override summary = 'One node more: it learns the log and becomes a voter, while the cluster goes on.'
  static override usage = ''
  static override examples = ['chronik cluster add']

  protected async execute(): Promise<ExitCode> {
    if (this.words.length > 0) throw new UsageError('cluster add takes no node: it gets the next number')
    return this.perform({do: 'add'})
  }
}
