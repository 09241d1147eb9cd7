import {createHash} from 'node:crypto'
import {nodeClock} from '../../src/io/node/clock.ts'
import type {Disk} from '../../src/io/ports.ts'
import {COMMIT_PROFILES, CommitTurns} from '../../src/wal/commit-turns.ts'
import {openGroupLog} from '../../src/wal/group-log.ts'
import {defaultWalParts} from '../../src/wal/parts.ts'
import {recover} from '../../src/wal/recovery.ts'
import {NO_RESERVE} from '../../src/wal/reserve.ts'
import {SegmentChecks} from '../../src/wal/segment-checks.ts'
import {TailBudget} from '../../src/wal/tail-cache.ts'
import type {GroupLog, GroupLogOptions} from '../../src/wal/types.ts'
import type {Outcome} from './image.ts'

export const NEW_LOG_ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** The broker's log over the group's directory `dir` of a disk, as a node would open it. */
export function logOptions(
  disk: Disk,
  dir: string,
  logId: Uint8Array | undefined,
  group = {topic: '__raft_metadata', partition: 0},
): GroupLogOptions {
  return {
    ...group,
    group: `${group.topic}/${group.partition}`,
    dir,
    snapshotDir: `${dir}/snapshots`,
    logId,
    newLogId: NEW_LOG_ID,
    birthConfState: {voters: [1], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
    segmentBytesMax: 1 << 20,
    tails: new TailBudget(1 << 20),
    parts: defaultWalParts,
    reserve: NO_RESERVE,
    sidecars: true,
    checks: new SegmentChecks(nodeClock),
    turns: new CommitTurns(COMMIT_PROFILES.low),
    disk,
    clock: nodeClock,
    listed: async () => {},
    fail: error => {
      throw error
    },
    full: () => {},
    fetched: () => {},
  }
}

/** What the broker's recovery makes of a group's directory: it is opened for writing, and changed. */
export async function byRecovery(options: GroupLogOptions): Promise<Outcome> {
  const {dir} = options
  const plain = (file: string): string => file.replace(`${dir}/`, '')
  const looked = await recover(options)
  const installed = looked.outcome === 'sound' && looked.marker.installed
  const completesRotation = looked.outcome === 'sound' && looked.rotation !== undefined
  if (looked.outcome === 'sound') for (const {file} of looked.segments) await file.close()
  const opened = await openGroupLog(options)
  if ('refused' in opened) return {verdict: 'refused', ...opened.refused, file: plain(opened.refused.file)}
  const {log} = opened
  const {confState, hardState} = log.initialState()
  const {born, cuts, snapshotIndex, snapshotTerm} = log.report
  const entries = await entriesOf(log)
  const [firstIndex, lastIndex] = [log.firstIndex(), log.lastIndex()]
  await log.close()
  return {
    verdict: 'ok',
    state: {
      firstIndex,
      lastIndex,
      ...hardState,
      marker: {index: snapshotIndex, term: snapshotTerm, installed},
      confState: born ? null : {voters: confState.voters, learners: confState.learners},
      entries,
    },
    cut: cuts.map(({at, file}) => ({file: plain(file), at})),
    completesRotation,
    begunAnew: born,
  }
}

async function entriesOf(
  log: GroupLog,
): Promise<Array<{index: number; term: number; type: number; dataSha256: string}>> {
  const entries = []
  for (let i = log.firstIndex(); i <= log.lastIndex(); ) {
    for (const {data, index, term, type} of await log.read(i, log.lastIndex() + 1, 1 << 20)) {
      entries.push({index, term, type, dataSha256: createHash('sha256').update(data).digest('hex')})
      i = index + 1
    }
  }
  return entries
}
