import type {ReadOnlyFiles} from '../io/ports.ts'
import {FileWindow} from './file-window.ts'
import {Fold, type FoldListener} from './fold.ts'
import {alsoReadsAs, decide} from './kinds.ts'
import type {GroupReading, GuessedReading, HardStateFound} from './reading.ts'
import {resync, type SeenRecord, scanAt} from './scan.ts'
import type {SegmentFile} from './segments.ts'
import {takeFold} from './take-fold.ts'

/** Log files of other writers: records without kinds, without batches. Only the last record may be torn. */
export function readForeign(
  files: ReadOnlyFiles,
  segments: readonly SegmentFile[],
  reading: GroupReading,
  name: (path: string) => string,
  listener?: FoldListener,
): void {
  const fold = new Fold(listener)
  const guessed: GuessedReading = {entries: 0, phantomCount: 0, phantoms: []}
  for (const [i, segment] of segments.entries()) {
    const window = new FileWindow(files, segment.path, segment.bytes)
    const file = name(segment.path)
    for (let at = 0; at < window.size; ) {
      const scanned = scanAt(window, at)
      if (scanned.found === 'record') {
        takeRecord(window, scanned.record, fold, segment.path, reading, file, guessed)
        at += scanned.record.bytes
        continue
      }
      const next = resync(window, at)
      const place = {file, at, bytes: next - at, why: scanned.why}
      if (next === window.size && i === segments.length - 1) reading.torn.push(place)
      else reading.damage.push(place)
      at = next
    }
  }
  takeFold(reading, fold, name)
  if (reading.entries > 0 || reading.hardState) reading.guessed = guessed
}

/** No report shows more of them one by one. */
const PHANTOMS_KEPT = 1_000

function takeRecord(
  window: FileWindow,
  record: SeenRecord,
  fold: Fold,
  path: string,
  reading: GroupReading,
  file: string,
  guessed: GuessedReading,
): void {
  const {at, bytes} = record
  const said = decide(window, record)
  fold.records++
  if (said.kind === 'HardState') {
    const {term, vote, commit} = said
    fold.state({...said, at, bytes}, path)
    guess(guessed, {term, vote, commit, file, at, bytes})
  } else if (said.kind === 'Entry') {
    guessed.entries++
    const {type, dataAt, dataBytes, context} = said.entry
    const tag = context.length > 0 ? context[0] : -1
    fold.jumpTo(said.index)
    fold.entry({index: said.index, term: said.term, type, at, bytes, dataAt, dataBytes, tag, crc32: record.crc32}, path)
  } else if (record.version === 2 && said.kind === 'Opaque') reading.undecodable.push({file, at, bytes, why: said.why})
}

function guess(guessed: GuessedReading, state: HardStateFound): void {
  const reads = alsoReadsAs({...state, commit: state.commit ?? 0})
  if (reads === undefined) {
    guessed.hardState = state
    return
  }
  guessed.entries++
  guessed.phantomCount++
  if (guessed.phantoms.length < PHANTOMS_KEPT) guessed.phantoms.push({...state, reads})
}
