import {lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {formatBytes} from '../../base/units.ts'
import {SupervisorClient} from '../../supervisor/client.ts'
import {whyNotDeleted} from '../../supervisor/folder.ts'
import {removeAsOwner} from '../../supervisor/remove.ts'
import {BaseCommand} from '../base.ts'
import {homely} from '../status-table.ts'
import {takeDown} from '../take-down.ts'

export default class ClusterPurge extends BaseCommand {
  static override summary = 'Down, then delete the data; asks, or --yes.'
  static override usage = '[--yes]'
  static override examples = ['chronik cluster purge', 'chronik cluster purge -c five --yes']

  protected async execute(): Promise<ExitCode> {
    const place = this.existing()
    const bytes = sizeOf(place.dir)
    const foreign = place.spec.engine === 'attached'
    const what = `${foreign ? 'what chronik knows of it (its nodes and their data stay), ' : ''}${formatBytes(bytes)} in ${homely(place.dir)}`
    const not = whyNotDeleted(place.dir)
    if (not) throw new UsageError(`purge does not delete ${homely(place.dir)}: ${not}.`)
    const sure = await this.ask(
      `purge deletes ${what}. Go on?`,
      `purge deletes ${what}. Without a terminal it needs --yes`,
    )
    if (!sure) {
      this.note('Nothing was deleted.')
      return EXIT.ok
    }
    if (place.state === 'up' || place.state === 'starting')
      await takeDown(
        await SupervisorClient.connect(place.supervisor?.socket ?? '', this.asker, {anyVersion: true}),
        'stop',
        this.timeoutMs,
      )
    const kept = await removeAsOwner(place.dir, place.spec.clusterId)
    if (this.asJson) this.json({cluster: place.name, deletedBytes: bytes, dir: place.dir, kept})
    else if (!this.quiet) this.out(`${place.name} is gone: deleted ${what}`)
    if (kept.length > 0 && !this.asJson)
      process.stderr.write(
        `Kept in ${homely(place.dir)}, because it is not the cluster's: ${kept.slice(0, 5).join(' ')}\n`,
      )
    return EXIT.ok
  }
}

/** Bytes of all regular files below; links are not followed. */
function sizeOf(path: string): number {
  try {
    const stat = lstatSync(path)
    if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
  } catch {
    return 0
  }
}
