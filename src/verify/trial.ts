import {isDeepStrictEqual} from 'node:util'
import {ChronikError, EXIT, messageOf} from '../base/errors.ts'
import {runCheck} from '../judge/check.ts'
import {CHECKS} from '../judge/checks/index.ts'
import type {About, EvidenceSet} from '../judge/evidence.ts'
import {type Judgement, unknown, type Verdict, worst} from '../judge/verdict.ts'
import type {Check, Cluster, Load, Topics, Trial} from './api.ts'
import type {EvidenceBook, Mark} from './evidence-book.ts'
import type {HostLine, NumberedVerdict, StepReport} from './host-protocol.ts'
import {NotSeen} from './lab-cluster.ts'
import {LACKS} from './lacking.ts'
import {countsOfKinds, type Judged} from './stored-evidence.ts'

/** The lab is over before its end: interrupted, or `--fail-fast` and something failed. */
export class LabStopped extends ChronikError {
  constructor(why: string) {
    super('CHRONIK_LAB_STOPPED', EXIT.interrupted, why)
  }
}

const HISTORY_CHECKS = ['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10']

/** Steps, checks, figures: what a lab says about what it did. Everything is told on at once. */
export class TrialRun implements Trial {
  readonly cluster: Cluster
  readonly load: Load
  readonly topics: Topics
  readonly seed: number
  readonly signal: AbortSignal
  readonly times: Record<string, number> = {}
  readonly check: Check
  readonly judged: Judged[] = []
  readonly #book: EvidenceBook
  readonly #about: () => About
  readonly #again: string
  readonly #failFast: boolean
  /** Of a lab without steps: the name of its only one. */
  readonly #title: string
  readonly #beganMs: number
  readonly #say: (line: HostLine) => void
  readonly #steps: StepReport[] = []
  #over = false
  readonly #only: readonly string[] | undefined
  #open: (StepReport & {beganMs: number; mark: Mark}) | undefined

  constructor(o: {
    cluster: Cluster
    load: Load
    topics: Topics
    seed: number
    signal: AbortSignal
    book: EvidenceBook
    about: () => About
    again: string
    title: string
    failFast: boolean
    /** Only these steps, by title. */
    only?: readonly string[]
    say: (line: HostLine) => void
  }) {
    this.cluster = o.cluster
    this.load = o.load
    this.topics = o.topics
    this.seed = o.seed
    this.signal = o.signal
    this.#book = o.book
    this.#about = o.about
    this.#again = o.again
    this.#failFast = o.failFast
    this.#only = o.only
    this.#title = o.title
    this.#beganMs = o.book.now()
    this.#say = o.say
    this.check = this.#checks()
    // Labs take the trial apart: `async ({step, note}) => …`.
    this.step = this.step.bind(this)
    this.note = this.note.bind(this)
    this.time = this.time.bind(this)
    this.now = this.now.bind(this)
  }

  now(): number {
    return this.#book.now()
  }

  /** How the checks made so far ended. */
  get verdicts(): NumberedVerdict[] {
    return [...this.#steps, ...(this.#open ? [this.#open] : [])].flatMap(s => s.checks)
  }

  async step(title: string, run: () => Promise<unknown>): Promise<void> {
    if (this.#open) throw new ChronikError('CHRONIK_LAB', EXIT.usage, 'a step was begun inside of another')
    this.#goOn()
    if (this.#only && !this.#only.includes(title)) return
    const step = this.#begin(title)
    try {
      await run()
    } catch (thrown) {
      this.failed(thrown)
      if (!(thrown instanceof ChronikError && thrown.code === LACKS)) throw thrown
    } finally {
      this.#finish(step)
    }
  }

  note(text: string): void {
    if (this.#open) this.#open.note = this.#open.note ? `${this.#open.note}, ${text}` : text
    else this.#say({say: 'progress', text})
  }

  time(name: string, ms: number | undefined): void {
    if (ms !== undefined) this.times[name] = Math.round(ms)
  }

  /** What was thrown in the lab becomes a verdict: not seen in time fails, anything else is unknown. */
  failed(thrown: unknown): void {
    if (thrown instanceof LabStopped) return
    const seen = messageOf(thrown)
    const judgement: Judgement = {
      ...unknown({expected: 'the lab runs to its end', seen, because: 'the lab could not go on'}),
      ...(thrown instanceof NotSeen ? {result: 'fail' as const, because: 'what had to become true did not'} : {}),
    }
    this.#add({
      check: 'E',
      title: thrown instanceof NotSeen ? 'seen in time' : 'the lab goes on',
      again: this.#again,
      ...judgement,
    })
  }

  /** Ends what is open, for a lab that made checks outside of steps or was cut short. */
  close(): void {
    if (this.#open) this.#finish(this.#open)
    // A lab that was cut short may still be on its way to its next check: what it says from here on is not of this run.
    this.#over = true
  }

  #checks(): Check {
    const byIds = async (...ids: string[]): Promise<Verdict[]> => {
      const verdicts: Verdict[] = []
      for (const id of ids) {
        const check = CHECKS.get(id)
        if (!check)
          throw new ChronikError('CHRONIK_LAB', EXIT.usage, `no check ${id}; there are ${[...CHECKS.keys()].join(' ')}`)
        const about = this.#about()
        const verdict = runCheck(check, this.#book.since(this.#open?.mark), about, this.#again)
        verdicts.push(this.#judged(this.#add(verdict), about))
      }
      return verdicts
    }
    return Object.assign(byIds, {
      equal: (title: string, a: unknown, b: unknown) =>
        this.check.that(title, isDeepStrictEqual(a, b), {expected: shown(b), seen: shown(a)}),
      that: (title: string, holds: boolean | undefined, o: {expected: string; seen: string}) =>
        this.#add({
          check: 'E',
          title,
          again: this.#again,
          result: holds === undefined ? 'unknown' : holds ? 'pass' : 'fail',
          nodes: [],
          because: holds === undefined ? 'it could not be seen' : '',
          lines: [],
          cites: [],
          ...o,
        }),
      history: (title: string) => {
        const about = this.#about()
        const evidence = this.#book.since(this.#open?.mark)
        return this.#judged(this.#add(historyVerdict(title, evidence, about, this.#again)), about)
      },
    })
  }

  /** Remembers what a verdict was judged on, so that it can be judged again. */
  #judged<T extends Verdict>(verdict: T, about: About): T {
    const step = this.#open
    if (step)
      this.judged.push({
        number: step.checks[step.checks.length - 1].number,
        check: verdict.check,
        from: fromOf(step.mark),
        to: countsOfKinds(this.#book.evidence),
        atMs: this.now(),
        about,
      })
    return verdict
  }

  #add(verdict: Verdict): Verdict {
    if (this.#over) return verdict
    const step = this.#open ?? this.#begin(this.#title, true)
    const numbered: NumberedVerdict = {...verdict, number: `${step.number}.${step.checks.length + 1}`}
    step.checks.push(numbered)
    this.#say({say: 'verdict', step: step.number, verdict: numbered})
    return verdict
  }

  #begin(title: string, whole = false): StepReport & {beganMs: number; mark: Mark} {
    const number = this.#steps.length + 1
    const step = {
      number,
      title,
      result: 'unknown' as const,
      tookMs: 0,
      note: '',
      checks: [],
      beganMs: whole && number === 1 ? this.#beganMs : this.now(),
      // A lab without steps: everything that was collected belongs to its one.
      mark: whole ? emptyMark(this.#book.mark()) : this.#book.mark(),
    }
    this.#open = step
    this.#say({say: 'step', number, title})
    return step
  }

  #finish(step: StepReport & {beganMs: number; mark: Mark}): void {
    if (this.#open !== step) return
    this.#open = undefined
    const {beganMs, mark: _, ...rest} = step
    const report: StepReport = {...rest, atMs: Math.round(beganMs), tookMs: Math.round(this.now() - beganMs)}
    report.result = worst(report.checks.map(c => c.result))
    this.#steps.push(report)
    this.#say({say: 'stepDone', step: report})
  }

  #goOn(): void {
    if (this.signal.aborted || this.#over) throw new LabStopped('interrupted')
    if (this.#failFast && this.verdicts.some(v => v.result === 'fail')) throw new LabStopped('a check failed')
  }
}

/** Every check of a client history in one verdict: the worst of them speaks. */
export function historyVerdict(title: string, evidence: EvidenceSet, about: About, again: string): Verdict {
  // Groups are asked for only where a load has some.
  const groups = evidence.history.some(o => o.do === 'committed') ? ['H11'] : []
  const parts = [...HISTORY_CHECKS, ...groups]
    .map(id => CHECKS.get(id))
    .flatMap(c => (c ? [runCheck(c, evidence, about, again)] : []))
  const result = worst(parts.map(p => p.result))
  const telling = parts.find(p => p.result === result) as Verdict
  return {...telling, check: 'H', title}
}

/** Checks look at the faults, copies, restarts and windows of their step, and at everything else of the whole run. */
function fromOf(mark: Mark): Judged['from'] {
  const {disks, faults, starts, windows, metadata} = mark
  return {disks, faults, starts, windows, metadata, topicOrders: 0, readings: 0, changes: 0, events: 0, exits: 0}
}

function emptyMark(mark: Mark): Mark {
  for (const key of Object.keys(mark) as Array<keyof Mark>) mark[key] = 0
  return mark
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
