import type {Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, selectorOf} from './nodes.ts'

export default class Start extends FaultCommand {
  static override summary = 'Start nodes that do not run; says what recovery found.'
  static override usage = '[NODES]'
  static override examples = ['chronik start', 'chronik start 2']
  static override flags = nodeFlags

  protected async execute(flags: Interfaces.InferredFlags<typeof Start.flags>): Promise<ExitCode> {
    const who = selectorOf(this.words, flags, 'start')
    return this.perform({do: 'start', patienceMs: this.patienceMs, ...(who ? {who} : {})})
  }
}
