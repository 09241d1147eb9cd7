import type {FileWindow} from './file-window.ts'
import {decide, type Said} from './kinds.ts'
import {resync, type SeenRecord, scanAt} from './scan.ts'
import {describe} from './words.ts'

/** One thing in a file, in the order of its bytes. */
export type Seen =
  | {seen: 'record'; at: number; bytes: number; record: SeenRecord; said: Said; words: string}
  /** Bytes that are no sound record, up to the next one that is; `end`: up to the end of the file. */
  | {seen: 'unsound'; at: number; bytes: number; why: string; end: boolean; crc32?: number; flag?: number}

/** Walks one file from `from` on, whatever it holds. Nothing is kept; memory does not grow with the file. */
export function* walk(window: FileWindow, from = 0): Generator<Seen> {
  for (let at = from; at < window.size; ) {
    const scanned = scanAt(window, at)
    if (scanned.found === 'record') {
      const {record} = scanned
      const said = decide(window, record)
      yield {seen: 'record', at, bytes: record.bytes, record, said, words: describe(window, record, said)}
      at += record.bytes
      continue
    }
    const next = followedBySound(window, at, scanned) ?? resync(window, at)
    const known = scanned.found === 'unsound' ? {crc32: scanned.crc32, flag: scanned.flag} : {}
    yield {seen: 'unsound', at, bytes: next - at, why: scanned.why, end: next >= window.size, ...known}
    at = next
  }
}

/** A record with a wrong CRC whose length leads to a sound one: the next record is that one, not something inside. */
function followedBySound(window: FileWindow, at: number, scanned: ReturnType<typeof scanAt>): number | undefined {
  if (scanned.found !== 'unsound' || scanned.bytes === undefined) return undefined
  const next = at + scanned.bytes
  if (next === window.size) return next
  return next < window.size && scanAt(window, next).found === 'record' ? next : undefined
}
