import {EXIT, type ExitCode} from '../../base/errors.ts'
import {FaultCommand} from '../fault.ts'
import {oneNode} from '../nodes.ts'

export default class ClusterReplace extends FaultCommand {
  static override summary =
    'A node starts anew with an empty disk, as a learner first. What was on its disk is put aside; asks, or --yes.'
  static override usage = 'NODE [--yes]'
  static override examples = ['chronik cluster replace 3']

  protected async execute(): Promise<ExitCode> {
    const node = oneNode(this.words, 'cluster replace')
    const what = `replace gives n${node} an empty disk; what is on it now is put aside.`
    if (await this.ask(`${what} Go on?`, `${what} Without a terminal it needs --yes`))
      return this.perform({do: 'replace', node})
    this.note('Nothing was changed.')
    return EXIT.ok
  }
}
