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
    'with-creator': Flags.boolean({hidden: true, summary: 'ends when its standard input does'}),
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
      if (flags['with-creator']) process.stdin.once('close', end).once('end', end).once('error', end).resume()
    })
    const watch = new Watch(load, client)
    const acks = flags.acks
    try {
      await Promise.race([this.within(load.start(), 'load: its topics and clients'), over])
      await client.subscribe({event: event => watch.seen(event)})
      const reports = setInterval(() => this.report(load.figures(), acks, client, gone), REPORT_MS)
      const looks = setInterval(() => watch.look(), LOOK_MS)
      await over
      clearInterval(reports)
      clearInterval(looks)
      this.note('')
      if (gone) throw this.lost(load.figures())
      const totals = await load.stop(this.timeoutMs)
      const code = this.result(totals)
      await client
        .report('load', `ended: ${line(totals)}`, {pid: process.pid, ended: true, missing: totals.missing.length})
        .catch(() => undefined)
      return interrupted ? EXIT.interrupted : code
    } finally {
      await load.close()
      client.close()
    }
  }

  private report(f: LoadFigures, acks: string, client: SupervisorClient, gone: boolean): void {
    if (gone) return
    const text = `${f.perSecond}/s acked ${formatCount(f.acked)} missing ${formatCount(f.missing)}`
    const {acked, readBack, missing, open, perSecond, p50Ms} = f
    client
      .report('load', text, {pid: process.pid, acks, acked, readBack, missing, open, perSecond, p50Ms})
      .catch(() => undefined)
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

const NAMED_MAX = 3
const SILENT_MS = 5_000

interface Watched {
  moment: Moment
  /** Nodes that were harmed: faults that come before writes go on again count as one. */
  nodes: Set<number | undefined>
  /** Monotonic ms since which nothing was looked for. */
  sinceMs: number
  searching: boolean
  /** `leader n3 killed` */
  after: string
  /** `kill`: before the kill. */
  what: string
}

/** After each fault: how long writes stood, and whether all that had been acknowledged is there. */
class Watch {
  readonly #load: CountedLoad
  readonly #client: SupervisorClient
  #open: Watched | undefined

  constructor(load: CountedLoad, client: SupervisorClient) {
    this.#load = load
    this.#client = client
  }

  seen(event: JournalEvent): void {
    if (event.kind === 'fault') {
      if (this.#open) {
        this.#open.nodes.add(event.node)
        this.#open.after = `${this.#open.nodes.size} nodes down`
        this.#open.what = 'faults'
      } else
        this.#open = {
          moment: this.#load.moment(),
          nodes: new Set([event.node]),
          sinceMs: performance.now(),
          searching: false,
          after: faultWords(event),
          what: verbOf(event),
        }
    }
    if (event.kind === 'proven' && this.#open?.nodes.has(event.node)) {
      this.#open.moment.inForce(performance.now())
      this.#open.sinceMs = performance.now()
    }
  }

  look(): void {
    const w = this.#open
    if (!w) return
    const {stoodMs} = w.moment
    if (stoodMs === undefined) {
      if (performance.now() - w.sinceMs > SILENT_MS && !w.searching) this.#search(w)
      return
    }
    this.#open = undefined
    this.#load.forget(w.moment)
    this.#say(`every partition written again: writes stood ${formatDuration(stoodMs)}`, {
      stoodMs: Math.round(stoodMs),
      after: w.after,
    })
    this.#load
      .readBack(w.moment)
      .then(lost => this.#account(w, lost))
      .catch(() => undefined)
  }

  /**
   * A partition that is not written again may have lost what its writer goes on from. What is missing is said; what is there is read again when
   * writes go on, for only then has a quorum spoken.
   */
  #search(w: Watched): void {
    w.searching = true
    this.#load
      .readBack(w.moment)
      .then(lost => {
        if (lost.length === 0 || this.#open !== w) return
        this.#open = undefined
        this.#load.forget(w.moment)
        this.#account(w, lost)
      })
      .catch(() => undefined)
      .finally(() => {
        w.searching = false
        w.sinceMs = performance.now()
      })
  }

  #account({moment, after, what}: Watched, lost: readonly string[]): void {
    const acked = formatCount(moment.acked)
    const {open} = this.#load.figures()
    const still = open > 0 ? ` (${formatCount(open)} still open: not yet answered)` : ''
    const named = lost.slice(0, NAMED_MAX).join(', ') + (lost.length > NAMED_MAX ? ', …' : '')
    this.#say(
      lost.length === 0
        ? `all ${acked} writes acknowledged before the ${what} read back${still}`
        : `${formatCount(lost.length)} of ${acked} writes acknowledged before the ${what} are MISSING: ${named}`,
      {acked: moment.acked, missing: lost.length, open, after},
    )
  }

  #say(text: string, data: Record<string, unknown>): void {
    this.#client.report('load', text, {pid: process.pid, ...data}).catch(() => undefined)
  }
}

function verbOf(event: JournalEvent): string {
  return /^(?:n\d+ )?([a-z]+)/.exec(event.text)?.[1] ?? 'fault'
}

/** `leader n3 killed`, `n1 paused`: the fault in short. */
function faultWords(event: JournalEvent): string {
  const past = {kill: 'killed', stop: 'stopped', pause: 'paused', partition: 'cut off'}[verbOf(event)] ?? verbOf(event)
  const was = event.data?.was === 'leader' ? 'leader ' : ''
  return event.node === undefined ? past : `${was}n${event.node} ${past}`
}
