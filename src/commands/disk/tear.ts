import {DamageCommand} from '../damage.ts'

export default class DiskTear extends DamageCommand {
  static override summary = 'Cut off the end of a file of a stopped node: in its last batch, or at --byte.'
  static override examples = ['chronik disk tear 2', 'chronik disk tear 2 -t orders --byte 4096']
  protected override readonly how = 'tear'
}
