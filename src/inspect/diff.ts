import {equalBytes} from '../base/bytes.ts'
import type {Index, Term} from '../base/ids.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import type {EntryFound} from './batches.ts'
import {FileWindow, WINDOW_BYTES} from './file-window.ts'
import type {FoldListener} from './fold.ts'
import {type GroupPlace, readGroup} from './group.ts'
import {ENTRY_TYPES} from './kinds.ts'
import type {GroupReading} from './reading.ts'

/** An entry of a log, and where it lies. */
export interface EntryPlace {
  term: Term
  type: string
  file: string
  at: number
  dataBytes: number
}

/**
 * How two logs of one group relate.
 * `same`: every index that both hold is the same, and both end there · `behind`: one ends earlier · `tail`: they part, above what one of them knows
 * to be committed: what an interrupted leader leaves, and the next one overwrites · `DIVERGED`: they part at an index that both know to be
 * committed · `apart`: no index is in both.
 */
export type DiffWord = 'same' | 'behind' | 'tail' | 'DIVERGED' | 'apart'

export interface LogDiff {
  word: DiffWord
  /** Indexes that both hold and that are the same, both ends included. */
  same?: {from: Index; to: Index}
  /** The first index that is not the same in both. */
  at?: Index
  a?: EntryPlace
  b?: EntryPlace
  /** With the same term and type on both sides: the first byte of Entry.data that differs, as places in both files. */
  byteA?: number
  byteB?: number
}

/** The live entries of a log in plain number arrays: some 50 bytes an entry. */
class EntryTable implements FoldListener {
  first: Index = 0
  readonly #files: string[] = []
  readonly #terms: number[] = []
  readonly #types: number[] = []
  readonly #tags: number[] = []
  readonly #file: number[] = []
  readonly #at: number[] = []
  readonly #dataAt: number[] = []
  readonly #dataBytes: number[] = []

  get last(): Index {
    return this.first + this.#terms.length - 1
  }

  append(entry: EntryFound, file: string): void {
    if (this.#terms.length === 0) this.first = entry.index
    this.#keep(Math.max(0, entry.index - this.first))
    if (this.#files[this.#files.length - 1] !== file) this.#files.push(file)
    this.#terms.push(entry.term)
    this.#types.push(entry.type)
    this.#tags.push(entry.tag)
    this.#file.push(this.#files.length - 1)
    this.#at.push(entry.at)
    this.#dataAt.push(entry.dataAt)
    this.#dataBytes.push(entry.dataBytes)
  }

  drop(index: Index, all: boolean): void {
    if (all) this.#keep(0)
    // What lies below a marker stays: it is compared no less for being compacted later.
    else if (index > this.last) this.#keep(0)
  }

  #keep(n: number): void {
    for (const list of [this.#terms, this.#types, this.#tags, this.#file, this.#at, this.#dataAt, this.#dataBytes])
      if (list.length > n) list.length = n
  }

  get(index: Index) {
    const i = index - this.first
    if (i < 0 || i >= this.#terms.length) return undefined
    return {
      term: this.#terms[i],
      type: this.#types[i],
      tag: this.#tags[i],
      file: this.#files[this.#file[i]],
      at: this.#at[i],
      dataAt: this.#dataAt[i],
      dataBytes: this.#dataBytes[i],
    }
  }
}

/** One side of a comparison: read once, compared with any number of others. */
export class ComparedLog {
  readonly reading: GroupReading
  readonly #files: ReadOnlyFiles
  readonly #table = new EntryTable()
  readonly #windows = new Map<string, FileWindow>()

  constructor(files: ReadOnlyFiles, place: GroupPlace) {
    this.#files = files
    this.reading = readGroup(files, place, path => path, this.#table).reading
  }

  get first(): Index {
    return this.#table.first
  }

  get last(): Index {
    return Math.max(this.#table.last, this.reading.lastIndex)
  }

  get commit(): Index {
    return this.reading.hardState?.commit ?? 0
  }

  entry(index: Index) {
    return this.#table.get(index)
  }

  bytes(file: string, at: number, bytes: number): Uint8Array {
    let window = this.#windows.get(file)
    if (!window) {
      window = new FileWindow(this.#files, file, this.#files.stat(file)?.size ?? 0)
      this.#windows.set(file, window)
    }
    return window.view(at, bytes)
  }
}

type Found = NonNullable<ReturnType<EntryTable['get']>>

export function diffLogs(a: ComparedLog, b: ComparedLog): LogDiff {
  const from = Math.max(a.first, b.first)
  const to = Math.min(a.last, b.last)
  if (from > to || !a.entry(from) || !b.entry(from)) {
    const empty = a.last === b.last && a.entry(a.last) === undefined && b.entry(b.last) === undefined
    return {word: empty ? 'same' : a.last < b.first - 1 || b.last < a.first - 1 ? 'apart' : 'behind'}
  }
  for (let index = from; index <= to; index++) {
    const [x, y] = [a.entry(index), b.entry(index)]
    if (!x || !y) break
    const differs = x.term !== y.term || x.type !== y.type || x.tag !== y.tag
    const byte = differs ? undefined : firstByte(a, x, b, y)
    if (!differs && byte === undefined) continue
    const same = index > from ? {same: {from, to: index - 1}} : {}
    const word: DiffWord = index <= Math.min(a.commit, b.commit) ? 'DIVERGED' : 'tail'
    // Two entries of one index and one term are the same entry (Raft paper, figure 3, log matching): no tail explains another one.
    const sure = x.term === y.term ? 'DIVERGED' : word
    const bytes = byte === undefined ? {} : {byteA: x.dataAt + byte, byteB: y.dataAt + byte}
    return {word: sure, ...same, at: index, a: placed(x), b: placed(y), ...bytes}
  }
  return {word: a.last === b.last ? 'same' : 'behind', same: {from, to}}
}

function placed({at, dataBytes, file, term, type}: Found): EntryPlace {
  return {term, type: ENTRY_TYPES[type] ?? `type ${type}`, file, at, dataBytes}
}

function firstByte(a: ComparedLog, x: Found, b: ComparedLog, y: Found): number | undefined {
  const shared = Math.min(x.dataBytes, y.dataBytes)
  for (let done = 0; done < shared; done += WINDOW_BYTES) {
    const n = Math.min(WINDOW_BYTES, shared - done)
    const p = a.bytes(x.file, x.dataAt + done, n)
    const q = b.bytes(y.file, y.dataAt + done, n)
    if (equalBytes(p, q)) continue
    let i = 0
    while (i < p.length && p[i] === q[i]) i++
    return done + i
  }
  return x.dataBytes === y.dataBytes ? undefined : shared
}
