import {createHash} from 'node:crypto'
import {EntryPlaces} from '../../src/inspect/client-records.ts'
import {readGroup} from '../../src/inspect/group.ts'
import {segmentFiles} from '../../src/inspect/segments.ts'
import type {ReadOnlyFiles} from '../../src/io/ports.ts'
import type {Outcome} from './image.ts'

/** What the independent reader makes of a group's directory. */
export function byInspect(
  files: ReadOnlyFiles,
  dir: string,
  logId: Uint8Array | undefined,
  group = {topic: '__raft_metadata', partition: 0},
): Outcome {
  const places = new EntryPlaces()
  const {begunAnew, confState, installed, interruptedRotation, marked, reading} = readGroup(
    files,
    {
      ...group,
      group: `${group.topic}/${group.partition}`,
      dir,
      snapshotDir: `${dir}/snapshots`,
      segments: segmentFiles(files, dir, group.partition),
      listing: logId ? {listed: logId} : 'unlisted',
    },
    path => path.replace(`${dir}/`, ''),
    places,
  )
  if (!marked) return {verdict: 'refused', why: "files of another writer in a group's directory"}
  if (reading.damage.length > 0) return {verdict: 'refused', ...reading.damage[0]}
  const {commit, term, vote} = reading.hardState ?? {term: 0, vote: 0, commit: 0}
  const entries = places.all().map(({entry, file}) => {
    const data = new Uint8Array(entry.dataBytes)
    files.readAt(file, entry.dataAt, data)
    const {index, term, type} = entry
    return {index, term, type, dataSha256: createHash('sha256').update(data).digest('hex')}
  })
  return {
    verdict: 'ok',
    state: {
      firstIndex: reading.firstIndex,
      lastIndex: reading.lastIndex,
      term,
      vote,
      commit: commit ?? 0,
      marker: {index: reading.snapshot.index, term: reading.snapshot.term, installed},
      confState: confState ? {voters: confState.voters, learners: confState.learners} : null,
      entries,
    },
    // What an interrupted birth left is no cut: the files go.
    cut: begunAnew ? [] : reading.torn.map(({at, file}) => ({file, at})),
    completesRotation: interruptedRotation,
    begunAnew,
  }
}
