import type {Index, Term} from '../base/ids.ts'
import type {HardState} from '../formats/eraftpb.ts'
import type {EntryTable} from '../formats/sidecar.ts'
import type {Batch} from './batch.ts'
import {EntryIndex} from './entry-index.ts'
import type {WalParts} from './parts.ts'
import type {Damage} from './types.ts'

export interface Marker {
  index: Index
  term: Term
  installed: boolean
}

/**
 * The log as the sound batches give it, in file order: an Entry at index i drops every index ≥ i and is appended, whatever its term (Raft
 * paper, figure 8); a marker drops what it covers; the last HardState counts.
 */
export class Fold {
  index = new EntryIndex(1)
  hardState: HardState = {term: 0, vote: 0, commit: 0}
  marker: Marker = {index: 0, term: 0, installed: false}
  records = 0
  /** The first batch that breaks the fold. */
  broken: Damage | undefined
  readonly #refusesBroken: boolean
  readonly #parts: Pick<WalParts, 'place' | 'reading'>
  #begun = false
  #last = {file: '', at: 0}

  constructor(parts: Pick<WalParts, 'place' | 'reading'>) {
    this.#parts = parts
    this.#refusesBroken = parts.reading.refusesBrokenFold()
  }

  take(batch: Batch, file: string, segment: number): void {
    const breaks = (why: string): void => {
      if (this.#refusesBroken) this.broken ??= {file, at: batch.at, why}
    }
    if (!this.#begun) this.#begin(batch)
    else if (!batch.seal && batch.mark.lastIndex !== this.index.last)
      breaks(`its mark names ${batch.mark.lastIndex} as the last index, it is ${this.index.last}`)
    if (batch.at !== 0 && (batch.confState || batch.marker)) breaks('a ConfState or snapshot marker outside a head')
    if (batch.marker) this.#mark(batch.marker)
    for (const {at, bytes, index, term} of batch.entries) {
      if (index > this.index.last + 1 || index <= this.marker.index) {
        breaks(`entry ${index} does not follow ${this.index.last}`)
        continue
      }
      this.#parts.place(this.index, {index, term, segment, place: at, bytes})
    }
    if (batch.hardState) this.hardState = batch.hardState
    this.records += batch.records
    this.#last = {file, at: batch.at}
  }

  /** A sealed segment for which its sidecar stands: its head, what it leaves in the log, its seal. */
  takeStanding(
    head: Batch,
    {ats, first, lengths, terms}: EntryTable,
    seal: Batch,
    records: number,
    file: string,
    segment: number,
  ) {
    this.take(head, file, segment)
    for (let i = 0; i < terms.length; i++)
      this.#parts.place(this.index, {index: first + i, term: terms[i], segment, place: ats[i], bytes: lengths[i]})
    this.take(seal, file, segment)
    this.records += records - head.records - seal.records
  }

  /** The first head: where the log begins, and how far it went. What lies between is a hole until it is dropped or written again. */
  #begin(head: Batch): void {
    this.#begun = true
    if (head.marker) this.marker = head.marker
    this.index = new EntryIndex(this.marker.index + 1)
    this.index.layHoles(head.mark.lastIndex)
  }

  #mark(marker: Marker): void {
    if (marker.installed || marker.index > this.index.last) this.index.restart(marker.index)
    else if (marker.index >= this.index.first) this.index.dropTo(marker.index)
    this.marker = marker
  }

  /** At the end of the log: the batch that breaks it, or what such a log cannot be. */
  end(): Damage | undefined {
    const why = this.#refusesBroken && !this.broken ? this.#atEnd() : undefined
    return why === undefined ? this.broken : {...this.#last, why}
  }

  #atEnd(): string | undefined {
    const {hardState, index, marker} = this
    if (index.holes > 0) return `entry ${index.first} lay in a segment that is lost`
    let term = marker.term
    for (let i = index.first; i <= index.last; i++) {
      const own = index.term(i) as Term
      if (own < term) return `the term falls from ${term} to ${own} at entry ${i}`
      term = own
    }
    if (term > hardState.term) return `entries of term ${term}, and the HardState is of term ${hardState.term}`
    if (hardState.commit > index.last) return `commit ${hardState.commit} above the last index ${index.last}`
    if (hardState.commit < marker.index) return `commit ${hardState.commit} below the snapshot marker ${marker.index}`
    return undefined
  }
}
