import {EXIT, type ExitCode} from '../../base/errors.ts'
import {listClusters} from '../../supervisor/registry.ts'
import {BaseCommand} from '../base.ts'
import {homely} from '../status-table.ts'
import {columns} from '../terminal.ts'

export default class ClusterLs extends BaseCommand {
  static override summary = 'Every cluster of this user, running or not.'
  static override usage = ''
  static override examples = ['chronik cluster ls']

  protected async execute(): Promise<ExitCode> {
    const clusters = listClusters()
    if (this.asJson)
      for (const c of clusters)
        this.json({
          name: c.name,
          state: c.state,
          engine: c.spec?.engine ?? null,
          nodes: c.spec?.nodes.length ?? null,
          dir: c.dir,
        })
    else if (clusters.length === 0) {
      this.note('There is no cluster yet.')
      this.next('chronik cluster up')
    } else {
      const rows = clusters.map(c => [
        c.name,
        c.state,
        c.spec?.engine ?? '-',
        String(c.spec?.nodes.length ?? '-'),
        homely(c.dir),
      ])
      this.out(columns([['NAME', 'STATE', 'ENGINE', 'NODES', 'DATA'], ...rows], new Set([3])))
    }
    return EXIT.ok
  }
}
