import {Flags, type Interfaces} from '@oclif/core'
import {type ExitCode, UsageError} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, selectorOf} from './nodes.ts'

export default class Heal extends FaultCommand {
  static override summary = 'Undo every fault, or those on NODES.'
  static override usage = '[NODES | FAULT...] [--start]'
  static override examples = ['chronik heal', 'chronik heal f12', 'chronik heal --start']
  static override flags = {...nodeFlags, start: Flags.boolean({summary: 'start killed and stopped nodes as well'})}

  protected async execute(flags: Interfaces.InferredFlags<typeof Heal.flags>): Promise<ExitCode> {
    // `f12` is a fault as `fault ls` names it.
    const faults = this.words.filter(word => /^f\d{1,12}$/.test(word))
    const who = selectorOf(
      this.words.filter(word => !faults.includes(word)),
      flags,
      'heal',
    )
    if (who && faults.length > 0) throw new UsageError('Nodes, or faults by name: not both.', 'chronik fault ls')
    return this.perform({
      do: 'heal',
      ...(who ? {who} : {}),
      ...(faults.length > 0 ? {faults} : {}),
      ...(flags.start ? {start: true} : {}),
    })
  }
}
