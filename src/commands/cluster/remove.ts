import type {ExitCode} from '../../base/errors.ts'
import {FaultCommand} from '../fault.ts'
import {oneNode} from '../nodes.ts'

export default class ClusterRemove extends FaultCommand {
  static override summary = 'A node leaves for good: others take its replicas first. Its data are put aside.'
  static override usage = 'NODE'
  static override examples = ['chronik cluster remove 4']

  protected async execute(): Promise<ExitCode> {
    return this.perform({do: 'remove', node: oneNode(this.words, 'cluster remove')})
  }
}
