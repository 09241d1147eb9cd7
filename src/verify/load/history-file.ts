import {closeSync, openSync, writeSync} from 'node:fs'
import type {Offset} from '../../base/ids.ts'
import type {Operation} from '../../judge/evidence.ts'

type Invocation = Pick<
  Operation,
  'process' | 'do' | 'topic' | 'partition' | 'value' | 'acks' | 'idempotent' | 'from' | 'final' | 'group' | 'offset'
>

/**
 * `history.jsonl`: two lines an operation, the first before it is sent, so that what a crash of the client leaves behind
 * counts as "may have happened". Times are milliseconds of the lab's monotonic clock.
 */
export class HistoryFile {
  readonly operations: Operation[] = []
  readonly #fd: number
  readonly #now: () => number
  #open = true

  constructor(path: string, now: () => number) {
    this.#fd = openSync(path, 'ax', 0o600)
    this.#now = now
  }

  invoke(what: Invocation): Operation {
    const operation: Operation = {number: this.operations.length + 1, ...what, invokedAtMs: this.#now(), result: 'open'}
    this.operations.push(operation)
    const {result: _, invokedAtMs, number, ...rest} = operation
    this.#line({op: number, at: rounded(invokedAtMs), ...rest})
    return operation
  }

  acknowledged(o: Operation, offset: Offset | undefined): void {
    this.#end(o, 'ok', {ok: {offset}})
    o.offset = offset
  }

  /** Of a commit: what it wrote was said when it began. */
  done(o: Operation): void {
    this.#end(o, 'ok', {ok: {}})
  }

  read(o: Operation, records: Array<{offset: Offset; value: string}>, highWatermark: Offset | undefined): void {
    this.#end(o, 'ok', {ok: {highWatermark, records: records.map(r => [r.offset, r.value])}})
    o.records = records
    o.highWatermark = highWatermark
  }

  ended(o: Operation, result: 'fail' | 'info', error: string): void {
    this.#end(o, result, {[result]: error})
    o.error = error
  }

  close(): void {
    if (this.#open) closeSync(this.#fd)
    this.#open = false
  }

  #end(o: Operation, result: Operation['result'], line: Record<string, unknown>): void {
    o.endedAtMs = this.#now()
    o.result = result
    this.#line({op: o.number, at: rounded(o.endedAtMs), ...line})
  }

  #line(value: unknown): void {
    if (this.#open) writeSync(this.#fd, `${JSON.stringify(value)}\n`)
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
