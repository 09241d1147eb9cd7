import type {Interfaces} from '@oclif/core'
import type {ExitCode} from '../../base/errors.ts'
import {duration} from '../base.ts'
import {SickDiskCommand} from '../sick-disk.ts'

const SLOW_MS = 200

export default class DiskSlow extends SickDiskCommand {
  static override summary = 'Every sync of a running node takes longer.'
  static override usage = 'NODES [--by DUR] [--for DUR]'
  static override examples = ['chronik disk slow 2 --by 500ms', 'chronik disk slow --leader --for 10s']
  static override flags = {...SickDiskCommand.flags, by: duration({summary: 'by how much (200ms)'})}

  protected execute(flags: Interfaces.InferredFlags<typeof DiskSlow.flags>): Promise<ExitCode> {
    return this.sicken(flags, 'slow', {syncDelayMs: Math.round(flags.by ?? SLOW_MS)})
  }
}
