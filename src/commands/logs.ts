import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode, messageOf, UsageError} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {oneLine} from '../base/one-line.ts'
import {clockTime} from '../base/units.ts'
import {seenAs} from '../contracts/seen-as.ts'
import {logFileOf} from '../supervisor/attached.ts'
import {connect} from '../supervisor/registry.ts'
import {BaseCommand} from './base.ts'
import {JournalFile, markText, sinceWallMs} from './journal-file.ts'
import {groupOf, nodeFlags, selectorOf} from './nodes.ts'
import {Tail} from './tail.ts'

interface Line {
  node: NodeId
  at: number
  wallMs: number
  text: string
}

export default class Logs extends BaseCommand {
  static override summary = 'What nodes printed, merged by time, with the marks between.'
  static override usage = '[NODES] [-f] [--since MARK|DUR] [--grep RE]'
  static override examples = ['chronik logs 2 -f', "chronik logs --since 30s --grep 'HardState|candidate'"]
  static override strict = false
  static override flags = {
    ...nodeFlags,
    follow: Flags.boolean({char: 'f', summary: 'go on with what comes, until Ctrl-C'}),
    since: Flags.string({helpValue: 'MARK|DUR', summary: 'from that mark (text or number) on, or so long back'}),
    grep: Flags.string({helpValue: 'RE', summary: 'only lines that match'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Logs.flags>): Promise<ExitCode> {
    const grep = flags.grep === undefined ? undefined : pattern(flags.grep)
    const who = selectorOf(this.words, flags, 'logs')
    const place = this.existing()
    const all = place.spec.nodes.map(n => n.id)
    const nodes = !who ? all : 'nodes' in who ? who.nodes : await this.byRole(who.role, all, groupOf(flags))
    const strange = nodes.find(id => !all.includes(id))
    if (strange !== undefined)
      throw new UsageError(`No node n${strange}: ${place.name} has ${all.map(n => `n${n}`).join(' ')}.`)
    const since = flags.since === undefined ? 0 : sinceWallMs(flags.since, place.dir, Date.now())
    const sources = nodes.map(id => ({
      id,
      tail: new Tail(logFileOf(place.dir, place.spec?.engineOptions, id)),
      lastMs: 0,
    }))
    const journal = new JournalFile(place.dir)
    const print = (): void => {
      const lines: Line[] = []
      for (const source of sources)
        for (const {at, text} of source.tail.lines()) {
          source.lastMs = timeOf(text) ?? source.lastMs
          if (source.lastMs >= since && (!grep || grep.test(text)))
            lines.push({node: source.id, at, wallMs: source.lastMs, text})
        }
      for (const event of journal.events())
        if (event.kind === 'mark' && event.wallMs >= since)
          lines.push({node: 0, at: 0, wallMs: event.wallMs, text: markText(event)})
      for (const line of lines.sort((a, b) => a.wallMs - b.wallMs)) this.print(line)
    }
    print()
    if (!flags.follow) return EXIT.ok
    return this.printAgain(print, place.name)
  }

  private print(line: Line): void {
    const time = line.wallMs > 0 ? new Date(line.wallMs).toISOString() : null
    if (this.asJson) {
      if (line.node === 0) this.json({mark: line.text, time})
      else this.json({node: line.node, at: line.at, time, text: line.text})
    } else if (line.node === 0) this.out(`--  ${clockTime(line.wallMs)} mark: ${oneLine(line.text)}`)
    else this.out(`n${line.node}  ${oneLine(line.text)}`)
  }

  /** Roles are asked of the supervisor; without one there are none. */
  private async byRole(role: string, all: NodeId[], group: string): Promise<NodeId[]> {
    if (role === 'all') return all
    if (role !== 'leader' && role !== 'followers')
      throw new UsageError(`logs takes node numbers, --leader, --followers or --all, not --${role}`)
    const client = await connect(this.place(), this.asker)
    try {
      const {leader} = seenAs(await client.snapshot(), await client.ask(), group)
      if (role === 'followers') return all.filter(id => id !== leader)
      if (leader === 0)
        throw new ChronikError('CHRONIK_NO_LEADER', EXIT.labState, `No leader of ${group}.`, {next: 'chronik status'})
      return [leader]
    } finally {
      client.close()
    }
  }
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new UsageError(`--grep: ${messageOf(error)}`)
  }
}

/** Time at the head of a line, as nodes write it: ISO 8601, or the time of day. */
function timeOf(text: string): number | undefined {
  const iso = /^\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)/.exec(text)
  if (!iso) return undefined
  const ms = Date.parse(iso[1].endsWith('Z') ? iso[1] : `${iso[1]}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
