import type {EngineName, EngineOptions} from '../contracts/engine.ts'
import type {HardStateFound} from '../judge/evidence.ts'
import type {Result, Verdict} from '../judge/verdict.ts'
import type {ClusterPlace} from '../supervisor/registry.ts'

/** What the suite host is asked to run: one JSON line on its standard input. The line `interrupt` asks it to end early; the end of its input too. */
export interface HostRequest {
  /** Path of the lab's module: built-in (.mjs) or a user's (.ts, .js, .mjs). */
  module: string
  /** The run folder: history.jsonl and nodes/ are written by the host. */
  runDir: string
  seed: string
  /** Undefined: a scratch cluster. */
  cluster?: ClusterPlace
  nodes?: number
  engine?: EngineName
  engineOptions?: EngineOptions
  plant?: string
  /** Every kill is a power loss too; a scratch cluster gets lossy disks. */
  powerLoss?: boolean
  rate?: number
  /** Only these steps, by title; the others are passed over. */
  only?: string[]
  /** Engine and topic defaults of a scratch cluster; they win over the lab's. */
  settings?: Record<string, number | string>
  failFast: boolean
  /** Keep data and logs of the nodes even when all passed. */
  keepAlways: boolean
  who: {name: string; pid: number}
}

/** One check as it was judged, with its place in the run: `3.2`. */
export interface NumberedVerdict extends Verdict {
  number: string
}

export interface StepReport {
  number: number
  title: string
  result: Result
  /** When it began: milliseconds of the lab's clock, as in history.jsonl. */
  atMs?: number
  tookMs: number
  /** Words behind the line: `election 158 ms, writes stood 190 ms`. */
  note: string
  checks: NumberedVerdict[]
}

/** Before (disk) and after (node) of one node's HardState in the metadata group. */
export interface BeforeAfter {
  node: number
  before?: Pick<HardStateFound, 'term' | 'vote' | 'commit' | 'file' | 'at' | 'bytes'>
  after?: {term: number; vote?: number; commit?: number}
}

export interface LoadReport {
  topic: string
  /** Writes a second that were asked for. */
  rate: number
  /** Writes a second that were sent, from the first to the last of them. */
  sentPerSecond?: number
  sent: number
  acknowledged: number
  failed: number
  undecided: number
  readBack: number
}

export interface ClusterReport {
  scratch: boolean
  name: string
  nodes: number
  engine: string
  /** No cluster at all: directories of a run made elsewhere were judged. */
  directories?: {before: string; after: string}
}

/** What the suite host says, one JSON line each, on file descriptor 3. */
export type HostLine =
  | {say: 'lab'; name: string; phase?: number; proves: string; steps?: number; withinMs?: number}
  | {say: 'cluster'; cluster: ClusterReport}
  | {say: 'step'; number: number; title: string}
  | {say: 'progress'; text: string}
  | {say: 'verdict'; step: number; verdict: NumberedVerdict}
  | {say: 'stepDone'; step: StepReport}
  | {
      say: 'end'
      times: Record<string, number>
      load?: LoadReport
      table: BeforeAfter[]
      interrupted: boolean
      /** Processes of the scratch cluster that were ended. */
      stopped: number
      /** Why the run ended before the lab did. */
      error?: {code: string; message: string; exitCode: number; next?: string}
    }
