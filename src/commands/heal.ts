import {Flags, type Interfaces} from '@oclif/core'
import type {ExitCode} from '../base/errors.ts'
import {FaultCommand} from './fault.ts'
import {nodeFlags, selectorOf} from './nodes.ts'

export default class Heal extends FaultCommand {
  static override summary = 'Undo every fault, or those on NODES.'
  static override usage = '[NODES] [--start]'
  static override examples = ['chronik heal', 'chronik heal --start']
  static override flags = {...nodeFlags, start: Flags.boolean({summary: 'start killed and stopped nodes as well'})}

  protected async execute(flags: Interfaces.InferredFlags<typeof Heal.flags>): Promise<ExitCode> {
    const who = selectorOf(this.words, flags, 'heal')
    return this.perform({do: 'heal', ...(who ? {who} : {}), ...(flags.start ? {start: true} : {})})
  }
}
