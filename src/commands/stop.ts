import type {Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import {duration} from './base.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, requiredSelector} from './nodes.ts'

export default class Stop extends FaultCommand {
  static override summary = 'Ask nodes to end: SIGTERM, a grace, then SIGKILL (and says so).'
  static override usage = 'NODES [--for DUR]'
  static override examples = ['chronik stop 2', 'chronik stop --leader --for 5s']
  static override flags = {...nodeFlags, for: duration({summary: 'start them again after this long'})}

  protected async execute(flags: Interfaces.InferredFlags<typeof Stop.flags>): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, 'stop')
    return this.perform({do: 'stop', who, ...(flags.for === undefined ? {} : {forMs: flags.for})}, flags.for)
  }
}
