import {Flags, type Interfaces} from '@oclif/core'
import type {ExitCode} from '../../base/errors.ts'
import {SickDiskCommand} from '../sick-disk.ts'

export default class DiskEio extends SickDiskCommand {
  static override summary = 'Calls to the disk of a running node fail with EIO: for good, or once.'
  static override usage = 'NODES [--on sync|write|read] [--once] [--for DUR]'
  static override examples = ['chronik disk eio 2 --once', 'chronik disk eio --leader --on write']
  static override flags = {
    ...SickDiskCommand.flags,
    on: Flags.string({options: ['sync', 'write', 'read'], default: 'sync', summary: 'which calls (sync)'}),
    once: Flags.boolean({summary: 'only the next one'}),
  }

  protected execute(flags: Interfaces.InferredFlags<typeof DiskEio.flags>): Promise<ExitCode> {
    const on = flags.on as 'sync' | 'write' | 'read'
    return this.sicken(flags, 'eio', {eio: {on, ...(flags.once ? {times: 1} : {})}})
  }
}
