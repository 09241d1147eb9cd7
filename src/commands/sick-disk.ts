import type {ExitCode} from '../base/errors.ts'
import type {DiskOrder} from '../contracts/inside.ts'
import {duration} from './base.ts'
import {FaultCommand} from './fault.ts'
import {type NodeChoice, nodeFlags, requiredSelector} from './nodes.ts'

/** What `disk full`, `disk eio` and `disk slow` have in common: the disk of nodes that run. */
export abstract class SickDiskCommand extends FaultCommand {
  static override flags = {...nodeFlags, for: duration({summary: 'heal after this long'})}

  protected sicken(flags: NodeChoice & {for?: number}, verb: string, trouble: DiskOrder): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, `disk ${verb}`)
    return this.perform({do: 'disk', who, trouble, ...(flags.for === undefined ? {} : {forMs: flags.for})})
  }
}
