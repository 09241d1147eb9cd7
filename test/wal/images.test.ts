import {createHash} from 'node:crypto'
import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {nodeClock} from '../../src/io/node/clock.ts'
import {NodeDisk} from '../../src/io/node/disk.ts'
import {openGroupLog} from '../../src/wal/group-log.ts'
import {defaultWalParts} from '../../src/wal/parts.ts'
import {projectRoot} from '../helpers/chronik.ts'

const images = join(projectRoot, 'test/fixtures/wal-images')
const scratch = mkdtempSync(join(tmpdir(), 'chronik-images-'))
afterAll(() => rmSync(scratch, {recursive: true, force: true}))

/** What the broker's recovery makes of a copy of an image, in the form of expected.json. */
async function outcome(name: string): Promise<unknown> {
  const expected = JSON.parse(readFileSync(join(images, name, 'expected.json'), 'utf8'))
  const root = join(scratch, name)
  cpSync(join(images, name, 'image'), join(root, 'g'), {recursive: true})
  mkdirSync(join(root, 'g'), {recursive: true})
  const opened = await openGroupLog({
    group: '__raft_metadata/0',
    topic: '__raft_metadata',
    partition: 0,
    dir: 'g',
    snapshotDir: 'g/snapshots',
    logId: expected.logId ? Buffer.from(expected.logId, 'hex') : undefined,
    newLogId: Buffer.from('0102030405060708', 'hex'),
    birthConfState: {voters: [1], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
    segmentBytesMax: 1_000_000,
    tailBytesMax: 1_000_000,
    parts: defaultWalParts,
    disk: new NodeDisk(root),
    clock: nodeClock,
    listed: async () => {},
    fail: error => {
      throw error
    },
    full: () => {},
    fetched: () => {},
  })
  if ('refused' in opened)
    return {verdict: 'refused', file: opened.refused.file.replace(/^g\//, ''), at: opened.refused.at}
  const {log} = opened
  const entries: unknown[] = []
  for (let i = log.firstIndex(); i <= log.lastIndex(); i++) {
    const [entry] = await log.read(i, i + 1, 1)
    entries.push({
      index: entry.index,
      term: entry.term,
      type: entry.type,
      dataSha256: createHash('sha256').update(entry.data).digest('hex'),
    })
  }
  const {hardState, confState} = log.initialState()
  await log.close()
  return {
    verdict: 'ok',
    born: log.report.born,
    state: {
      firstIndex: log.firstIndex(),
      lastIndex: log.lastIndex(),
      ...hardState,
      marker: {index: log.report.snapshotIndex, term: log.report.snapshotTerm},
      confState: log.report.born ? null : {voters: confState.voters, learners: confState.learners},
      entries,
    },
    cut: log.report.cuts.map(c => ({file: c.file.replace(/^g\//, ''), at: c.at})),
  }
}

function wanted(name: string): unknown {
  const e = JSON.parse(readFileSync(join(images, name, 'expected.json'), 'utf8'))
  if (e.verdict === 'refused') return {verdict: 'refused', file: e.file, at: e.at}
  const {marker, confState, entries, ...state} = e.state
  return {
    verdict: 'ok',
    born: e.begunAnew === true,
    state: {
      ...state,
      marker: {index: marker.index, term: marker.term},
      confState: confState && {voters: confState.voters ?? [], learners: confState.learners ?? []},
      entries: entries.map((x: Record<string, unknown>) => ({
        index: x.index,
        term: x.term,
        type: x.type,
        dataSha256: x.dataSha256,
      })),
    },
    cut: e.cut.map((c: {file: string; at: number}) => ({file: c.file, at: c.at})),
  }
}

describe('recovery', () => {
  const names = readdirSync(images)
    .filter(n => existsSync(join(images, n, 'expected.json')))
    .sort()

  it('sees the images', () => expect(names.length).toBeGreaterThan(200))

  it.each(names)('leaves image %s as the disk format says', async name => {
    const got = (await outcome(name)) as Record<string, unknown>
    const want = wanted(name) as Record<string, unknown>
    // A file and byte stand in an expectation only where the rules determine them.
    if (want.verdict === 'refused') {
      if (want.file === undefined) got.file = undefined
      if (want.at === undefined) got.at = undefined
    }
    const sorted = (o: Record<string, unknown>): unknown => ({
      ...o,
      cut: ((o.cut as Array<{file: string}>) ?? []).sort((a, b) => (a.file < b.file ? -1 : 1)),
    })
    expect(sorted(got)).toEqual(sorted(want))
  })
})
