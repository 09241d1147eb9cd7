import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {hex32} from '../../src/base/bytes.ts'
import {FileWindow} from '../../src/inspect/file-window.ts'
import {ENTRY_TYPES} from '../../src/inspect/kinds.ts'
import {readNode} from '../../src/inspect/node.ts'
import {walk} from '../../src/inspect/walk.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {projectRoot} from '../helpers/chronik.ts'

const fixture = join(projectRoot, 'test/fixtures/chronik-server')
const META = 'wal/__meta/__raft_metadata/0/wal_0_0.log'

describe('inspect: files of another writer (no marks, no kinds)', () => {
  it.each([1, 2, 3])('node %i reads record by record as another decoder read it', node => {
    const dir = join(fixture, 'before', `node${node}`)
    const path = join(dir, META)
    const seen = [...walk(new FileWindow(nodeFiles, path, nodeFiles.stat(path)?.size ?? 0))].map(s => {
      if (s.seen !== 'record') return s
      const {said} = s
      const head = {at: s.at, bytes: s.bytes, crc32: hex32(s.record.crc32), kind: said.kind}
      if (said.kind === 'Entry')
        return {
          ...head,
          type: ENTRY_TYPES[said.entry.type],
          term: said.term,
          index: said.index,
          dataBytes: said.entry.dataBytes,
        }
      return said.kind === 'HardState' ? {...head, term: said.term, vote: said.vote, commit: said.commit} : head
    })
    const lines = readFileSync(join(dir, 'expected.jsonl'), 'utf8').trim().split('\n')
    expect(seen).toEqual(lines.map(line => JSON.parse(line)))
  })

  it.each([
    [1, {term: 1, vote: 1, commit: 22, at: 3215}, 'Entry ConfChange term 1 index 22'],
    [2, {term: 4, vote: 2, commit: 23, at: 3496}, 'Entry type 4 term 2 index 23'],
    [3, {term: 4, vote: 3, commit: 22, at: 3496}, 'Entry type 4 term 3 index 22'],
  ])('node %i has its HardState, 23 entries, and the name of the trap', (node, hardState, trap) => {
    const [meta] = readNode(nodeFiles, join(fixture, 'before', `node${node}`))
    const lastHardState = meta.hardState && {...meta.hardState}
    expect(lastHardState).toMatchObject({...hardState, file: META})
    expect(meta).toMatchObject({group: '__raft_metadata/0', entries: 23, firstIndex: 1, lastIndex: 23})
    expect(meta.alsoReadsAs).toBe(trap)
    expect([meta.torn, meta.damage, meta.holes]).toEqual([[], [], []])
  })

  it('topic data in the same framing is opaque, not guessed at', () => {
    const readings = readNode(nodeFiles, join(fixture, 'before/node1'))
    const topics = readings.filter(r => r.group !== '__raft_metadata/0')
    expect(topics.map(r => r.group).sort()).toEqual(['alpha/0', 'beta/0'])
    for (const reading of topics) {
      expect(reading.entries).toBe(0)
      expect(reading.hardState).toBeUndefined()
      expect(reading.undecodable).toHaveLength(1)
    }
  })
})
