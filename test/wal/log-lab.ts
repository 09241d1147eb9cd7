import {utf8} from '../../src/base/bytes.ts'
import type {Entry, HardState} from '../../src/formats/eraftpb.ts'
import {COMMIT_PROFILES, CommitTurns} from '../../src/wal/commit-turns.ts'
import {openGroupLog} from '../../src/wal/group-log.ts'
import {defaultWalParts} from '../../src/wal/parts.ts'
import {NO_RESERVE} from '../../src/wal/reserve.ts'
import {SegmentChecks} from '../../src/wal/segment-checks.ts'
import {TailBudget} from '../../src/wal/tail-cache.ts'
import type {GroupLog, GroupLogOptions, WriteUnit} from '../../src/wal/types.ts'
import {ManualClock, MemoryDisk} from '../helpers/memory-disk.ts'

export const LOG_ID = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])
export const DIR = 'wal/orders/0'
export const segment = (number: number): string => `${DIR}/wal_0_${number}.log`

/** One log over a disk in memory, and what it told its node. */
export class LogLab {
  disk: MemoryDisk
  readonly clock = new ManualClock()
  /** Set by the birth, as groups.log would hold it. */
  listed: Uint8Array | undefined
  failures: Array<{message: string; file: string}> = []
  full: boolean[] = []
  fetched: Array<Parameters<GroupLogOptions['fetched']>[0]> = []
  options: Partial<GroupLogOptions> = {}
  readonly confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}

  constructor(disk = new MemoryDisk(), options: Partial<GroupLogOptions> = {}) {
    this.disk = disk
    this.options = options
  }

  async tryOpen(): Promise<Awaited<ReturnType<typeof openGroupLog>>> {
    return openGroupLog({
      group: 'orders/0',
      topic: 'orders',
      partition: 0,
      dir: DIR,
      snapshotDir: `${DIR}/snapshots`,
      logId: this.listed,
      newLogId: LOG_ID,
      birthConfState: this.confState,
      segmentBytesMax: 1 << 20,
      tails: new TailBudget(1 << 20),
      parts: defaultWalParts,
      disk: this.disk,
      clock: this.clock,
      reserve: NO_RESERVE,
      sidecars: false,
      checks: new SegmentChecks(this.clock),
      turns: new CommitTurns(COMMIT_PROFILES.low),
      listed: async logId => {
        this.listed = logId
      },
      fail: (error, file) => this.failures.push({message: (error as Error).message, file}),
      full: full => this.full.push(full),
      fetched: want => this.fetched.push(want),
      ...this.options,
    })
  }

  async open(): Promise<GroupLog> {
    const opened = await this.tryOpen()
    if ('refused' in opened) throw new Error(JSON.stringify(opened.refused))
    return opened.log
  }

  /** The log as another start on `disk` finds it. */
  on(disk: MemoryDisk): LogLab {
    const lab = new LogLab(disk, this.options)
    lab.listed = this.listed
    return lab
  }
}

export function entry(index: number, term = 1, bytes = 20): Entry {
  const data = new Uint8Array(bytes)
  data.set(utf8(`${index}/${term}`).subarray(0, bytes))
  return {type: 0, term, index, data, context: new Uint8Array([3])}
}

export function entries(from: number, to: number, term = 1, bytes = 20): Entry[] {
  const made: Entry[] = []
  for (let i = from; i <= to; i++) made.push(entry(i, term, bytes))
  return made
}

export function unit(list: Entry[], hardState?: HardState): WriteUnit {
  return {entries: list, hardState, mustSync: true, after: []}
}

/** All entries of a log, read one by one from where they lie. */
export async function contents(log: GroupLog): Promise<Entry[]> {
  const all: Entry[] = []
  for (let i = log.firstIndex(); i <= log.lastIndex(); i++) all.push(...(await log.read(i, i + 1, 1)))
  return all.map(e => ({...e, data: e.data.slice(), context: e.context.slice()}))
}
