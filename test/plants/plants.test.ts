import {describe, expect, it} from 'vitest'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import {EntryType, encodeEntry, encodeHardState} from '../../src/formats/eraftpb.ts'
import {WalKind, type WalRecord} from '../../src/formats/wal-record.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import {PLANTS, planted, plantOf} from '../../src/plants/index.ts'

const of = (word: string) => {
  const plant = plantOf(word)
  if (!plant) throw new Error(`no plant ${word}`)
  return planted(plant)
}
const record = (kind: number, data: Uint8Array): WalRecord => ({
  kind,
  topic: 't',
  partition: 0,
  data,
  baseOffset: 0,
  lastOffset: 0,
  recordCount: 1,
  crc32: 0,
})

describe('plants', () => {
  it('each has an id and a name of its own, both of which find it, and a check that exists', () => {
    expect(new Set(PLANTS.flatMap(p => [p.id, p.name])).size).toBe(2 * PLANTS.length)
    for (const plant of PLANTS) {
      expect(plant.name).toMatch(/^[a-z][a-z0-9-]+$/)
      expect(plantOf(plant.name)).toBe(plant)
      expect(plantOf(plant.id.toLowerCase())).toBe(plant)
      expect(CHECKS.has(plant.caughtBy), plant.caughtBy).toBe(true)
    }
    expect(plantOf('none')).toBeUndefined()
  })

  it('each is a copy: the sound parts stay as they are, and something differs', () => {
    const {raft, wal, group} = defaultBrokerParts
    const before = {raft: {...raft}, wal: {...wal}, group: {...group}}
    for (const plant of PLANTS) {
      const parts = planted(plant)
      expect(parts, plant.name).not.toEqual(defaultBrokerParts)
      expect(Object.keys(parts.wal).sort()).toEqual(Object.keys(defaultBrokerParts.wal).sort())
    }
    expect(defaultBrokerParts).toEqual(before)
  })

  it('R04: whatever HardState was found, the node starts from none', () => {
    expect(of('R04').wal.recoveredHardState({term: 3, vote: 1, commit: 31}, 31)).toEqual({term: 0, vote: 0, commit: 0})
  })

  it('W01: a HardState with a commit index is taken for an entry, one without is not', () => {
    const {wal} = of('W01')
    const committed = encodeHardState({term: 3, vote: 1, commit: 31})
    expect(wal.payloadKind(record(WalKind.HardState, committed))).toBe(WalKind.Entry)
    expect(wal.decodeEntry(committed)).toMatchObject({term: 1, index: 31})
    expect(wal.payloadKind(record(WalKind.HardState, encodeHardState({term: 3, vote: 1, commit: 0})))).toBe(
      WalKind.HardState,
    )
    const entry = {type: EntryType.Normal, term: 3, index: 7, data: new Uint8Array([1]), context: new Uint8Array([3])}
    expect(wal.decodeEntry(encodeEntry(entry).finish())).toEqual(entry)
    expect(wal.refusesBrokenFold()).toBe(false)
  })

  it('W17: the first 16 entries stay, and the commit index is made to fit', () => {
    const {wal} = of('W17')
    expect([wal.keptEntries(4), wal.keptEntries(16), wal.keptEntries(500)]).toEqual([4, 16, 16])
    expect(wal.recoveredHardState({term: 3, vote: 1, commit: 31}, 16)).toEqual({term: 3, vote: 1, commit: 16})
  })
})
