import type {Index, Term} from '../base/ids.ts'
import type {EntryFound, SoundBatch, StateFound} from './batches.ts'

interface Run {
  from: Index
  /** Undefined: entries that the log held and whose segments are not here. */
  term: Term | undefined
}

/** Told of what the fold does to single entries, by whoever needs more than their terms. */
export interface FoldListener {
  /** The entry is now the log's last. Entries at and above its index are gone. The object is used again: who keeps it copies it. */
  append(entry: EntryFound, file: string): void
  /** Entries at and below this index are gone; all of them when `all`. */
  drop(index: Index, all: boolean): void
}

/**
 * The fold in file order (DESIGN 4): an Entry at index i drops every index ≥ i and is appended, whatever its term; a marker drops what it
 * covers; the last HardState counts. Memory does not grow with the log: consecutive entries of a term are one run.
 */
export class Fold {
  #runs: Run[] = []
  first: Index = 1
  last: Index = 0
  marker = {index: 0, term: 0, installed: false}
  hardState: (StateFound & {file: string}) | undefined
  votes: Array<StateFound & {file: string}> = []
  records = 0
  readonly #listener: FoldListener | undefined
  #begun = false

  constructor(listener?: FoldListener) {
    this.#listener = listener
  }

  /** Folds a batch; gives a sentence when a log of these rules cannot hold it at this place. */
  batch(batch: SoundBatch, file: string): string | undefined {
    let why: string | undefined
    if (!this.#begun) this.#begin(batch)
    else if (!batch.seal && batch.mark.lastIndex !== this.last)
      why = `its mark says the log's last index is ${batch.mark.lastIndex}, it is ${this.last}`
    this.records += batch.records
    if (batch.at !== 0 && (batch.marker || batch.confState)) why ??= 'a ConfState or snapshot marker outside a head'
    if (batch.marker) this.#mark(batch.marker)
    for (const entry of batch.entries) why ??= this.entry(entry, file)
    for (const state of batch.states) this.state(state, file)
    return why
  }

  /** The first head says where the log begins and how far it went: what lies between and is not here is a hole. */
  #begin(head: SoundBatch): void {
    this.#begun = true
    const at = head.marker?.index ?? 0
    this.first = at + 1
    this.last = Math.max(at, head.mark.lastIndex)
    if (this.last >= this.first) this.#runs.push({from: this.first, term: undefined})
    if (head.marker) this.marker = head.marker
  }

  #mark(marker: {index: Index; term: Term; installed: boolean}): void {
    this.marker = marker
    this.#listener?.drop(marker.index, marker.installed)
    if (marker.installed || marker.index >= this.last) {
      if (!marker.installed && marker.index < this.first - 1) return
      this.#runs = []
      this.first = marker.index + 1
      this.last = marker.index
      return
    }
    if (marker.index < this.first) return
    this.first = marker.index + 1
    const inside = this.#runs.findLastIndex(r => r.from <= this.first)
    this.#runs.splice(0, Math.max(0, inside))
    if (this.#runs[0]) this.#runs[0].from = this.first
  }

  entry(entry: EntryFound, file: string): string | undefined {
    const {index, term} = entry
    if (index > this.last + 1) return `entry ${index} follows ${this.last}`
    if (index <= this.marker.index) return `entry ${index} is not above the snapshot marker ${this.marker.index}`
    while (this.#runs.length > 0 && this.#runs[this.#runs.length - 1].from >= index) this.#runs.pop()
    const run = this.#runs[this.#runs.length - 1]
    if (!run || run.term !== term) this.#runs.push({from: index, term})
    this.last = index
    this.#listener?.append(entry, file)
    return undefined
  }

  state(state: StateFound, file: string): void {
    const found = {...state, file}
    const before = this.hardState
    this.hardState = found
    if (!before || before.term !== state.term || before.vote !== state.vote) this.votes.push(found)
  }

  /** Unmarked files may begin anywhere and skip: what is skipped is a hole. */
  jumpTo(index: Index): void {
    if (index <= this.last + 1) return
    if (this.last < this.first && this.#runs.length === 0 && this.last === 0) this.first = index
    else this.#runs.push({from: this.last + 1, term: undefined})
    this.last = index - 1
  }

  /** What a log that has been read to its end may not look like. */
  end(): string | undefined {
    const hole = this.holes()[0]
    if (hole) return `entries ${hole.from} to ${hole.to} lay in a segment that is not here`
    let term = this.marker.term
    for (const run of this.#runs) {
      if ((run.term as Term) < term) return `the term falls from ${term} to ${run.term} at entry ${run.from}`
      term = run.term as Term
    }
    const {term: own, commit} = this.hardState ?? {term: 0, commit: 0}
    if (term > own) return `the log is at term ${term}, its HardState at term ${own}`
    if (commit > this.last) return `commit ${commit} lies above the last index ${this.last}`
    if (commit < this.marker.index) return `commit ${commit} lies below the snapshot marker ${this.marker.index}`
    return undefined
  }

  terms(): Array<{from: Index; term: Term}> {
    const terms: Array<{from: Index; term: Term}> = []
    for (const {from, term} of this.#runs) if (term !== undefined) terms.push({from, term})
    return terms
  }

  holes(): Array<{from: Index; to: Index}> {
    const holes: Array<{from: Index; to: Index}> = []
    for (const [i, {from, term}] of this.#runs.entries())
      if (term === undefined) holes.push({from, to: (this.#runs[i + 1]?.from ?? this.last + 1) - 1})
    return holes
  }

  entries(): number {
    let entries = this.last - this.first + 1
    for (const {from, to} of this.holes()) entries -= to - from + 1
    return entries
  }
}
