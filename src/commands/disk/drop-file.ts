import {DamageCommand} from '../damage.ts'

export default class DiskDropFile extends DamageCommand {
  static override summary = 'Take a file of a stopped node away: the newest segment, or --path.'
  static override usage = 'NODE [-t T --partition P] [--path FILE]'
  static override examples = ['chronik disk drop-file 2', 'chronik disk drop-file 2 --path groups.log']
  protected override readonly how = 'drop-file'
}
