import {EXIT, type ExitCode} from '../../base/errors.ts'
import type {LinkView} from '../../contracts/faults.ts'
import {connect} from '../../supervisor/registry.ts'
import {BaseCommand} from '../base.ts'
import {columns} from '../terminal.ts'

export default class LinkLs extends BaseCommand {
  static override summary = 'Every link between nodes, and of clients to them, measured now.'
  static override usage = ''
  static override examples = ['chronik link ls', 'chronik link ls --json']

  protected async execute(): Promise<ExitCode> {
    const client = await connect(this.place(), this.asker)
    try {
      const links = await this.within(client.links(), 'chronik link ls')
      if (this.asJson) for (const link of links) this.json(link)
      else this.out(matrix(links))
    } finally {
      client.close()
    }
    return EXIT.ok
  }
}

/** A row for who speaks, a column for who hears. */
function matrix(links: readonly LinkView[]): string {
  const to = [...new Set(links.map(l => l.to))].sort((a, b) => a - b)
  const rows = [...to, 'clients' as const].map(from => [
    from === 'clients' ? from : `n${from}`,
    ...to.map(node => {
      const link = links.find(l => l.from === from && l.to === node)
      return link ? cell(link) : '-'
    }),
  ])
  return columns([['FROM', ...to.map(n => `TO n${n}`)], ...rows])
}

function cell({seen, ms, faults}: LinkView): string {
  const word = seen === 'passes' && ms !== undefined ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : seen
  return faults.length > 0 ? `${word} (${faults.join(' ')})` : word
}
