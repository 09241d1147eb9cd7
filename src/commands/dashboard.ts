import type {Interfaces} from '@oclif/core'
import {Flags} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import {connect} from '../supervisor/registry.ts'
import {BaseCommand} from './base.ts'
import {DashboardWorld} from './dashboard-world.ts'
import {homely} from './status-table.ts'
import {takeDown} from './take-down.ts'
import {hasUnicode} from './terminal.ts'

/** What load and verify, ended by leaving, may take to say their last word. */
const ENDING_MS = 20_000

export default class Dashboard extends BaseCommand {
  static override summary = 'The live view: watch the nodes, kill them, see what happens.'
  static override usage = ''
  static override examples = ['chronik dashboard', 'chronik dash -c five']
  static override aliases = ['dash']
  static override flags = {
    'from-start': Flags.boolean({hidden: true, summary: 'as npm start shows it: load on, and leaving asks'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Dashboard.flags>): Promise<ExitCode> {
    if (!process.stdin.isTTY || !process.stdout.isTTY)
      throw new UsageError('The dashboard needs a terminal. Try: chronik status --watch, or chronik events --follow')
    if (this.asJson) throw new UsageError('The dashboard is a picture.', 'chronik status --json')
    this.asker.name = 'dashboard'
    const place = this.place()
    // Both said and done before the screen is taken: without a cluster there is nothing to see.
    ;(await connect(place, this.asker)).close()
    // ink and react come with it: loaded only here.
    const [{Session}, {initialModel}] = await Promise.all([import('../tui/session.ts'), import('../tui/model.ts')])
    const session = new Session({
      world: new DashboardWorld(place, this.asker, this.here),
      model: initialModel({
        name: place.name,
        here: this.here,
        dir: homely(place.dir),
        asksOnLeave: flags['from-start'],
        nowMs: Date.now(),
      }),
      stdin: process.stdin,
      stdout: process.stdout,
      colour: this.colour,
      unicode: hasUnicode(process.env),
      load: flags['from-start'],
    })
    // A failure of ours is printed where it can be read: on the screen that was there before.
    process.prependListener('uncaughtException', () => session.close())
    process.prependListener('unhandledRejection', () => session.close())
    this.onInterrupt(() => {
      session.close()
      session.ending()
      this.leave(EXIT.ok, this.#goesOn(place.name))
    })
    const {stop, ending} = await session.show()
    for (const {what, done} of ending) {
      this.note(what)
      this.note(await this.within(done, what, ENDING_MS).catch((error: Error) => error.message))
    }
    if (!stop) {
      process.stderr.write(`${this.#goesOn(place.name)}\n`)
      return EXIT.ok
    }
    const client = await connect(place, this.asker)
    const {stopped} = await takeDown(client, 'stop', this.timeoutMs)
    const who = stopped.length > 0 ? `${stopped.map(n => `n${n}`).join(' ')} stopped; ` : ''
    this.out(`${who}${place.name} is down; its data and ports are kept`)
    return EXIT.ok
  }

  #goesOn(name: string): string {
    return `${name} goes on. To stop it: ${this.hint('chronik cluster down')}`
  }
}
