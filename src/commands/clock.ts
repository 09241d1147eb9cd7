import type {Interfaces} from '@oclif/core'
import {Flags} from '@oclif/core'
import {type ExitCode, UsageError} from '../base/errors.ts'
import {parseDuration} from '../base/units.ts'
import {duration} from './base.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, requiredSelector} from './nodes.ts'

export default class Clock extends FaultCommand {
  static override summary = 'Move the wall clock of nodes, ahead or behind; what is monotonic stays.'
  static override usage = 'NODES --by DUR [--for DUR]'
  static override examples = ['chronik clock 2 --by 1h', 'chronik clock --leader --by=-10m --for 30s']
  static override flags = {
    ...nodeFlags,
    by: Flags.string({helpValue: 'DUR', summary: 'how far: 1h is ahead, --by=-1h is behind'}),
    for: duration({summary: 'heal after this long'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Clock.flags>): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, 'clock')
    if (flags.by === undefined)
      throw new UsageError('By how much? --by 1h, or --by=-1h', 'chronik clock --leader --by 1h')
    const back = flags.by.startsWith('-')
    const byMs = Math.round(parseDuration(flags.by.replace(/^[-+]/, ''))) * (back ? -1 : 1)
    return this.perform({do: 'clock', who, byMs, ...(flags.for === undefined ? {} : {forMs: flags.for})})
  }
}
