import {closeSync, openSync, readSync} from 'node:fs'
import {StringDecoder} from 'node:string_decoder'
import type {Offset} from '../../base/ids.ts'
import type {Operation} from '../../judge/evidence.ts'

const CHUNK_BYTES = 1 << 20
/** No line of ours is longer: a fetch brings a few megabytes. */
const LINE_CHARS_MAX = 64 << 20

/** Lines of `history.jsonl` that cannot be what the load wrote: named, never guessed at. */
export class HistoryDamaged extends Error {}

interface Line {
  op: number
  at: number
  ok?: {offset?: Offset; highWatermark?: Offset; records?: Array<[Offset, string]>}
  fail?: string
  info?: string
  process?: string
}

/** Reads a history back, one line after another, in memory that is little more than the operations themselves. */
export function readHistoryFile(path: string): Operation[] {
  const operations: Operation[] = []
  // The same few names and, once sent and several times read, the same values: one string each.
  const strings = new Map<string, string>()
  const one = (text: string): string => {
    const known = strings.get(text)
    if (known !== undefined) return known
    strings.set(text, text)
    return text
  }
  let number = 0
  for (const line of linesOf(path)) {
    number++
    if (line === '') continue
    take(operations, parsed(line, path, number), one, `${path}:${number}`)
  }
  return operations
}

function take(operations: Operation[], line: Line, one: (text: string) => string, where: string): void {
  if (line.process !== undefined) {
    if (line.op !== operations.length + 1)
      throw new HistoryDamaged(`${where}: operation ${line.op} where ${operations.length + 1} should begin`)
    const {op, at, ...rest} = line as Line & Omit<Operation, 'number'>
    const o: Operation = {number: op, ...rest, invokedAtMs: at, result: 'open'}
    o.process = one(o.process)
    o.topic = one(o.topic)
    if (o.value !== undefined) o.value = one(o.value)
    operations.push(o)
    return
  }
  const o = operations[line.op - 1]
  if (o?.result !== 'open') throw new HistoryDamaged(`${where}: operation ${line.op} ends and is not open`)
  o.endedAtMs = line.at
  if (line.ok) {
    o.result = 'ok'
    if (line.ok.offset !== undefined) o.offset = line.ok.offset
    if (line.ok.highWatermark !== undefined) o.highWatermark = line.ok.highWatermark
    if (line.ok.records) o.records = line.ok.records.map(([offset, value]) => ({offset, value: one(value)}))
  } else {
    o.result = line.fail === undefined ? 'info' : 'fail'
    o.error = one(line.fail ?? line.info ?? '')
  }
}

function parsed(line: string, path: string, number: number): Line {
  try {
    const value = JSON.parse(line) as Line
    if (Number.isSafeInteger(value.op) && typeof value.at === 'number') return value
  } catch {
    // Said below.
  }
  throw new HistoryDamaged(`${path}:${number}: no line of a history: ${line.slice(0, 80)}`)
}

/** A last line without its end was being written when its writer died: it does not count. */
function* linesOf(path: string): Generator<string> {
  const fd = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const text = new StringDecoder('utf8')
    let rest = ''
    for (;;) {
      const bytes = readSync(fd, chunk)
      if (bytes === 0) return
      const lines = (rest + text.write(chunk.subarray(0, bytes))).split('\n')
      rest = lines.pop() as string
      if (rest.length > LINE_CHARS_MAX) throw new HistoryDamaged(`${path}: a line without an end`)
      yield* lines
    }
  } finally {
    closeSync(fd)
  }
}
