import {Flags, type Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, requiredSelector} from './nodes.ts'

export default class Restart extends FaultCommand {
  static override summary = 'Stop nodes, then start them.'
  static override usage = 'NODES [--rolling]'
  static override examples = ['chronik restart 1', 'chronik restart --all --rolling']
  static override flags = {
    ...nodeFlags,
    rolling: Flags.boolean({summary: 'one after the other, each once the one before has caught up'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Restart.flags>): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, 'restart')
    return this.perform({do: 'restart', who, ...(flags.rolling ? {rolling: true} : {})})
  }
}
