import {UsageError} from '../../base/errors.ts'
import type {Seen} from '../../inspect/walk.ts'
import {nearest} from '../help/nearest.ts'
import {indexOf, KIND_NAMES, type KindName, kindOf} from '../render/wal-row.ts'

/** Which records are shown. */
export interface Selection {
  kinds: ReadonlySet<KindName>
  /** Both ends included. */
  index?: {from: number; to: number}
}

const WORDS: Record<string, KindName> = {
  ...Object.fromEntries(KIND_NAMES.map(name => [name.toLowerCase(), name])),
  snapshot: 'SnapshotMarker',
  mark: 'BatchMark',
}

/** `entry,hardstate`, or `all`. Without it: all but marks (`marks`: those too, for programs). */
export function kindsOf(list: string | undefined, marks: boolean): ReadonlySet<KindName> {
  if (list === undefined) return new Set(KIND_NAMES.filter(k => marks || k !== 'BatchMark'))
  const kinds = new Set<KindName>()
  for (const word of list.split(',').map(w => w.trim().toLowerCase())) {
    if (word === 'all') return new Set(KIND_NAMES)
    const kind = WORDS[word]
    if (!kind) {
      const like = nearest(word, [...Object.keys(WORDS), 'all'])
      throw new UsageError(
        like
          ? `No kind "${word}". Did you mean: --kind ${like}`
          : `No kind "${word}"; there are ${KIND_NAMES.join(', ')} and all.`,
      )
    }
    kinds.add(kind)
  }
  return kinds
}

/** `A..B`, both included; either may be left out; a single number is that one. */
export function rangeOf(text: string, flag: string): {from: number; to: number} {
  const match = /^(?:(\d{0,16})\.\.(\d{0,16})|(\d{1,16}))$/.exec(text)
  const number = (digits: string | undefined, otherwise: number): number => (digits ? Number(digits) : otherwise)
  const from = number(match?.[3] ?? match?.[1], 0)
  const to = number(match?.[3] ?? match?.[2], Number.MAX_SAFE_INTEGER)
  if (!match || !Number.isSafeInteger(from) || !Number.isSafeInteger(to))
    throw new UsageError(`${flag}: "${text}" is not a range; write 10..20, 10.. or ..20`)
  if (from > to) throw new UsageError(`${flag}: "${text}" ends before it begins`)
  return {from, to}
}

export function isWanted(seen: Seen, {kinds, index}: Selection): boolean {
  // Bytes that are no sound record are shown whatever was asked for: they are what one looks for.
  if (seen.seen === 'unsound') return true
  if (!kinds.has(kindOf(seen))) return false
  if (!index) return true
  const own = indexOf(seen)
  return own !== undefined && own >= index.from && own <= index.to
}
