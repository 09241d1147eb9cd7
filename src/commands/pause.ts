import type {Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import {duration} from './base.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, requiredSelector} from './nodes.ts'

export default class Pause extends FaultCommand {
  static override summary = 'SIGSTOP nodes: they live, and do nothing.'
  static override usage = 'NODES [--for DUR]'
  static override examples = ['chronik pause 3', 'chronik pause --leader --for 5s']
  static override flags = {...nodeFlags, for: duration({summary: 'resume them after this long'})}

  protected async execute(flags: Interfaces.InferredFlags<typeof Pause.flags>): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, 'pause')
    return this.perform({do: 'pause', who, ...(flags.for === undefined ? {} : {forMs: flags.for})}, flags.for)
  }
}
