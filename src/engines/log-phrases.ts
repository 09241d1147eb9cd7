import {METADATA_GROUP} from '../base/ids.ts'
import type {LogLine, LogTold} from '../contracts/node-state.ts'

const BEGAN = /Starting Raft WAL recovery from "/
const EMPTY = /No Raft WAL directory found - starting with empty state/
const ENTRIES = /Recovered (\d{1,15}) Raft entries \(index (\d{1,15})-(\d{1,15})\)/
const HARD_STATE = /Recovered HardState: term=(\d{1,15}), vote=(\d{1,15}), commit=(\d{1,15})/
const LEADER = /became leader at term (\d{1,15})/
const TIME = /^\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))/
const COLOURS = /\u001b\[[0-9;:]*m/g
/** None of the phrases stands further from the beginning of its line. */
const LINE_BYTES = 4_096

export interface Line extends LogLine {
  text: string
}

/** The lines of a log with the byte at which each begins, without colours; text that no phrase needs is cut off. */
export function* logLines(log: Uint8Array, from = 0): Generator<Line> {
  const bytes = Buffer.from(log.buffer, log.byteOffset, log.byteLength)
  for (let at = from; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at)
    const end = newline < 0 ? bytes.length : newline
    const text = bytes.toString('utf8', at, Math.min(end, at + LINE_BYTES)).replace(COLOURS, '')
    const wallMs = Date.parse(TIME.exec(text)?.[1] ?? '')
    yield {at, bytes: end - at, text, ...(Number.isNaN(wallMs) ? {} : {wallMs})}
    at = end + 1
  }
}

/** What the last recovery in a log said, and which leaderships followed, line by line. */
export class RecoveryReader {
  readonly #file: string
  #told: LogTold | undefined
  #ended: LogLine | undefined
  #recoveries = 0

  /** `file` is how the log is called wherever a place in it is named. */
  constructor(file: string) {
    this.#file = file
  }

  take({text, ...line}: Line): void {
    if (line.wallMs !== undefined) this.#ended = line
    if (BEGAN.test(text)) {
      this.#recoveries++
      this.#told = {
        file: this.#file,
        bytes: 0,
        began: line,
        recoveries: this.#recoveries,
        group: METADATA_GROUP,
        leaderships: [],
      }
    }
    const told = this.#told
    if (!told) return
    told.bytes = line.at + line.bytes + 1
    const hardState = HARD_STATE.exec(text)?.slice(1).map(Number)
    const entries = ENTRIES.exec(text)?.slice(1).map(Number)
    const leader = LEADER.exec(text)
    if (hardState) told.hardState = {...line, term: hardState[0], vote: hardState[1], commit: hardState[2]}
    else if (entries) told.entries = {...line, entries: entries[0], firstIndex: entries[1], lastIndex: entries[2]}
    else if (leader) told.leaderships.push({...line, term: Number(leader[1])})
    else if (EMPTY.test(text)) {
      told.hardState = {...line, term: 0, vote: 0, commit: 0}
      told.entries = {...line, entries: 0, firstIndex: 1, lastIndex: 0}
    }
  }

  /** Undefined when no recovery has begun. */
  told(): LogTold | undefined {
    return this.#told && {...this.#told, ...(this.#ended ? {ended: this.#ended} : {})}
  }
}

/** The same of a whole log. */
export function readRecovery(log: Uint8Array, file: string): LogTold | undefined {
  const reader = new RecoveryReader(file)
  for (const line of logLines(log)) reader.take(line)
  const told = reader.told()
  return told && {...told, bytes: log.byteLength}
}
