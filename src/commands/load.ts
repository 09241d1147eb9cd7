import {randomBytes} from 'node:crypto'
import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import {formatCount, formatDuration} from '../base/units.ts'
import type {JournalEvent} from '../contracts/journal.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import {connect} from '../supervisor/registry.ts'
import type {CountedLoad, LoadFigures, LoadTotals, Moment} from '../verify/load/counted-load.ts'
import {duration, whole} from './base.ts'
import {KafkaCommand} from './kafka.ts'

const ACKS = {0: 0, 1: 1, all: -1} as const
const PARTITIONS = 3
const REPORT_MS = 1_000
const LOOK_MS = 20

const rate = Flags.custom<number>({
  helpValue: 'N/s',
  parse: async text => {
    const match = /^(\d{1,6})\/(s|m)$/.exec(text)
    const perSecond = match ? Number(match[1]) / (match[2] === 's' ? 1 : 60) : 0
    if (perSecond <= 0) throw new UsageError(`"${text}" is no rate; write 50/s or 300/m`)
    return perSecond
  },
})

export default class Load extends KafkaCommand {
  static override summary = 'Steady writes, read back and accounted for; ends with --for or Ctrl-C.'
  static override usage = '[--rate 50/s] [--acks 0|1|all] [--topics N] [--for DUR]'
  static override examples = ['chronik load', 'chronik load --rate 500/s --for 10s']
  static override flags = {
    rate: rate({default: 50, summary: 'records a second over all topics (50/s)'}),
    acks: Flags.option({options: ['0', '1', 'all'] as const, default: 'all', summary: 'who has to have it (all)'})(),
    topics: whole({default: 1, min: 1, max: 20, summary: 'how many topics of 3 partitions (1)'}),
    for: duration({summary: 'so long, instead of until Ctrl-C'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Load.flags>): Promise<ExitCode> {
    const client = await connect(this.place(), this.asker)
    const {bootstrap, nodes} = await this.within(client.snapshot(), 'the supervisor')
    // kafkajs comes with it: loaded only here.
    const {CountedLoad} = await import('../verify/load/counted-load.ts')
    const load = new CountedLoad(bootstrap, {
      topics: Array.from({length: flags.topics}, (_, i) => (i === 0 ? 'load' : `load-${i + 1}`)),
      partitions: PARTITIONS,
      replicas: Math.min(3, nodes.length),
      rate: flags.rate,
      acks: ACKS[flags.acks],
      tag: `load-${randomBytes(4).toString('hex')}`,
      now: () => performance.now(),
    })
    let interrupted = false
    let gone = false
    const over = new Promise<void>(end => {
      this.onInterrupt((_signal, times) => {
        if (times > 1) this.leave(EXIT.interrupted, 'Interrupted twice: not everything was read back.')
        interrupted = true
        end()
      })
      client.closed.then(() => {
        gone = true
        end()
      }, end)
      if (flags.for !== undefined) setTimeout(end, flags.for)
    })
    const watch = new Watch(load, client)
    try {
      await Promise.race([this.within(load.start(), 'load: its topics and clients'), over])
      await client.subscribe({event: event => watch.seen(event)})
      const reports = setInterval(() => this.report(load.figures(), client, gone), REPORT_MS)
      const looks = setInterval(() => watch.look(), LOOK_MS)
      await over
      clearInterval(reports)
      clearInterval(looks)
      this.note('')
      if (gone) throw this.lost(load.figures())
      const totals = await load.stop(this.timeoutMs)
      const code = this.result(totals)
      await client.report('load', `ended: ${line(totals)}`).catch(() => undefined)
      return interrupted ? EXIT.interrupted : code
    } finally {
      await load.close()
      client.close()
    }
  }

  private report(f: LoadFigures, client: SupervisorClient, gone: boolean): void {
    if (gone) return
    const text = `${f.perSecond}/s acked ${formatCount(f.acked)} missing ${formatCount(f.missing)}`
    const {acked, readBack, missing, open, perSecond, p50Ms} = f
    client.report('load', text, {acked, readBack, missing, open, perSecond, p50Ms}).catch(() => undefined)
    if (process.stderr.isTTY && !this.quiet && !this.asJson)
      process.stderr.write(
        `\r  ${perSecond}/s  acked ${formatCount(acked)}  read back ${formatCount(readBack)}  missing ${formatCount(missing)}  open ${open}  p50 ${p50Ms} ms  `,
      )
  }

  private result(t: LoadTotals): ExitCode {
    if (this.asJson) this.json({...t, missing: t.missing.length, missingValues: t.missing.slice(0, 20)})
    else {
      this.out(line(t))
      for (const value of t.missing.slice(0, 20)) this.out(`  missing ${value}`)
    }
    if (t.missing.length > 0) return EXIT.failed
    if (t.whole) return EXIT.ok
    throw new ChronikError(
      'CHRONIK_UNREAD',
      EXIT.unknown,
      `Not everything could be read back within ${formatDuration(this.timeoutMs)}.`,
      {next: 'chronik status'},
    )
  }

  private lost(f: LoadFigures): ChronikError {
    return new ChronikError(
      'CHRONIK_CLUSTER_GONE',
      EXIT.labState,
      `The cluster went away: ${formatCount(f.acked)} acknowledged, ${formatCount(f.readBack)} of them read back by then.`,
      {next: 'chronik cluster up'},
    )
  }
}

function line(t: LoadTotals): string {
  const parts = [
    `${formatCount(t.acked)} acknowledged`,
    `${formatCount(t.readBack)} read back`,
    `${formatCount(t.missing.length)} missing`,
    `${formatCount(t.twice)} twice`,
    `${formatCount(t.unanswered)} never answered`,
    `p50 ${t.p50Ms} ms`,
  ]
  return parts.join(', ')
}

/** After each fault: how long writes stood, and whether all that had been acknowledged is there. */
class Watch {
  readonly #load: CountedLoad
  readonly #client: SupervisorClient
  readonly #open: Array<{moment: Moment; node: number | undefined; saidStood: boolean}> = []

  constructor(load: CountedLoad, client: SupervisorClient) {
    this.#load = load
    this.#client = client
  }

  seen(event: JournalEvent): void {
    if (event.kind === 'fault') this.#open.push({moment: this.#load.moment(), node: event.node, saidStood: false})
    if (event.kind === 'proven')
      for (const w of this.#open) if (w.node === event.node && !w.saidStood) w.moment.inForce(performance.now())
  }

  look(): void {
    for (const w of [...this.#open]) {
      const stood = w.moment.stoodMs
      if (stood !== undefined && !w.saidStood) {
        w.saidStood = true
        this.#say(`every partition written again: writes stood ${formatDuration(stood)}`, {stoodMs: Math.round(stood)})
      }
      const {acked, unread} = w.moment
      if (unread > 0 || !w.saidStood) continue
      const {missing, open} = this.#load.figures()
      const still = open > 0 ? ` (${formatCount(open)} still open: not yet answered)` : ''
      this.#say(
        missing === 0
          ? `all ${formatCount(acked)} writes acknowledged before the fault read back${still}`
          : `${formatCount(missing)} acknowledged writes are missing`,
        {acked, missing, open},
      )
      this.#open.splice(this.#open.indexOf(w), 1)
      this.#load.forget(w.moment)
    }
  }

  #say(text: string, data: Record<string, unknown>): void {
    this.#client.report('load', text, data).catch(() => undefined)
  }
}
