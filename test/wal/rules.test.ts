import {describe, expect, it} from 'vitest'
import {byInspect} from '../../scripts/conformance/by-inspect.ts'
import {byRecovery, logOptions} from '../../scripts/conformance/by-recovery.ts'
import {differences} from '../../scripts/conformance/compare.ts'
import type {Outcome} from '../../scripts/conformance/image.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {decide, type Facts, RULES} from '../../src/wal/rules.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {DIR, LOG_ID, listing, SegmentImage, segmentPath, snapshotBytes, snapshotPath, viewOf} from './group-images.ts'

const VALUES: {[K in keyof Facts]: ReadonlyArray<Facts[K]>} = {
  listed: [false, true],
  files: ['none', 'segment 0', 'others'],
  beyondHead: [false, true],
  earlier: ['sound', 'unsound', 'no head', 'no seal', 'behind seal', 'seal elsewhere'],
  gap: [false, true],
  previous: ['none', 'no head', 'head'],
  previousSeal: ['none', 'last batch', 'batch behind'],
  previousUnsound: ['no', 'yes', 'mark behind'],
  previousEndsAsNamed: [false, true],
  last: ['none', 'no head', 'head', 'used'],
  lastSeal: ['none', 'last batch', 'batch behind'],
  lastUnsound: ['no', 'yes', 'mark behind'],
  fold: ['sound', 'broken'],
  snapshot: ['none', 'sound', 'bad'],
}

/** Every combination of facts that a directory can show. */
function* combinations(): Generator<Facts> {
  const keys = Object.keys(VALUES) as Array<keyof Facts>
  const facts = {} as Record<keyof Facts, unknown>
  function* from(i: number): Generator<Facts> {
    if (i === keys.length) {
      const f = facts as unknown as Facts
      const unlisted = !f.listed
      // What is not listed is not looked into; what has no predecessor has no seal before it.
      if (unlisted && (f.earlier !== 'sound' || f.gap || f.previous !== 'none' || f.last !== 'none')) return
      if (unlisted && (f.lastSeal !== 'none' || f.lastUnsound !== 'no' || f.fold !== 'sound')) return
      if (f.listed && f.beyondHead) return
      if (f.previous === 'none' && (f.previousSeal !== 'none' || f.previousUnsound !== 'no' || f.earlier !== 'sound'))
        return
      if (f.last === 'none' && f.lastSeal !== 'none') return
      if (f.files === 'none' && (f.previous !== 'none' || f.last !== 'none' || f.gap)) return
      yield f
      return
    }
    for (const value of VALUES[keys[i]]) {
      facts[keys[i]] = value
      yield* from(i + 1)
    }
  }
  yield* from(0)
}

/** The rules again, in other words: what a legal crash can leave. */
function legal(f: Facts): string {
  if (!f.listed) return f.files === 'others' || f.beyondHead ? 'refuse' : 'birth'
  if (f.files === 'none' || f.earlier !== 'sound' || f.gap || f.fold === 'broken' || f.snapshot === 'bad')
    return 'refuse'
  if (f.lastUnsound === 'mark behind' || f.lastSeal !== 'none' || f.last === 'no head') return 'refuse'
  const cutLast = f.lastUnsound === 'yes' ? ' cut last' : ''
  if (f.last === 'none')
    return f.previous === 'head' && f.previousSeal === 'none' && f.previousUnsound === 'no'
      ? `open${cutLast} write head seal`
      : 'refuse'
  if (f.previous === 'none') return `open${cutLast}`
  if (f.previous !== 'head' || !f.previousEndsAsNamed) return 'refuse'
  if (f.previousSeal === 'last batch') return f.previousUnsound === 'no' ? `open${cutLast}` : 'refuse'
  if (f.previousSeal === 'batch behind' || f.last === 'used' || f.previousUnsound === 'mark behind') return 'refuse'
  return `open${cutLast}${f.previousUnsound === 'yes' ? ' cut previous' : ''} write seal`
}

function said(f: Facts): string {
  const {does} = decide(f)
  if (does.do !== 'open') return does.do
  const cut = does.cut.filter(which => (which === 'last' ? f.lastUnsound : f.previousUnsound) === 'yes')
  return ['open', ...cut.map(which => `cut ${which}`), ...(does.write.length > 0 ? ['write', ...does.write] : [])].join(
    ' ',
  )
}

describe('the rules of recovery', () => {
  it('every combination of facts is decided as the disk format says, and every rule decides one', () => {
    const used = new Set<string>()
    let n = 0
    for (const facts of combinations()) {
      n++
      used.add(decide(facts).name)
      if (said(facts) !== legal(facts)) expect({facts, said: said(facts)}).toEqual({facts, said: legal(facts)})
    }
    expect(n).toBeGreaterThan(10_000)
    expect(RULES.map(r => r.name).filter(name => !used.has(name))).toEqual([])
  })
})

type Make = (before: SegmentImage) => SegmentImage
const torn = (whole: SegmentImage, from: number): Uint8Array => whole.bytes().slice(from, from + 700)
/** A batch that would be sound where it stands, one bit of it flipped. */
function flipped(image: SegmentImage): SegmentImage {
  const from = image.size
  const bytes = image.entries(1, 2).bytes()
  bytes[from + 300] ^= 1
  return new SegmentImage(image.lastIndex - 1).raw(bytes)
}

/** Segments that are followed by others; each says what length the next head is to name. */
const FULL: Record<string, {make: Make; named?: number}> = {
  sealed: {make: s => s.entries(2, 1).seal()},
  'unsealed, sound': {make: s => s.entries(2, 1)},
  'torn seal': {make: s => s.entries(2, 1).raw(new Uint8Array(40).fill(7))},
  'seal of zeros': {make: s => s.entries(2, 1).raw(new Uint8Array(512))},
  'seal elsewhere': {make: s => s.entries(2, 1).seal(), named: 512},
  'shorter than named': {make: s => s.entries(2, 1), named: 4096},
  'noise behind the seal': {make: s => s.entries(2, 1).seal().raw(new Uint8Array(512).fill(9))},
  'batch behind the seal': {make: s => s.entries(2, 1).seal().entries(1, 1)},
  'damage, then a mark': {make: s => flipped(s.entries(2, 1)).entries(1, 2)},
  'no head': {make: s => new SegmentImage(s.lastIndex).entries(2, 1).seal()},
  'damaged head': {make: s => flipped(new SegmentImage(s.lastIndex)).seal()},
}

const LAST: Record<string, (lastIndex: number, predecessorBytes: number) => SegmentImage> = {
  empty: () => new SegmentImage(),
  zeros: () => new SegmentImage().raw(new Uint8Array(1024)),
  'torn head': (i, p) =>
    new SegmentImage(i).raw(torn(new SegmentImage(i).head({predecessorBytes: p}), 0).slice(0, 300)),
  'head only': (i, p) => new SegmentImage(i).head({predecessorBytes: p}),
  'head and batches': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).entries(2, 1).entries(1, 2),
  'head and a torn batch': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p}).raw(new SegmentImage().entries(1, 1).bytes().slice(0, 200)),
  'batches and a torn one': (i, p) => flipped(new SegmentImage(i).head({predecessorBytes: p}).entries(2, 1)),
  'batches and noise': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p}).entries(2, 1).raw(new Uint8Array(3000).fill(0xca)),
  'damage, then a mark': (i, p) => flipped(new SegmentImage(i).head({predecessorBytes: p})).entries(1, 2),
  'damaged head, then a mark': (i, p) => {
    const image = new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1)
    const bytes = image.bytes()
    bytes[200] ^= 1
    return new SegmentImage(image.lastIndex).raw(bytes)
  },
  sealed: (i, p) => new SegmentImage(i).head({predecessorBytes: p}).entries(2, 1).seal(),
  'batch behind a seal': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).seal().entries(2, 1),
  'first batch no head': i => new SegmentImage(i).entries(2, 1),
  'of another log': (i, p) => new SegmentImage(i).head({predecessorBytes: p, logId: new Uint8Array(8)}),
  'a batch of another log': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1, {logId: new Uint8Array(8)}),
  'a batch of another group': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1, {topic: 'orders'}),
  'a batch of another byte': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1, {at: 0}),
  'batches of other bytes': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1, {at: 0}).entries(1, 1, {at: 512}),
  'a torn batch, and one of another byte behind where it was to end': (i, p) => {
    const image = new SegmentImage(i).head({predecessorBytes: p})
    const torn = flipped(image)
    return torn.entries(1, 2, {at: 0})
  },
  'a second head': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).head({predecessorBytes: p}),
  'an entry too far': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1, {lastIndex: i + 1}),
  'a commit too high': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).entries(1, 1, {commit: i + 9}),
  'a term that falls': (i, p) => new SegmentImage(i).head({predecessorBytes: p}).entries(2, 5).entries(1, 4),
  'lower term overwrites': (i, p) => {
    const image = new SegmentImage(i).head({predecessorBytes: p}).entries(2, 3)
    const before = image.lastIndex
    image.lastIndex = before - 1
    return image.entries(1, 3, {lastIndex: before})
  },
  'new marker': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p, marker: {index: Math.max(1, i - 1), term: 1}, lastIndex: i}),
  'installed marker': (i, p) =>
    new SegmentImage(i).head({predecessorBytes: p, marker: {index: i + 5, term: 1, installed: true}, lastIndex: i}),
}

const SNAPSHOTS = ['none', 'sound', 'flipped', 'of another index'] as const

/** The directory of a group: earlier segments, the last but one, the last. */
function* directories(): Generator<{name: string; disk: MemoryDisk; listed: boolean}> {
  for (const listed of [true, false])
    for (const earlier of ['-', ...Object.keys(FULL)])
      for (const previous of ['-', ...Object.keys(FULL)]) {
        if (earlier !== '-' && previous === '-') continue
        for (const gap of previous === '-' ? [0] : earlier === '-' ? [0, 1] : [0, 1, 2])
          for (const last of Object.keys(LAST))
            for (const snapshot of last.endsWith('marker') ? SNAPSHOTS : (['none'] as const)) {
              // What is refused by its first segments whatever follows is tried with a few last ones.
              const few = (!listed && previous !== '-') || (earlier !== '-' && earlier !== 'sealed') || gap > 0
              if (few && !['head only', 'empty', 'head and a torn batch', 'sealed'].includes(last)) continue
              yield {
                name: `${listed ? '' : 'unlisted '}${earlier} | ${previous} | ${last}, gap ${gap}, snapshot ${snapshot}`,
                disk: directory(earlier, previous, last, gap, snapshot),
                listed,
              }
            }
      }
}

function directory(
  earlier: string,
  previous: string,
  last: string,
  gap: number,
  snapshot: (typeof SNAPSHOTS)[number],
): MemoryDisk {
  const disk = new MemoryDisk()
  let number = 0
  let lastIndex = 0
  let predecessorBytes = 0
  for (const [i, kind] of [earlier, previous].entries()) {
    if (kind === '-') continue
    const {make, named} = FULL[kind]
    const image = make(new SegmentImage(lastIndex).head({predecessorBytes}))
    disk.put(segmentPath(number), image.bytes())
    lastIndex = image.lastIndex
    // Where the seal stands: the sound length without it.
    const sealed =
      kind.includes('seal') && kind !== 'torn seal' && kind !== 'seal of zeros' && kind !== 'unsealed, sound'
    predecessorBytes = named ?? (kind === 'sealed' || sealed ? 1024 : kind === 'no head' ? 512 : 1024)
    number += gap === i + 1 ? 2 : 1
  }
  const image = LAST[last](lastIndex, predecessorBytes)
  disk.put(segmentPath(number), image.bytes())
  if (snapshot === 'none') return disk
  const index = last === 'new marker' ? Math.max(1, lastIndex - 1) : lastIndex + 5
  const bytes = snapshotBytes(snapshot === 'of another index' ? index + 1 : index, 1)
  if (snapshot === 'flipped') bytes[5] ^= 1
  disk.put(snapshotPath(index, 1), bytes)
  return disk
}

describe('two readers', () => {
  it('recovery and inspect agree on every combination of segments, and on what a recovery leaves', async () => {
    const seen = new Map<string, number>()
    for (const {disk, listed, name} of directories()) {
      const logId = listed ? LOG_ID : undefined
      const first = byInspect(viewOf(disk), DIR, logId)
      const recovered = await byRecovery(logOptions(disk, DIR, logId))
      const parted = differences(placed(recovered), placed(first))
      if (parted.length > 0) expect(`${name}\n${parted.join('\n')}\n${listing(disk)}`).toBe('the same outcome')
      seen.set(kindOf(recovered), (seen.get(kindOf(recovered)) ?? 0) + 1)
      if (recovered.verdict === 'refused' || !listed) continue
      const after = byInspect(viewOf(disk), DIR, logId)
      const clean = {...recovered, cut: [], completesRotation: false}
      const left = differences(clean, after).filter(line => !line.startsWith('marker'))
      if (left.length > 0) expect(`${name}, after recovery\n${left.join('\n')}`).toBe('the same state')
    }
    // Every way out is among them.
    for (const kind of ['refused', 'begun anew', 'sound', 'cut', 'rotation', 'rotation cut'])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(2)
    expect([...seen.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(1_000)
  })
})

describe('batches at the end whose marks name other bytes', () => {
  const verdictOf = async (image: SegmentImage) => {
    const disk = new MemoryDisk()
    disk.put(segmentPath(0), image.bytes())
    const seen = byInspect(viewOf(disk), DIR, LOG_ID)
    const recovered = await byRecovery(logOptions(disk, DIR, LOG_ID))
    expect(differences(placed(recovered), placed(seen))).toEqual([])
    return recovered.verdict
  }

  it('one of them is torn; two are not: a crash tears one batch', async () => {
    const log = () => new SegmentImage().head().entries(2, 1)
    expect(await verdictOf(log().entries(1, 1, {at: 512}))).toBe('ok')
    expect(await verdictOf(log().entries(1, 1, {at: 512}).entries(1, 1, {at: 1024}))).toBe('refused')
  })

  it('behind the end of a torn batch stands nothing', async () => {
    const torn = (): SegmentImage => {
      const bytes = new SegmentImage().head().entries(2, 1).entries(1, 2).bytes()
      // In its last record: the mark is whole.
      bytes[bytes.length - 20] ^= 1
      return new SegmentImage(2).raw(bytes)
    }
    expect(await verdictOf(torn())).toBe('ok')
    expect(await verdictOf(torn().entries(1, 2, {at: 512}))).toBe('refused')
  })
})

/** A log that a writer might have made, and then some: marks, entries, terms, markers that are sometimes not what they should be. */
function randomDirectory(random: SeededRandom): MemoryDisk {
  const disk = new MemoryDisk()
  const sometimes = (n: number): boolean => random.below(n) === 0
  const segments = 1 + random.below(3)
  let number = random.below(3) * random.below(5)
  let first = true
  let last = 0
  let marker = {index: 0, term: 0}
  let term = 1
  let commit = 0
  let predecessorBytes = 0
  for (let s = 0; s < segments; s++) {
    if (first && number > 0) {
      marker = {index: random.below(6), term: 1}
      last = marker.index + random.below(4)
      commit = marker.index
      if (marker.index > 0) disk.put(snapshotPath(marker.index, 1), snapshotBytes(marker.index, 1))
    }
    const image = new SegmentImage(last)
    const fresh = !first && sometimes(3)
    const installed = fresh && sometimes(2)
    if (fresh) {
      const index = installed ? last + random.below(5) : Math.max(marker.index, last - random.below(3))
      marker = {index, term: Math.max(1, marker.term)}
      commit = Math.max(commit, index)
      if (!sometimes(12)) disk.put(snapshotPath(index, marker.term), snapshotBytes(index, marker.term))
    }
    image.head({
      state: {term, vote: random.below(4), commit},
      marker: {...marker, installed: installed || sometimes(25)},
      predecessorBytes,
      ...(sometimes(40) ? {lastIndex: last + 1} : {}),
    })
    if (fresh) last = installed ? marker.index : Math.max(last, marker.index)
    first = false
    for (let b = s > 0 && sometimes(3) ? 0 : random.below(5); b > 0; b--) {
      const overwrites = last > commit && sometimes(4)
      const from = overwrites ? commit + 1 + random.below(last - commit) : sometimes(40) ? last + 2 : last + 1
      if (overwrites || sometimes(4)) term++
      const named = sometimes(40) ? last + 1 : last
      image.lastIndex = from - 1
      if (!sometimes(60)) commit = Math.min(commit + random.below(2), last)
      image.entries(random.below(4), sometimes(40) ? Math.max(1, term - 1) : term, {lastIndex: named, commit})
      last = Math.max(image.lastIndex, from - 1)
      if (sometimes(60)) image.seal()
    }
    const end = image.size
    if (s < segments - 1 && !sometimes(4)) image.seal()
    predecessorBytes = sometimes(40) ? end + 512 : end
    disk.put(segmentPath(number), image.bytes())
    number += sometimes(60) ? 2 : 1
  }
  if (sometimes(2)) damage(disk, random)
  return disk
}

/** One thing that happens to files: bits flip, tails go, sectors are zeroed, bytes come behind, a file is lost. */
function damage(disk: MemoryDisk, random: SeededRandom): void {
  const paths = [...disk.files.keys()].sort()
  const path = paths[sometimesLast(paths.length, random)]
  const bytes = disk.bytes(path).slice()
  const at = random.below(bytes.length + 1)
  const what = random.below(5)
  if (what === 0 && at < bytes.length) bytes[at] ^= 1 << random.below(8)
  else if (what === 1) bytes.fill(0, at - (at % 512), at - (at % 512) + 512)
  if (what < 2) disk.put(path, bytes)
  else if (what === 2) disk.put(path, bytes.slice(0, at))
  else if (what === 3) disk.put(path, new Uint8Array([...bytes, ...new Uint8Array(at % 1500)]))
  else disk.files.delete(path)
}

function sometimesLast(n: number, random: SeededRandom): number {
  return random.below(2) === 0 ? n - 1 : random.below(n)
}

describe('two readers of random logs', () => {
  it('give the same outcome (1,500 directories, half of them damaged)', async () => {
    const seen = new Map<string, number>()
    for (let seed = 0; seed < 1_500; seed++) {
      const disk = randomDirectory(new SeededRandom(seed))
      const before = listing(disk)
      const first = byInspect(viewOf(disk), DIR, LOG_ID)
      const recovered = await byRecovery(logOptions(disk, DIR, LOG_ID))
      const parted = differences(placed(recovered), placed(first))
      const why = [recovered, first].map(o => (o.verdict === 'refused' ? `${o.file}@${o.at} ${o.why}` : 'ok'))
      if (parted.length > 0)
        expect(`seed ${seed}: ${why.join(' | ')}\n${parted.join('\n')}\n${before}`).toBe('the same outcome')
      const kind = kindOf(recovered)
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
      if (recovered.verdict === 'refused') continue
      const left = differences({...recovered, cut: [], completesRotation: false}, byInspect(viewOf(disk), DIR, LOG_ID))
      const lines = left.filter(line => !line.startsWith('marker'))
      if (lines.length > 0) expect(`seed ${seed}, after recovery\n${lines.join('\n')}\n${before}`).toBe('the same')
    }
    for (const kind of ['refused', 'sound', 'cut', 'rotation']) expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(10)
  })
})

function kindOf(outcome: Outcome): string {
  if (outcome.verdict === 'refused') return 'refused'
  if (outcome.begunAnew) return 'begun anew'
  const words = [outcome.completesRotation ? 'rotation' : '', outcome.cut.length > 0 ? 'cut' : '']
  return words.filter(Boolean).join(' ') || 'sound'
}

/** Of several damages either reader may name another one first. */
function placed(outcome: Outcome): Outcome {
  return outcome.verdict === 'refused' ? {verdict: 'refused'} : outcome
}
