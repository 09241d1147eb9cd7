import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import type {Entry, HardState} from '../../src/formats/eraftpb.ts'
import {TailBudget} from '../../src/wal/tail-cache.ts'
import type {GroupLog} from '../../src/wal/types.ts'
import {drained, failure, type MemoryDisk} from '../helpers/memory-disk.ts'
import {contents, DIR, entries, entry, LogLab, segment, unit} from './log-lab.ts'

/** A log of several batches in several segments, and after each answered append: what must be there from then on. */
async function written(segmentBytesMax = 1 << 20): Promise<{
  lab: LogLab
  acknowledged: Array<{size: number; last: number}>
  all: Entry[]
}> {
  const lab = new LogLab(undefined, {segmentBytesMax})
  const log = await lab.open()
  const acknowledged: Array<{size: number; last: number}> = []
  const all = entries(1, 12, 1, 90)
  for (const [from, to] of [
    [1, 1],
    [2, 5],
    [6, 6],
    [7, 11],
    [12, 12],
  ]) {
    await log.append(unit(all.slice(from - 1, to), {term: 1, vote: 2, commit: from - 1}))
    acknowledged.push({size: lab.disk.bytes(segment(0)).length, last: to})
  }
  return {lab, acknowledged, all}
}

describe('recovery', () => {
  it('hardening 34: a log cut at any byte keeps every batch before the cut, and says what was cut', async () => {
    const {lab, acknowledged, all} = await written()
    const whole = lab.disk.bytes(segment(0))
    const head = acknowledged[0].size
    for (let size = 0; size <= whole.length; size++) {
      const disk = lab.disk.copy()
      disk.put(segment(0), whole.slice(0, size))
      const opened = await lab.on(disk).tryOpen()
      const last = acknowledged.filter(a => a.size <= size).at(-1)?.last ?? 0
      if ('refused' in opened) {
        // Nothing but the head's own end: without a head a listed group has lost its log.
        expect(size, `${size}`).toBeLessThan(head)
        expect(opened.refused).toMatchObject({file: segment(0), at: 0})
        continue
      }
      const {report} = opened.log
      expect(report.lastIndex, `${size}`).toBe(last)
      expect(print(await contents(opened.log))).toBe(print(all.slice(0, last)))
      const sound = acknowledged.filter(a => a.size <= size).at(-1)?.size
      if (sound === undefined) continue
      expect(report.cuts).toEqual(
        size === sound
          ? []
          : [
              expect.objectContaining({
                file: segment(0),
                at: sound,
                bytes: size - sound,
                why: expect.stringContaining('torn batch'),
              }),
            ],
      )
      expect(disk.bytes(segment(0))).toHaveLength(sound)
    }
  })

  it('hardening 34: after a cut the log goes on as if the torn batch had never been', async () => {
    const {lab, acknowledged} = await written()
    const whole = lab.disk.bytes(segment(0))
    for (const size of [acknowledged[3].size + 1, acknowledged[3].size + 400, whole.length - 1]) {
      const disk = lab.disk.copy()
      disk.put(segment(0), whole.slice(0, size))
      const on = lab.on(disk)
      const log = await on.open()
      await log.append(unit(entries(12, 15, 3), {term: 3, vote: 0, commit: 11}))
      const again = await on.open()
      expect(again.report).toMatchObject({lastIndex: 15, term: 3, commit: 11, cuts: []})
    }
  })

  it('hardening 34: what is cut is kept aside, durable before anything is changed', async () => {
    const {lab} = await written()
    const whole = lab.disk.bytes(segment(0))
    const size = whole.length - 700
    const torn = (): MemoryDisk => {
      const disk = lab.disk.copy()
      disk.put(segment(0), whole.slice(0, size))
      return disk
    }
    const disk = torn()
    const {report} = await lab.on(disk).open()
    const [cut] = report.cuts
    expect(cut.kept).toBe(`${DIR}/cut/wal_0_0.log@${cut.at}`)
    expect(disk.bytes(cut.kept as string)).toEqual(whole.slice(cut.at, size))
    // The machine dies when the file is cut: the copy is there, whole, and the next start finds the same log.
    const dying = torn()
    dying.meet = ({call}) => (call === 'truncate' ? new Promise<void>(() => {}) : undefined)
    void lab.on(dying).tryOpen()
    await drained()
    await drained()
    const after = dying.powerLoss(new SeededRandom(1))
    expect(after.bytes(cut.kept as string)).toEqual(whole.slice(cut.at, size))
    expect((await lab.on(after).open()).report.cuts).toEqual([cut])
  })

  it('hardening 34, 36: a full disk starts, and says that it kept no copy', async () => {
    const {lab} = await written()
    const whole = lab.disk.bytes(segment(0))
    const disk = lab.disk.copy()
    disk.put(segment(0), whole.slice(0, whole.length - 700))
    disk.room = 100
    const {report} = await lab.on(disk).open()
    expect(report.cuts).toHaveLength(1)
    expect(report.cuts[0].kept).toBeUndefined()
    expect([...disk.files.keys()].filter(path => path.includes('/cut/'))).toEqual([])
  })

  it('hardening 34: a flipped byte anywhere loses no synced batch in silence: refused with file and byte, or only the last batch cut', async () => {
    const {lab, acknowledged, all} = await written()
    const whole = lab.disk.bytes(segment(0))
    const lastBegins = acknowledged[acknowledged.length - 2].size
    for (let at = 0; at < whole.length; at += 3) {
      const damaged = whole.slice()
      damaged[at] ^= 1 << (at % 8)
      const disk = lab.disk.copy()
      disk.put(segment(0), damaged)
      const opened = await lab.on(disk).tryOpen()
      if ('refused' in opened) {
        expect(opened.refused.file).toBe(segment(0))
        expect(opened.refused.at).toBeLessThanOrEqual(at)
        expect(Buffer.compare(disk.bytes(segment(0)), damaged), 'kept as they are').toBe(0)
        continue
      }
      // The limit that docs/formats.md tells: damage in the very last batch cannot be told from a tear.
      expect(at, 'only the last batch may be cut').toBeGreaterThanOrEqual(lastBegins)
      expect(opened.log.report.cuts).toHaveLength(1)
      expect(print(await contents(opened.log))).toBe(print(all.slice(0, 11)))
    }
  })

  it('hardening 34: with the idle mark behind it, damage in any batch is refused', async () => {
    const {lab} = await written()
    const log = await lab.open()
    await log.append(unit([entry(13)]))
    await log.close()
    const whole = lab.disk.bytes(segment(0))
    for (let at = 700; at < whole.length - 512; at += 211) {
      const damaged = whole.slice()
      damaged[at] ^= 0x40
      const disk = lab.disk.copy()
      disk.put(segment(0), damaged)
      expect(await lab.on(disk).tryOpen(), `byte ${at}`).toHaveProperty('refused')
    }
  })

  it('hardening 34: a lost segment, wherever it stood, is refused by name', async () => {
    const {lab} = await written(1024)
    const names = [...lab.disk.files.keys()].filter(n => n.endsWith('.log'))
    expect(names.length).toBeGreaterThan(3)
    // The last one is the limit: a successor whose creation was never synced looks the same. It shows by the seal before it.
    for (const name of names) {
      const disk = lab.disk.copy()
      await disk.remove(name)
      expect(await lab.on(disk).tryOpen(), name).toHaveProperty('refused')
    }
  })

  it('hardening 34: a listed group without segments is refused, and nothing is made', async () => {
    const {lab} = await written()
    const empty = lab.disk.copy()
    await empty.remove(segment(0))
    expect(await lab.on(empty).tryOpen()).toEqual({
      refused: {file: segment(0), at: 0, why: 'listed in groups.log, and no segment is there'},
    })
    expect(empty.files.size).toBe(0)
  })

  it('hardening 34: a group that is not listed and has more than its head is refused, whatever stands first', async () => {
    const {lab} = await written()
    const foreign = new LogLab(lab.disk.copy())
    expect(await foreign.tryOpen()).toMatchObject({refused: {file: segment(0), at: 512}})
    const whole = lab.disk.bytes(segment(0))
    const noMark = new LogLab(lab.disk.copy())
    // The records of a batch without its mark: sound, and no head.
    noMark.disk.put(segment(0), whole.slice(markBytes(whole, 512) + 512))
    expect(await noMark.tryOpen()).toMatchObject({refused: {file: segment(0), at: 0}})
  })

  it('hardening 38: EIO while a log is read names the file and the byte', async () => {
    const {lab} = await written(1024)
    const disk = lab.disk.copy()
    disk.meet = call => {
      if (call.call === 'read' && call.path === segment(2)) throw failure('EIO', call.path)
    }
    expect(await lab.on(disk).tryOpen()).toEqual({
      refused: {file: segment(2), at: 0, why: 'the disk cannot be read (EIO)'},
    })
    expect(disk.openFiles).toBe(0)
  })

  it('hardening 38: what is no damage of the log (EACCES, ESTALE) is not taken for it: opening fails', async () => {
    const {lab} = await written()
    for (const code of ['EACCES', 'ESTALE', 'EMFILE']) {
      const disk = lab.disk.copy()
      disk.meet = call => {
        if (call.call === 'open') throw failure(code, call.path)
      }
      await expect(lab.on(disk).tryOpen()).rejects.toMatchObject({code})
    }
  })

  it('a birth that was interrupted at any call is begun anew or goes on', async () => {
    for (let n = 1; ; n++) {
      const lab = new LogLab()
      let calls = 0
      lab.disk.meet = () => (++calls === n ? new Promise<void>(() => {}) : undefined)
      const opened = await Promise.race([lab.tryOpen(), drained().then(drained)])
      if (opened) break
      for (const seed of [1, 2, 3]) {
        const after = lab.on(lab.disk.powerLoss(new SeededRandom(`${n} ${seed}`)))
        const log = await after.open()
        expect(log.lastIndex()).toBe(0)
        await log.append(unit([entry(1)], {term: 1, vote: 1, commit: 0}))
        expect((await after.on(after.disk.copy()).open()).lastIndex()).toBe(1)
      }
    }
  })

  it('canRecoverEveryAnsweredAppendAfterAnyCrash (random units, sizes, rotations; power loss or kill at any call)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({min: 0, max: 2 ** 31}),
        fc.integer({min: 512, max: 4096}),
        fc.integer({min: 1, max: 120}),
        fc.boolean(),
        async (seed, segmentBytesMax, calls, power) => {
          await crashes(new SeededRandom(seed), segmentBytesMax, calls, power)
        },
      ),
      {numRuns: 150, seed: 20_261},
    )
  })
})

/** A log after each unit that was handed in, oldest first; `answered`: the newest that was answered. */
interface Life {
  states: Array<{log: string; hardState: HardState}>
  answered: number
}

/** Three lives of a log, each ended at some call to the disk; after each, what is found is the log after some unit, not before the last answered. */
async function crashes(random: SeededRandom, segmentBytesMax: number, calls: number, power: boolean): Promise<void> {
  let lab = new LogLab(undefined, {segmentBytesMax, tails: new TailBudget(1)})
  let life: Life = {states: [{log: '', hardState: {term: 0, vote: 0, commit: 0}}], answered: 0}
  for (let n = 0; n < 3; n++) {
    let left = random.below(calls) + 1
    let struck: () => void = () => {}
    const strike = new Promise<void>(resolve => {
      struck = resolve
    })
    lab.disk.meet = () => {
      if (--left > 0) return undefined
      struck()
      return new Promise<void>(() => {})
    }
    const run = (async () => {
      const log = await lab.open()
      // What recovery answered counts as synced from here on.
      life = {states: [await found(log, life)], answered: 0}
      await liveOn(log, life, random)
      if (random.below(2) === 0) await log.close()
    })()
    await Promise.race([run, strike])
    await drained()
    lab = lab.on(power ? lab.disk.powerLoss(random) : lab.disk.crash())
  }
  await found(await lab.open(), life)
}

async function liveOn(log: GroupLog, life: Life, random: SeededRandom): Promise<void> {
  let handed = await contents(log)
  let newest = life.states[0].hardState
  const pending: Promise<void>[] = []
  for (let n = 0; n < 12; n++) {
    const overwrites = handed.length > newest.commit && random.below(4) === 0
    const begin = overwrites ? newest.commit + 1 + random.below(handed.length - newest.commit) : handed.length + 1
    const term = newest.term + (overwrites || newest.term === 0 || random.below(3) === 0 ? 1 : 0)
    const more = entries(begin, begin + random.below(4), term, random.below(700))
    handed = [...handed.slice(0, begin - 1), ...more]
    newest = {term, vote: random.below(4), commit: Math.min(newest.commit + random.below(2), handed.length)}
    const state = life.states.push({log: print(handed), hardState: newest}) - 1
    pending.push(
      log.append({entries: more, hardState: newest, mustSync: true, after: []}).then(() => {
        life.answered = state
      }),
    )
    if (random.below(3) === 0) await pending[pending.length - 1]
  }
  await Promise.all(pending)
}

async function found(log: GroupLog, life: Life): Promise<Life['states'][number]> {
  const {hardState} = log.initialState()
  const there = {log: print(await contents(log)), hardState}
  const allowed = life.states.slice(life.answered)
  const same = allowed.some(
    s =>
      s.log === there.log &&
      s.hardState.term === hardState.term &&
      s.hardState.vote === hardState.vote &&
      s.hardState.commit === hardState.commit,
  )
  if (!same)
    throw new Error(
      `found ${JSON.stringify(there)}, answered were ${JSON.stringify(allowed[0])} … ${allowed.length} in all`,
    )
  return there
}

function print(log: Entry[]): string {
  return log
    .map(e => `${e.index}/${e.term}/${Buffer.from(e.data).toString('latin1').replaceAll('\0', '')}${e.data.length}`)
    .join(' ')
}

/** Bytes of the mark's record at `at`. */
function markBytes(bytes: Uint8Array, at: number): number {
  return 12 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 4, true)
}

describe('reads', () => {
  it('the tail cache and the disk give the same entries, for any range and size', async () => {
    const disks: Array<[LogLab, number]> = [
      [new LogLab(undefined, {segmentBytesMax: 3000, tails: new TailBudget(1 << 20)}), 0],
      [new LogLab(undefined, {segmentBytesMax: 3000, tails: new TailBudget(1)}), 0],
    ]
    const logs = []
    for (const [lab] of disks) {
      const log = await lab.open()
      for (let i = 1; i <= 60; i++)
        await log.append(unit([entry(i, 1 + (i >> 4), (i * 37) % 400)], {term: 9, vote: 0, commit: 0}))
      logs.push(log)
    }
    const random = new SeededRandom(5)
    for (let n = 0; n < 300; n++) {
      const low = random.below(60) + 1
      const high = low + 1 + random.below(61 - low)
      const bytesMax = random.below(3000)
      const [cached, read] = [await logs[0].read(low, high, bytesMax), await logs[1].read(low, high, bytesMax)]
      expect(read).toEqual(cached)
      expect(read.length).toBeGreaterThan(0)
    }
  })

  it('what is not in memory is pending; each of those that wait is told, and finds its own entries', async () => {
    const lab = new LogLab(undefined, {tails: new TailBudget(1)})
    const log = await lab.open()
    await log.append(unit(entries(1, 9), {term: 1, vote: 1, commit: 0}))
    const wants = [
      {low: 1, high: 4, why: 'send' as const, to: 2},
      {low: 3, high: 9, why: 'send' as const, to: 3},
      {low: 2, high: 5, why: 'apply' as const},
    ]
    for (const want of wants) expect(log.entries(want.low, want.high, 1000, want)).toBe('pending')
    await drained()
    expect(lab.fetched).toEqual(wants)
    for (const want of wants)
      expect(log.entries(want.low, want.high, 1000, want)).toEqual(entries(want.low, want.high - 1))
    expect(log.entries(1, 4, 1000, wants[0])).toBe('pending')
  })

  it('entries that were overwritten while they were read are not given to the core', async () => {
    const lab = new LogLab(undefined, {tails: new TailBudget(1)})
    const log = await lab.open()
    await log.append(unit(entries(1, 9), {term: 1, vote: 1, commit: 0}))
    const want = {low: 1, high: 4, why: 'send' as const, to: 2}
    expect(log.entries(1, 4, 1000, want)).toBe('pending')
    await drained()
    await log.append(unit(entries(2, 9, 2), {term: 2, vote: 1, commit: 0}))
    expect(log.entries(1, 4, 1000, want)).toBe('pending')
    await drained()
    expect(log.entries(1, 4, 1000, want)).toEqual([entry(1), ...entries(2, 3, 2)])
  })

  it('indexes outside the log are compacted or unavailable', async () => {
    const log = await new LogLab().open()
    await log.append(unit(entries(1, 3), {term: 1, vote: 1, commit: 0}))
    expect([log.firstIndex(), log.lastIndex()]).toEqual([1, 3])
    expect(log.entries(0, 2, 10, {low: 0, high: 2, why: 'send', to: 2})).toBe('compacted')
    expect(log.entries(4, 6, 10, {low: 4, high: 6, why: 'send', to: 2})).toBe('unavailable')
    expect([log.term(0), log.term(3), log.term(4)]).toEqual([0, 1, 'unavailable'])
  })

  it('hardening 37: an entry that reads back damaged ends the node with file and byte', async () => {
    const lab = new LogLab(undefined, {tails: new TailBudget(1)})
    const log = await lab.open()
    await log.append(unit(entries(1, 3), {term: 1, vote: 1, commit: 0}))
    flip(lab.disk, segment(0), 512 + 300)
    expect(log.entries(1, 3, 1000, {low: 1, high: 3, why: 'apply'})).toBe('pending')
    await drained()
    expect(lab.fetched).toEqual([])
    expect(lab.failures).toEqual([
      {
        message: expect.stringContaining('cannot be read back'),
        file: expect.stringMatching(`^${DIR}/wal_0_0.log@\\d+$`),
      },
    ])
    await expect(log.read(1, 4, 10_000)).rejects.toMatchObject({code: 'EIO', file: segment(0)})
    // A client's read too: the others have what this node cannot read any more.
    expect(lab.failures).toHaveLength(2)
  })

  it('hardening 37: a sound entry that stands where another one was written is not given for it', async () => {
    const lab = new LogLab(undefined, {tails: new TailBudget(1)})
    const log = await lab.open()
    for (const one of entries(1, 3)) await log.append(unit([one], {term: 1, vote: 1, commit: 0}))
    // The batch of entry 2 was written over that of entry 1, to the byte.
    const bytes = lab.disk.bytes(segment(0))
    const batch = (bytes.length - 512) / 3
    bytes.copyWithin(512, 512 + batch, 512 + 2 * batch)
    expect(print(await log.read(2, 4, 10_000))).toBe(print(entries(2, 3)))
    await expect(log.read(1, 2, 10_000)).rejects.toMatchObject({code: 'EIO', file: segment(0)})
    expect(lab.failures).toEqual([expect.objectContaining({message: expect.stringContaining('another record')})])
  })
})

function flip(disk: MemoryDisk, path: string, from: number): void {
  const bytes = disk.bytes(path)
  for (let at = from; at < bytes.length; at++) bytes[at] ^= 0x55
}
