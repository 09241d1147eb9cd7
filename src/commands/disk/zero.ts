import {DamageCommand} from '../damage.ts'

export default class DiskZero extends DamageCommand {
  static override summary =
    'Zero 512 bytes in a file of a stopped node: in the middle of the log, or those around --byte.'
  static override examples = ['chronik disk zero 2', 'chronik disk zero 2 -t orders --partition 1']
  protected override readonly how = 'zero'
}
