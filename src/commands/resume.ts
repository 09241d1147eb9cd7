import type {Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, selectorOf} from './nodes.ts'

export default class Resume extends FaultCommand {
  static override summary = 'SIGCONT paused nodes.'
  static override usage = '[NODES]'
  static override examples = ['chronik resume', 'chronik resume 2']
  static override flags = nodeFlags

  protected async execute(flags: Interfaces.InferredFlags<typeof Resume.flags>): Promise<ExitCode> {
    const who = selectorOf(this.words, flags, 'resume')
    return this.perform({do: 'resume', ...(who ? {who} : {})})
  }
}
