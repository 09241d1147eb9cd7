import {type ExitCode, UsageError} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'

export default class Mark extends FaultCommand {
  static override summary = "Put a named line into the journal and into every node's log view."
  static override usage = '[TEXT]'
  static override examples = ['chronik mark before the upgrade', 'chronik events --since "before the upgrade"']

  protected async execute(): Promise<ExitCode> {
    const text = this.words.join(' ')
    if (text.length > 500) throw new UsageError('A mark has at most 500 characters.')
    if (/[\u0000-\u001f\u007f]/.test(text)) throw new UsageError('A mark is one line without control characters.')
    return this.perform({do: 'mark', text: text || 'mark'})
  }
}
