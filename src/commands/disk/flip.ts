import {DamageCommand} from '../damage.ts'

export default class DiskFlip extends DamageCommand {
  static override summary = 'Flip one bit in a file of a stopped node: in the middle of the log, or at --byte.'
  static override examples = ['chronik disk flip 2', 'chronik disk flip 2 --path wal_0_0.log --byte 3171']
  protected override readonly how = 'flip'
}
