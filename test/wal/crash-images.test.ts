import {createHash} from 'node:crypto'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {afterAll, describe, expect, it} from 'vitest'
import {byInspect} from '../../scripts/conformance/by-inspect.ts'
import {utf8} from '../../src/base/bytes.ts'
import {SeededRandom} from '../../src/base/random.ts'
import type {Entry, HardState, Snapshot} from '../../src/formats/eraftpb.ts'
import type {SegmentState} from '../../src/formats/sidecar.ts'
import {FaultyDisk} from '../../src/io/faulty-disk.ts'
import {NodeDisk} from '../../src/io/node/disk.ts'
import type {Disk} from '../../src/io/ports.ts'
import {COMMIT_PROFILES, CommitTurns} from '../../src/wal/commit-turns.ts'
import {openGroupLog} from '../../src/wal/group-log.ts'
import {openGroupsFile} from '../../src/wal/groups-file.ts'
import {defaultWalParts, type WalParts} from '../../src/wal/parts.ts'
import {NO_RESERVE, type Reserve} from '../../src/wal/reserve.ts'
import {SegmentChecks} from '../../src/wal/segment-checks.ts'
import {TailBudget} from '../../src/wal/tail-cache.ts'
import type {GroupLog} from '../../src/wal/types.ts'
import {
  ALL_LOST,
  BYTES_LOST,
  type Choice,
  CrashModel,
  type DiskOp,
  NAMES_LOST,
  NONE_LOST,
  RecordingDisk,
  randomly,
  tornAt,
  ZEROS,
} from '../helpers/crash-disk.ts'
import {ManualClock, type MemoryDisk} from '../helpers/memory-disk.ts'
import {viewOf} from './group-images.ts'
import {entries} from './log-lab.ts'

/** As many images in every run; a long run asks for more. */
const IMAGES = Number(process.env.CHRONIK_CRASH_IMAGES ?? 10_000)
const RECOVERY_CRASHES = Number(process.env.CHRONIK_RECOVERY_CRASHES ?? 1_000)

const GROUP = 'orders/0'
const DIR = 'wal/orders/0'
const VOTERS = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
const LOG_ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const scratch = mkdtempSync(join(tmpdir(), 'chronik-crash-'))
afterAll(() => rmSync(scratch, {recursive: true, force: true}))

interface State {
  /** The log begins behind this index: a leader's snapshot. */
  base: number
  entries: Entry[]
  hardState: HardState
  /** The commit that a sync has made durable with it; the newest one may still ride with the next batch. */
  commitSynced: number
}

/** A workload as it ran: what it did to the disk, and the log after each unit that was handed in. */
interface Recorded {
  ops: DiskOp[]
  states: State[]
  seed: string
}

function print(list: readonly Entry[]): string {
  return list.map(e => `${e.index}/${e.term}/${e.data.length}`).join(' ')
}

function snapshotAt(index: number, term: number): Snapshot {
  return {data: utf8(`state at ${index} of ${term}`.repeat(index % 40)), metadata: {index, term, confState: VOTERS}}
}

/** The batches that a machine would know of: an entry is one of three offsets. */
function batchesOf(low: number, high: number): SegmentState['batches'] {
  const indexes = Array.from({length: high - low + 1}, (_, i) => low + i)
  return {indexes, baseOffsets: indexes.map(i => 3 * i), maxTimestampsMs: indexes.map(i => 10 * i)}
}

/** What was applied at the end of each segment of which that is committed and synced, as a machine hands it over. */
function keepStates(log: GroupLog, to: number): void {
  for (let index = log.firstIndex(); index <= to; index++) {
    const term = log.term(index)
    if (typeof term === 'number' && log.beginsSegment(index + 1))
      log.keepState(snapshotAt(index, term), low => batchesOf(low, index))
  }
}

/** A node's part that matters here: groups.log and one group's log. */
async function open(
  disk: Disk,
  clock: ManualClock,
  parts: WalParts,
  segmentBytesMax: number,
  reserve: Reserve = NO_RESERVE,
  checks = new SegmentChecks(clock),
) {
  const groups = await openGroupsFile(disk)
  if ('refused' in groups) return {refused: groups.refused}
  const logId = groups.file.listed(GROUP)
  const opened = await openGroupLog({
    group: GROUP,
    topic: 'orders',
    partition: 0,
    dir: DIR,
    snapshotDir: `${DIR}/snapshots`,
    logId,
    newLogId: LOG_ID,
    birthConfState: VOTERS,
    segmentBytesMax,
    tails: new TailBudget(1),
    parts,
    disk,
    clock,
    reserve,
    sidecars: true,
    checks,
    turns: new CommitTurns(COMMIT_PROFILES.low),
    listed: logId => groups.file.add(GROUP, logId),
    fail: error => {
      throw error
    },
    full: () => {},
    fetched: () => {},
  })
  await groups.file.close()
  return opened
}

async function contents(log: GroupLog): Promise<Entry[]> {
  const all: Entry[] = []
  for (let i = log.firstIndex(); i <= log.lastIndex(); i = all[all.length - 1].index + 1)
    all.push(...(await log.read(i, log.lastIndex() + 1, 1 << 20)))
  return all
}

/**
 * Lives on a real disk: appends of all sizes, several at once, overwrites, commit alone, idle marks, rotations, snapshots of its own and of a
 * leader's, a disk that is full for a while (at any byte of what it is given) and takes votes, clean stops and starts.
 */
async function workload(seed: string, n: number): Promise<Recorded> {
  const random = new SeededRandom(seed)
  const clock = new ManualClock()
  const disk = new RecordingDisk(new NodeDisk(mkdtempSync(join(scratch, 'w-'))))
  const small = new SmallDisk(disk, clock)
  const states: State[] = [{base: 0, entries: [], hardState: {term: 0, vote: 0, commit: 0}, commitSynced: 0}]
  const segmentBytesMax = 1024 + random.below(4096)
  let base = 0
  let handed: Entry[] = []
  let newest: HardState = {term: 0, vote: 0, commit: 0}
  for (let life = 0; life < 2; life++) {
    const opened = await open(small.disk, clock, defaultWalParts, segmentBytesMax, small)
    if ('refused' in opened) throw new Error(`refused: ${JSON.stringify(opened.refused)}`)
    const {log} = opened
    const pending: Promise<void>[] = []
    for (let i = 0; i < n; i++) {
      if (small.full && random.below(4) === 0) await small.hasRoom(pending.splice(0))
      else if (!small.full && random.below(10) === 0) {
        await Promise.all(pending.splice(0))
        small.fill(random.below(3000))
      }
      const last = base + handed.length
      const installs = random.below(12) === 0
      const overwrites = installs || (last > newest.commit && random.below(5) === 0)
      const begin = overwrites ? newest.commit + 1 + random.below(last - newest.commit + (installs ? 4 : 0)) : last + 1
      const term = newest.term + (overwrites || newest.term === 0 || random.below(4) === 0 ? 1 : 0)
      const snapshot = installs ? snapshotAt(begin, term) : undefined
      const from = begin + (installs ? 1 : 0)
      const count = random.below(4) + (overwrites && !installs ? 1 : 0)
      const more = entries(from, from + count - 1, term, random.below(random.below(5) === 0 ? 3000 : 200))
      handed = installs ? more : [...handed.slice(0, begin - base - 1), ...more]
      if (installs) base = begin
      const commit = Math.max(base, Math.min(newest.commit + random.below(3), base + handed.length))
      const mustSync = overwrites || random.below(6) > 0
      const same = !mustSync && more.length === 0
      // A vote that was given in a term stays.
      const vote = term === newest.term && newest.vote !== 0 ? newest.vote : random.below(4)
      newest = same ? {...newest, commit} : {term, vote, commit}
      // The head that names the snapshot comes before the entries that came with it.
      if (installs) states.push({base, entries: [], hardState: {...newest, commit: base}, commitSynced: 0})
      const durable = same ? 0 : commit
      const state = states.push({base, entries: handed, hardState: newest, commitSynced: durable}) - 1
      disk.told(`handed ${state}`)
      const unit = {entries: more, hardState: newest, mustSync: !same, after: [], ...(snapshot ? {snapshot} : {})}
      const asks = !same && random.below(small.full ? 2 : 20) === 0
      if (asks) disk.told(`asking ${state}`)
      const written = log.append(unit, asks ? () => disk.told(`voted ${state}`) : undefined)
      // A commit alone is nobody's promise: it rides with the next batch.
      if (!same) pending.push(written.then(() => disk.told(`answered ${state}`)))
      if (small.full) {
        await new Promise(done => setImmediate(done))
        continue
      }
      if (random.below(6) === 0 && newest.commit > base) {
        await Promise.all(pending.splice(0))
        const index = base + 1 + random.below(newest.commit - base)
        disk.told(`marking ${index}`)
        const marked = log.compact(snapshotAt(index, handed[index - base - 1].term))
        const told = marked.then(taken => taken && disk.told(`marked ${index}`))
        if (random.below(2) === 0) await told
        else pending.push(told.then(() => {}))
      }
      if (random.below(2) === 0) await Promise.all(pending.splice(0))
      if (random.below(4) === 0) await idle(clock, pending)
      keepStates(log, Math.min(newest.commit, log.syncedIndex))
    }
    await small.hasRoom(pending.splice(0))
    await Promise.all(pending)
    await log.close()
  }
  return {ops: disk.ops, states, seed}
}

/** A disk that can be full, and the reserve on it: what it gives is room for so many bytes more. */
class SmallDisk implements Reserve {
  readonly disk: FaultyDisk
  readonly #clock: ManualClock
  whole = true

  constructor(disk: Disk, clock: ManualClock) {
    this.disk = new FaultyDisk(disk, clock)
    this.#clock = clock
  }

  get full(): boolean {
    return this.disk.trouble.roomBytes !== undefined
  }

  fill(roomBytes: number): void {
    this.disk.set({roomBytes})
  }

  /** Until all that waits is written. */
  async hasRoom(waiting: ReadonlyArray<Promise<void>>): Promise<void> {
    this.disk.set({})
    let done = false
    void Promise.all(waiting).then(() => {
      done = true
    })
    while (!done) {
      this.#clock.advance(250)
      await new Promise(next => setImmediate(next))
    }
  }

  async give(): Promise<boolean> {
    const {roomBytes} = this.disk.trouble
    this.whole = false
    if (roomBytes !== undefined) this.disk.set({roomBytes: roomBytes + 700})
    return true
  }

  async refill(): Promise<void> {
    if (this.full) throw Object.assign(new Error('ENOSPC: reserve'), {code: 'ENOSPC'})
    this.whole = true
  }
}

async function idle(clock: ManualClock, pending: Promise<void>[]): Promise<void> {
  await Promise.all(pending.splice(0))
  clock.advance(60)
  await new Promise(done => setImmediate(done))
}

interface Promised {
  answered: number
  states: State[]
  /** The newest state whose vote was said to be kept, and the newest whose term and vote may be ahead of its entries; both count from the first of `states`. */
  voted: number
  ahead: number
  /** Own snapshots that were begun, and the newest one that was said to be there. */
  markings: number[]
  marked: number
}

/** What a crash after `n` operations must leave: from the newest answered unit on to the newest that was handed in. */
function promised({ops, states}: Recorded, n: number): Promised {
  let answered = 0
  let handed = 0
  let marked = 0
  let voted = 0
  let ahead = 0
  const asking: number[] = []
  const markings: number[] = []
  for (const op of ops.slice(0, n)) {
    if (op.op !== 'told') continue
    const [word, said] = op.what.split(' ')
    if (word === 'answered') answered = Math.max(answered, Number(said))
    else if (word === 'handed') handed = Number(said)
    else if (word === 'voted') {
      voted = Math.max(voted, Number(said))
      ahead = handed
    } else if (word === 'asking') asking.push(Number(said))
    else if (word === 'marking') markings.push(Number(said))
    else marked = Number(said)
  }
  // Whoever asks for a vote while the disk is full has the newest one written that waits.
  if (asking.some(state => state > answered)) ahead = handed
  const window = states.slice(answered, handed + 1)
  return {answered, states: window, markings, marked, voted: voted - answered, ahead: ahead - answered}
}

interface Found {
  marker: number
  log: string
  hardState: HardState
  /** Ends of segments of which sidecars say what was applied. */
  states: number
}

/** `checkedBytes`: of sealed segments that sidecars stand for. */
async function recoverOn(disk: Disk, parts = defaultWalParts, checkedBytes = 0): Promise<Found | string> {
  const clock = new ManualClock()
  const opened = await open(disk, clock, parts, 1 << 20, NO_RESERVE, new SegmentChecks(clock, checkedBytes))
  if ('refused' in opened) return `refused: ${opened.refused.file}@${opened.refused.at} ${opened.refused.why}`
  const {log} = opened
  const {recovered, report} = log
  const marker = report.snapshotIndex
  if (marker > 0 && !isDeepStrictEqual(plain(recovered), plain(snapshotAt(marker, report.snapshotTerm))))
    return `the snapshot at ${marker} is another one: ${JSON.stringify(recovered)}`
  let from = log.firstIndex()
  for (const {batches, state} of log.states) {
    const {index, term} = state.metadata
    if (term !== log.term(index) || !isDeepStrictEqual(plain(state), plain(snapshotAt(index, term))))
      return `the state at ${index} is another one: ${JSON.stringify(state)}`
    const known = batches.indexes.filter(at => at >= from)
    if (!isDeepStrictEqual(known, batchesOf(from, index).indexes))
      return `between ${from} and ${index} the sidecars know of ${known}`
    from = index + 1
  }
  return {marker, log: print(await contents(log)), hardState: log.initialState().hardState, states: log.states.length}
}

function plain(snapshot: Snapshot | undefined): unknown {
  return snapshot && {...snapshot, data: [...snapshot.data]}
}

/** Undefined when what was found is what was promised. */
function broken(
  found: Found | string,
  {ahead, marked, markings, states, voted}: Promised,
  durable: number,
): string | undefined {
  if (typeof found === 'string') return found
  const {hardState, log, marker} = found
  for (const [i, s] of states.entries()) {
    if (marker !== s.base && !markings.some(m => m === marker && m > s.base)) continue
    if (marker < Math.min(marked, s.hardState.commit)) continue
    // The term and vote of this state, or of a later one that went ahead of its entries.
    const sameVote = states.some(
      ({hardState: {term, vote}}, n) =>
        n >= voted && (n === i || (n > i && n <= ahead)) && term === hardState.term && vote === hardState.vote,
    )
    const sameLog = print(s.entries.filter(e => e.index > marker)) === log
    if (sameLog && sameVote && hardState.commit <= s.hardState.commit && hardState.commit >= durable) return undefined
  }
  return `found ${JSON.stringify(found)}, promised were ${JSON.stringify(states.map(s => ({...s, entries: print(s.entries)})))}, snapshots ${markings}, ${marked} for sure, commit from ${durable}`
}

function choices(model: CrashModel, random: SeededRandom): Choice[] {
  const list = [NONE_LOST, ALL_LOST, NAMES_LOST, BYTES_LOST, ZEROS]
  for (let i = 0; i < 8; i++) list.push(randomly(random, `random ${i}`))
  for (const sector of model.unsyncedSectors())
    for (const which of ['head', 'tail', 'short'] as const) list.push(tornAt(sector, which))
  return list
}

interface Tally {
  images: number
  /** Images from which a machine would go on by what sidecars say. */
  resumed: number
  recoveryCrashes: number
}

/** Every crash of one recorded workload. */
async function crashEverywhere(
  r: Recorded,
  tally: Tally,
  parts: WalParts,
  until: {images: number; recoveries: number},
) {
  const model = new CrashModel()
  const random = new SeededRandom(`${r.seed} choices`)
  const seen = new Set<string>()
  for (let n = 0; n <= r.ops.length; n++) {
    if (n > 0) model.apply(r.ops[n - 1])
    if (n > 0 && r.ops[n - 1].op === 'told' && n < r.ops.length) continue
    const all = promised(r, n)
    const {ahead, answered, markings, marked, states, voted} = all
    const durableCommit = Math.max(0, ...r.states.slice(0, answered + 1).map(s => s.commitSynced))
    for (const choice of choices(model, random)) {
      if (tally.images >= until.images) return
      const disk = model.image(choice)
      const key = `${answered} ${states.length} ${markings.length} ${marked} ${voted} ${ahead} ${fingerprint(disk)}`
      if (seen.has(key)) continue
      seen.add(key)
      tally.images++
      const where = `seed ${r.seed}, after operation ${n} (${JSON.stringify(r.ops[n - 1], short)}), ${choice.name}`
      const looked = tally.images % 4 === 0
      const recovering = tally.recoveryCrashes < until.recoveries && tally.images % 40 === 0
      const before = looked || recovering ? disk.copy() : disk
      const found = await recoverOn(disk, parts, tally.images % 2 === 0 ? 0 : 1 << 20)
      if (typeof found !== 'string' && found.states > 0) tally.resumed++
      const why = broken(found, all, durableCommit)
      if (why !== undefined) throw new Error(`${where}: ${why}`)
      // Behind the verdict of recovery, which is what the planted bugs are sought in.
      if (looked) agree(before, where)
      if (recovering) await crashInRecovery(before, found as Found, tally, parts, where)
    }
  }
}

/** inspect must take what recovery takes. */
function agree(disk: MemoryDisk, where: string): void {
  if (![...disk.files.keys()].some(path => path.startsWith(`${DIR}/wal_0_`))) return
  const listed = disk.files.has('groups.log') && disk.bytes('groups.log').length > 30
  const seen = byInspect(viewOf(disk), DIR, listed ? LOG_ID : undefined, {topic: 'orders', partition: 0})
  if (seen.verdict !== 'ok') throw new Error(`${where}: inspect refuses ${seen.file}@${seen.at}: ${seen.why}`)
}

/** The recovery of an image dies at each of its own steps: the next one finds what this one found. */
async function crashInRecovery(image: MemoryDisk, found: Found, tally: Tally, parts: WalParts, where: string) {
  const base = (): CrashModel => CrashModel.of(image)
  const recording = new RecordingDisk(image.copy(), base().names)
  await recoverOn(recording, parts)
  const random = new SeededRandom(where)
  for (let n = 1; n <= recording.ops.length; n++) {
    const model = CrashModel.after(recording.ops.slice(0, n), base())
    for (const choice of [NONE_LOST, ALL_LOST, NAMES_LOST, BYTES_LOST, randomly(random, 'random')]) {
      tally.recoveryCrashes++
      const again = await recoverOn(model.image(choice), parts)
      if (!sameLog(again, found))
        throw new Error(
          `${where}; recovery dies after its operation ${n} (${JSON.stringify(recording.ops[n - 1], short)}), ${choice.name}: ${JSON.stringify(again)}, before it was ${JSON.stringify(found)}`,
        )
    }
  }
}

/** What sidecars stood for, and are gone, is read. */
function sameLog(a: Found | string, b: Found | string): boolean {
  return JSON.stringify(a, withoutStates) === JSON.stringify(b, withoutStates)
}

function withoutStates(key: string, value: unknown): unknown {
  return key === 'states' ? undefined : value
}

function short(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `${value.length} bytes` : value
}

function fingerprint(disk: MemoryDisk): string {
  const hash = createHash('sha1')
  for (const [path, {now}] of [...disk.files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path} ${now.length} `).update(now)
  return hash.digest('base64')
}

async function crashMany(parts: WalParts, images: number, recoveries: number): Promise<Tally> {
  const tally: Tally = {images: 0, resumed: 0, recoveryCrashes: 0}
  for (let seed = 1; tally.images < images; seed++)
    await crashEverywhere(await workload(`${seed}`, 10 + (seed % 20)), tally, parts, {images, recoveries})
  return tally
}

describe('crash images', () => {
  it(`every one of ${IMAGES} that a crash could leave holds all that was answered; so do ${RECOVERY_CRASHES} crashes of the recovery`, async () => {
    const tally = await crashMany(defaultWalParts, IMAGES, RECOVERY_CRASHES)
    expect(tally.images).toBe(IMAGES)
    expect(tally.resumed).toBeGreaterThan(IMAGES / 20)
    expect(tally.recoveryCrashes).toBeGreaterThanOrEqual(RECOVERY_CRASHES)
  }, 3_600_000)

  const few = {images: 3_000, recoveries: 0}
  const trial = async (change: (r: Recorded) => Recorded, parts = defaultWalParts): Promise<string> => {
    const tally: Tally = {images: 0, resumed: 0, recoveryCrashes: 0}
    for (let seed = 1; tally.images < few.images; seed++)
      try {
        await crashEverywhere(change(await workload(`${seed}`, 12)), tally, parts, few)
      } catch (error) {
        return (error as Error).message
      }
    return 'nothing was noticed'
  }

  it('a writer that answers before its sync is caught', async () => {
    const early = (r: Recorded): Recorded => ({...r, ops: r.ops.filter((op, i) => op.op !== 'sync' || i % 7 !== 0)})
    expect(await trial(early)).toMatch(/promised were|refused/)
  })

  it('a writer that forgets the directory of a new segment is caught', async () => {
    expect(await trial(r => ({...r, ops: r.ops.filter(op => op.op !== 'syncDir' || op.dir !== DIR)}))).toMatch(
      /promised were|refused/,
    )
  })

  it('a snapshot whose directory, or whose bytes, are not synced before a head names it is caught', async () => {
    expect(
      await trial(r => ({...r, ops: r.ops.filter(op => op.op !== 'syncDir' || !/snapshots$/.test(op.dir))})),
    ).toMatch(/snapshot that the marker names/)
    const unsynced = (r: Recorded): Recorded => {
      const files = new Set(r.ops.flatMap(op => (op.op === 'create' && op.path.endsWith('.tmp') ? [op.file] : [])))
      return {...r, ops: r.ops.filter(op => op.op !== 'sync' || !files.has(op.file))}
    }
    expect(await trial(unsynced)).toMatch(/refuse[ds].*snapshot_\d+_\d+\.snap@0/)
  })

  it('segments that are removed before the head that makes them useless are caught', async () => {
    const early = (r: Recorded): Recorded => {
      const ops = [...r.ops]
      for (const [i, op] of r.ops.entries()) {
        if (op.op !== 'remove' || !op.path.endsWith('.log')) continue
        const before = ops.indexOf(op)
        const head = ops.findLastIndex((o, at) => at < before && o.op === 'create' && o.path.endsWith('.log'))
        ops.splice(before, 1)
        ops.splice(head, 0, r.ops[i])
      }
      return {...r, ops}
    }
    expect(await trial(early)).toMatch(/promised were|refused/)
  })

  it('a recovery that drops the newest entries is caught', async () => {
    const parts: WalParts = {
      ...defaultWalParts,
      recovered: s => ({...s, last: Math.max(s.first - 1, s.last - 1)}),
    }
    expect(await trial(r => r, parts)).toMatch(/promised were/)
  })

  it('a recovery that takes segments by name is caught', async () => {
    const byName: WalParts = {...defaultWalParts, segmentOrder: (a, b) => (a.name < b.name ? -1 : 1)}
    expect(await trial(r => r, byName)).toMatch(/promised were|refused/)
  })
})
