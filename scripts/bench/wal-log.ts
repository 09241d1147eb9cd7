// Parts of `npm run bench -- wal` that need the broker's own log: `append DIR`, `fill DIR MB`, `recover DIR`, `read DIR` (as `recover`, and no sidecar stands for anything).
// Prints one line of JSON.
import {closeSync, fdatasync, openSync, statSync, write} from 'node:fs'
import {join} from 'node:path'
import {NodeDisk} from '../../src/io/node/disk.ts'
import {openGroupLog} from '../../src/wal/group-log.ts'
import {TailBudget} from '../../src/wal/tail-cache.ts'
import type {GroupLog} from '../../src/wal/types.ts'
import {logOptions} from '../conformance/by-recovery.ts'

const [what, dir, megabytes] = process.argv.slice(2)
const LOG_ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const WRITES = 300
const WARM_UP = 50
const ENTRIES = 16

async function open(listed: boolean, sidecars = true) {
  const options = {...logOptions(new NodeDisk(dir), 'g', listed ? LOG_ID : undefined), newLogId: LOG_ID}
  const opened = await openGroupLog({
    ...options,
    sidecars,
    segmentBytesMax: 250 * 1024 * 1024,
    tails: new TailBudget(1 << 20),
  })
  if ('refused' in opened) throw new Error(JSON.stringify(opened.refused))
  return opened.log
}

function unit(first: number, count: number, bytes: number) {
  const entries = []
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(bytes).fill(first + i)
    entries.push({type: 0 as const, term: 1, index: first + i, data, context: Uint8Array.of(1)})
  }
  return {entries, hardState: {term: 1, vote: 1, commit: first - 1}, mustSync: true, after: []}
}

/**
 * One synced write after the other of 16 entries of 1 KiB, and after each the same bytes to a bare file: whatever else the machine does strikes both.
 * Gives the median of each, ms, after some to warm up.
 */
async function append(): Promise<unknown> {
  const log = await open(false)
  const fd = openSync(join(dir, 'raw'), 'wx')
  const ours: number[] = []
  const raw: number[] = []
  for (let i = 0; i < WARM_UP + WRITES; i++) {
    const before = log.figures().bytes
    const next = unit(1 + i * ENTRIES, ENTRIES, 1024)
    const begun = performance.now()
    await log.append(next)
    const between = performance.now()
    const piece = new Uint8Array(log.figures().bytes - before).fill(7)
    const bare = performance.now()
    await new Promise<void>((done, no) => write(fd, piece, 0, piece.length, null, e => (e ? no(e) : done())))
    await new Promise<void>((done, no) => fdatasync(fd, e => (e ? no(e) : done())))
    if (i < WARM_UP) continue
    ours.push(between - begun)
    raw.push(performance.now() - bare)
  }
  await log.close()
  closeSync(fd)
  return {ours: median(ours), raw: median(raw)}
}

function median(all: number[]): number {
  return all.sort((a, b) => a - b)[all.length >> 1]
}

async function fill(): Promise<unknown> {
  const log = await open(false)
  const target = Number(megabytes) * 1024 * 1024
  let index = 1
  for (let bytes = 0; bytes < target; bytes += 4 * 1024 * 1024, index += 4096) {
    await log.append(unit(index, 4096, 1024))
    if (log.beginsSegment(index)) keepState(log, index - 1)
  }
  await log.close()
  return {entries: index - 1, files: log.report.files}
}

function keepState(log: GroupLog, index: number): void {
  const {confState} = log.initialState()
  log.keepState({data: new Uint8Array(1_000), metadata: {index, term: 1, confState}}, low => {
    const indexes = Array.from({length: index + 1 - low}, (_, i) => low + i)
    return {indexes, baseOffsets: indexes, maxTimestampsMs: indexes}
  })
}

async function recover(sidecars = true): Promise<unknown> {
  const begun = performance.now()
  const log = await open(true, sidecars)
  const ms = performance.now() - begun
  const entries = log.lastIndex() - log.firstIndex() + 1
  const bytes = log.report.files.reduce((sum, f) => sum + statSync(join(dir, f.file)).size, 0)
  await log.close()
  return {ms, entries, bytes, rssMb: process.resourceUsage().maxRSS / 1024}
}

const parts = {append, fill, recover: () => recover(), read: () => recover(false)}
console.log(JSON.stringify(await parts[what as keyof typeof parts]()))
