import {EXIT, type ExitCode} from '../base/errors.ts'
import {type Action, actionToCommand} from '../contracts/action.ts'
import {connect} from '../supervisor/registry.ts'
import {BaseCommand} from './base.ts'
import {refusals} from './refusals.ts'

/** A command that is one action on a cluster: the supervisor does it and says, line by line, what happened. */
export abstract class FaultCommand extends BaseCommand {
  static override strict = false

  /** How long the supervisor waits for what follows from the action, ms: it gives up before the command does, and says what became of it. */
  protected get patienceMs(): number {
    return Math.round(this.timeoutMs * 0.8)
  }

  protected async perform(action: Action, lastsMs = 0): Promise<ExitCode> {
    const command = actionToCommand(action)
    const sofar: string[] = []
    this.onInterrupt(() => {
      const happened = sofar.length > 0 ? `already happened: ${sofar.join('; ')}` : 'nothing has been confirmed yet'
      this.leave(EXIT.interrupted, `\nInterrupted; ${happened}. See: chronik status`)
    })
    const client = await connect(this.place(), this.asker)
    try {
      const done = await this.within(
        client.act(action, line => {
          sofar.push(line)
          this.note(line)
        }),
        command,
        this.timeoutMs + lastsMs,
      )
      if (this.asJson) this.json({command, did: done.did, lines: done.lines})
      else if (done.lines.length > 0) this.out(done.lines.map(line => this.hint(line)).join('\n'))
      this.next(...done.next)
      if (action.do !== 'start' && action.do !== 'restart') return EXIT.ok
      const refused = refusals(
        await client.snapshot(),
        done.did.map(d => d.node),
      )
      if (!this.asJson) for (const line of refused) process.stderr.write(`${this.hint(line)}\n`)
      return refused.length > 0 ? EXIT.environment : EXIT.ok
    } finally {
      client.close()
    }
  }
}
