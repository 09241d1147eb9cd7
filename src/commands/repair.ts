import type {ExitCode} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {oneNode} from './nodes.ts'

export default class Repair extends FaultCommand {
  static override summary = 'Rebuild what a node refuses from its peers: a damaged log is moved aside, not thrown away.'
  static override usage = 'NODE'
  static override examples = ['chronik repair 2']

  protected async execute(): Promise<ExitCode> {
    return this.perform({do: 'repair', who: {nodes: [oneNode(this.words, 'repair')]}})
  }
}
