import {existsSync} from 'node:fs'
import {join} from 'node:path'
import type {Operation} from '../../../judge/evidence.ts'
import type {NumberedVerdict, StepReport} from '../../host-protocol.ts'
import {readEvidence, type StoredEvidence} from '../../stored-evidence.ts'
import type {Report} from '../report.ts'
import {cut} from '../text.ts'
import {type LogLine, logsOf} from './timeline.ts'

/** Something that was done or seen, in words. `at` is milliseconds after the run began. */
export interface Done {
  at: number
  kind: string
  text: string
}

/** What the page says beside the report itself, read once from the run folder. Missing evidence is missing words, never an error. */
export class PageFacts {
  readonly dir: string
  readonly stored: StoredEvidence | undefined
  readonly logs: ReadonlyMap<number, LogLine[]>
  readonly #startWallMs: number

  constructor(report: Report, dir: string) {
    this.dir = dir
    this.#startWallMs = Date.parse(report.startedAt)
    this.stored = readable(dir)
    this.logs = logsOf(dir, this.#startWallMs)
  }

  /** From the lab's clock to milliseconds after the run began. */
  labTime(ms: number): number {
    return ms + (this.stored ? this.stored.wallAtZeroMs - this.#startWallMs : 0)
  }

  operation(number: number): Operation | undefined {
    return this.stored?.evidence.history[number - 1]
  }

  judgedAt(v: NumberedVerdict, step: StepReport): number {
    const judged = this.stored?.judged.find(j => j.number === v.number)
    if (judged) return this.labTime(judged.atMs)
    return step.atMs === undefined ? Number.POSITIVE_INFINITY : this.labTime(step.atMs) + step.tookMs
  }

  /** When this node was started again in this step. */
  startOf(node: number, step: StepReport): number | undefined {
    const [from, to] = this.#span(step)
    const start = this.stored?.evidence.starts.find(s => {
      const at = this.labTime(s.orderedAtMs)
      return s.node === node && at >= from && at <= to
    })
    return start && this.labTime(start.orderedAtMs)
  }

  /** What happened in a step, in order: the journal, and how much was written meanwhile. */
  done(step: StepReport): Done[] {
    const [from, to] = this.#span(step)
    const within = (at: number): boolean => at >= from - 1 && at <= to + 1
    const events = (this.stored?.evidence.events ?? []).map(e => ({
      at: e.wallMs - this.#startWallMs,
      kind: e.kind as string,
      text: cut(e.text),
    }))
    const windows = (this.stored?.evidence.windows ?? []).map(w => ({
      at: this.labTime(w.toMs),
      kind: 'load',
      text: `${w.acknowledged} writes acknowledged ${cut(w.what)} (${w.wanted} wanted)`,
    }))
    return [...events, ...windows].filter(d => within(d.at)).sort((a, b) => a.at - b.at)
  }

  #span(step: StepReport): [number, number] {
    if (step.atMs === undefined) return [0, -1]
    const from = this.labTime(step.atMs)
    return [from, from + step.tookMs]
  }
}

function readable(dir: string): StoredEvidence | undefined {
  if (!existsSync(join(dir, 'report.json'))) return undefined
  try {
    return readEvidence(dir)
  } catch {
    return undefined
  }
}
