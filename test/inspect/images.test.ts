import {createHash} from 'node:crypto'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {EntryPlaces} from '../../src/inspect/client-records.ts'
import {readGroup} from '../../src/inspect/group.ts'
import {segmentFiles} from '../../src/inspect/segments.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {projectRoot} from '../helpers/chronik.ts'

const images = join(projectRoot, 'test/fixtures/wal-images')

interface Expected {
  listed: boolean
  logId: string | null
  verdict: 'ok' | 'refused'
  begunAnew?: boolean
  file?: string
  at?: number
  state: {
    marker: {index: number; term: number}
    confState: {voters?: number[]; learners?: number[]} | null
    entries: Array<{index: number; term: number; type: number; dataSha256: string}>
  }
  cut: Array<{file: string; at: number}>
}

const byFile = (a: {file: string}, b: {file: string}): number => (a.file < b.file ? -1 : 1)

/** What the independent reader makes of an image, in the form of its expectation. */
function judged(name: string, e: Expected): Record<string, unknown> {
  const dir = join(images, name, 'image')
  const places = new EntryPlaces()
  const {reading, confState} = readGroup(
    nodeFiles,
    {
      group: '__raft_metadata/0',
      topic: '__raft_metadata',
      partition: 0,
      dir,
      snapshotDir: `${dir}/snapshots`,
      segments: segmentFiles(nodeFiles, dir, 0),
      listing: e.logId ? {listed: new Uint8Array(Buffer.from(e.logId, 'hex'))} : 'unlisted',
    },
    path => path.replace(`${dir}/`, ''),
    places,
  )
  if (reading.damage.length > 0) {
    const {file, at} = reading.damage[0]
    return {verdict: 'refused', file: e.file === undefined ? undefined : file, at: e.at === undefined ? undefined : at}
  }
  const {hardState} = reading
  const entries = places.all().map(({entry, file}) => {
    const data = new Uint8Array(entry.dataBytes)
    nodeFiles.readAt(file, entry.dataAt, data)
    const {index, term, type} = entry
    return {index, term, type, dataSha256: createHash('sha256').update(data).digest('hex')}
  })
  return {
    verdict: 'ok',
    state: {
      firstIndex: reading.firstIndex,
      lastIndex: reading.lastIndex,
      term: hardState?.term ?? 0,
      vote: hardState?.vote ?? 0,
      commit: hardState?.commit ?? 0,
      marker: reading.snapshot,
      confState: confState ? {voters: confState.voters, learners: confState.learners} : null,
      entries,
      count: reading.entries,
    },
    cut: e.begunAnew ? [] : reading.torn.map(({file, at}) => ({file, at})).sort(byFile),
  }
}

function wanted(e: Expected): Record<string, unknown> {
  if (e.verdict === 'refused') return {verdict: 'refused', file: e.file, at: e.at}
  const {marker, confState, entries, ...state} = e.state
  return {
    verdict: 'ok',
    state: {
      ...state,
      marker: {index: marker.index, term: marker.term},
      confState: confState && {voters: confState.voters ?? [], learners: confState.learners ?? []},
      entries: entries.map(({index, term, type, dataSha256}) => ({index, term, type, dataSha256})),
      count: entries.length,
    },
    cut: e.cut.map(({file, at}) => ({file, at})).sort(byFile),
  }
}

describe('inspect: images of a group', () => {
  const names = readdirSync(images)
    .filter(n => existsSync(join(images, n, 'expected.json')))
    .sort()

  it('all are here', () => expect(names.length).toBe(283))

  it.each(names)('%s is judged as the disk format says', name => {
    const e = JSON.parse(readFileSync(join(images, name, 'expected.json'), 'utf8')) as Expected
    expect(judged(name, e)).toEqual(wanted(e))
  })
})
