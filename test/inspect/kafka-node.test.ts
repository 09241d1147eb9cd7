import {cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {readClientRecords} from '../../src/inspect/client-records.ts'
import {readNode} from '../../src/inspect/node.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {projectRoot} from '../helpers/chronik.ts'

const LOG = '__cluster_metadata-0/00000000000000000000.log'
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-kafka-node-'))
  cpSync(join(projectRoot, 'test/fixtures/kafka/static/n1'), join(dir, 'data'), {recursive: true})
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

const metadata = () => readNode(nodeFiles, dir)[0]

describe('inspect: the directory of a Kafka node, in the words of a Raft group', () => {
  it('the metadata log by offset and epoch, quorum-state as HardState without a commit, topics beside it', () => {
    const [meta, ...topics] = readNode(nodeFiles, dir)
    expect(meta.group).toBe('__cluster_metadata/0')
    expect(meta.firstIndex).toBe(0)
    expect(meta.entries).toBe(meta.lastIndex + 1)
    expect(meta.terms.map(t => t.term)).toEqual([...meta.terms.map(t => t.term)].sort((a, b) => a - b))
    const state = JSON.parse(readFileSync(join(dir, 'data/__cluster_metadata-0/quorum-state'), 'utf8'))
    expect(meta.hardState).toEqual({
      file: 'data/__cluster_metadata-0/quorum-state',
      at: 0,
      bytes: JSON.stringify(state).length,
      term: state.leaderEpoch,
      vote: Math.max(state.votedId, 0),
    })
    expect([meta.torn, meta.damage, meta.holes, meta.undecodable]).toEqual([[], [], [], []])
    expect(topics.map(t => t.group)).toEqual(['orders/0'])
    expect(topics[0].hardState).toBeUndefined()
    expect(topics[0].entries).toBeGreaterThan(0)
  })

  it('a torn end is torn, a flipped byte in the middle is damage, with its byte', () => {
    const path = join(dir, 'data', LOG)
    const bytes = readFileSync(path)
    truncateSync(path, bytes.length - 7)
    expect(metadata().torn).toHaveLength(1)
    expect(metadata().damage).toEqual([])
    bytes[1_500] ^= 1
    writeFileSync(path, bytes)
    const [damage] = metadata().damage
    expect(damage.file).toBe(`data/${LOG}`)
    expect(damage.at).toBeLessThanOrEqual(1_500)
    expect(damage.at + damage.bytes).toBeGreaterThan(1_500)
    expect(damage.why).toMatch(/CRC-32C/)
    expect(metadata().holes).toHaveLength(1)
  })

  it('a lost quorum-state is no HardState, one that is no JSON is damage', () => {
    const path = join(dir, 'data/__cluster_metadata-0/quorum-state')
    writeFileSync(path, '{"leaderId":1')
    expect(metadata().hardState).toBeUndefined()
    expect(metadata().damage[0]).toMatchObject({file: 'data/__cluster_metadata-0/quorum-state', at: 0})
    rmSync(path)
    expect([metadata().hardState, metadata().votes, metadata().damage]).toEqual([undefined, [], []])
  })

  it('records of clients by offset, of topics only', () => {
    const records = readClientRecords(nodeFiles, dir, undefined)
    expect(records.length).toBeGreaterThan(0)
    expect(new Set(records.map(r => r.group))).toEqual(new Set(['orders/0']))
    const [first] = records
    expect(readClientRecords(nodeFiles, dir, new Set([first.value])).every(r => r.value === first.value)).toBe(true)
  })
})
