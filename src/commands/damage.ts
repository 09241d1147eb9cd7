import {Flags, type Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import type {DamageWord} from '../contracts/damage.ts'
import {whole} from './base.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, requiredSelector} from './nodes.ts'

/** What `disk tear`, `flip`, `zero` and `drop-file` have in common: one file of nodes that do not run. */
export abstract class DamageCommand extends FaultCommand {
  static override usage = 'NODE [-t T --partition P] [--path FILE] [--byte N]'
  static override flags = {
    ...nodeFlags,
    path: Flags.string({
      helpValue: 'FILE',
      summary: "a segment's name, or a path in the node's data (default: the newest segment of the group)",
    }),
    byte: whole({helpValue: 'N', summary: 'that byte of it'}),
  }

  protected abstract readonly how: DamageWord

  protected async execute(flags: Interfaces.InferredFlags<typeof DamageCommand.flags>): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, `disk ${this.how}`)
    const {path, byte} = flags
    return this.perform({
      do: 'damage',
      how: this.how,
      who,
      ...(path === undefined ? {} : {path}),
      ...(byte === undefined ? {} : {byte}),
    })
  }
}
