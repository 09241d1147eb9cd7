import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode} from '../base/errors.ts'
import {eventLine, isFigure} from '../contracts/journal.ts'
import {BaseCommand} from './base.ts'
import {JournalFile, sinceWallMs} from './journal-file.ts'

export default class Events extends BaseCommand {
  static override summary = 'The journal: everything done to a cluster and seen of it.'
  static override usage = '[-f] [--since MARK|DUR]'
  static override examples = ['chronik events', 'chronik events -f --since 5m']
  static override flags = {
    follow: Flags.boolean({char: 'f', summary: 'go on with what comes, until Ctrl-C'}),
    since: Flags.string({helpValue: 'MARK|DUR', summary: 'from that mark (text or number) on, or so long back'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Events.flags>): Promise<ExitCode> {
    const place = this.existing()
    const since = flags.since === undefined ? 0 : sinceWallMs(flags.since, place.dir, Date.now())
    const journal = new JournalFile(place.dir)
    const print = (): void => {
      for (const event of journal.events()) {
        if (event.wallMs < since) continue
        if (this.asJson) this.json(event)
        else if (!isFigure(event)) this.out(eventLine(event))
      }
    }
    print()
    if (!flags.follow) return EXIT.ok
    return this.printAgain(print, place.name)
  }
}
