import type {Fold} from './fold.ts'
import {alsoReadsAs} from './kinds.ts'
import type {GroupReading} from './reading.ts'

/** Puts what a fold has gathered into a reading. */
export function takeFold(reading: GroupReading, fold: Fold, name: (path: string) => string): void {
  reading.records = fold.records
  reading.votes = fold.votes.map(v => ({...v, file: name(v.file)}))
  reading.snapshot = {index: fold.marker.index, term: fold.marker.term}
  reading.firstIndex = fold.first
  reading.lastIndex = fold.last
  reading.entries = fold.entries()
  reading.terms = fold.terms()
  reading.holes = fold.holes()
  if (!fold.hardState) return
  reading.hardState = {...fold.hardState, file: name(fold.hardState.file)}
  reading.alsoReadsAs = alsoReadsAs(fold.hardState)
}
