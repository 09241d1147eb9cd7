import type {Interfaces} from '@oclif/core'
import type {ExitCode} from '../../base/errors.ts'
import {SickDiskCommand} from '../sick-disk.ts'

export default class DiskFull extends SickDiskCommand {
  static override summary = 'No byte fits on the disk of a running node any more: ENOSPC.'
  static override usage = 'NODES [--for DUR]'
  static override examples = ['chronik disk full 2 --for 10s', 'chronik disk full --leader']
  static override flags = {...SickDiskCommand.flags}

  protected execute(flags: Interfaces.InferredFlags<typeof DiskFull.flags>): Promise<ExitCode> {
    return this.sicken(flags, 'full', {roomBytes: 0})
  }
}
