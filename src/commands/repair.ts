import type {ExitCode} from '../base/errors.ts'
import {UsageError} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {nodeOf} from './nodes.ts'

export default class Repair extends FaultCommand {
  static override summary = 'Rebuild what a node refuses from its peers: a damaged log is moved aside, not thrown away.'
  static override usage = 'NODE'
  static override examples = ['chronik repair 2']

  protected async execute(): Promise<ExitCode> {
    const [word, ...more] = this.words
    if (word === undefined || more.length > 0) throw new UsageError('repair takes one node: chronik repair 2')
    return this.perform({do: 'repair', who: {nodes: [nodeOf(word, 'repair')]}})
  }
}
