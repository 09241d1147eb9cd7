import {describe, expect, it} from 'vitest'
import {type BrokerParts, defaultBrokerParts} from '../../src/broker/parts.ts'
import {EntryType, encodeEntry, encodeHardState} from '../../src/formats/eraftpb.ts'
import {WalKind, type WalRecord} from '../../src/formats/wal-record.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import {CONTROLS} from '../../src/plants/controls.ts'
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

/** Every part by room and name. */
function partsOf(all: BrokerParts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([room, parts]) =>
      Object.entries(parts).map(([name, part]) => [`${room}.${name}`, part]),
    ),
  )
}

function changed(all: BrokerParts): string[] {
  const sound = partsOf(defaultBrokerParts)
  const parts = partsOf(all)
  expect(Object.keys(parts).sort()).toEqual(Object.keys(sound).sort())
  return Object.keys(parts).filter(name => parts[name] !== sound[name])
}

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

  for (const plant of PLANTS)
    it(`${plant.id} ${plant.name}: a copy with exactly one part changed`, () => {
      const before = partsOf(defaultBrokerParts)
      expect(changed(planted(plant))).toHaveLength(1)
      expect(partsOf(defaultBrokerParts)).toEqual(before)
    })

  for (const {name, parts, settings} of CONTROLS)
    it(`control ${name}: one part or one setting is another`, () => {
      expect((parts ? changed(parts(defaultBrokerParts)) : Object.keys(settings ?? {})).length).toBe(1)
    })

  it('there are at least 20 controls, each with a name of its own', () => {
    expect(new Set(CONTROLS.map(c => c.name)).size).toBe(CONTROLS.length)
    expect(CONTROLS.length).toBeGreaterThanOrEqual(20)
  })

  it('R04: whatever HardState was found, the node starts from none', () => {
    expect(of('R04').wal.recovered({hardState: {term: 3, vote: 1, commit: 31}, first: 1, last: 31}).hardState).toEqual({
      term: 0,
      vote: 0,
      commit: 0,
    })
  })

  it('W01: a HardState with a commit index is taken for an entry, one without is not', () => {
    const {reading} = of('W01').wal
    const committed = encodeHardState({term: 3, vote: 1, commit: 31})
    expect(reading.payloadKind(record(WalKind.HardState, committed))).toBe(WalKind.Entry)
    expect(reading.decodeEntry(committed)).toMatchObject({term: 1, index: 31})
    expect(reading.payloadKind(record(WalKind.HardState, encodeHardState({term: 3, vote: 1, commit: 0})))).toBe(
      WalKind.HardState,
    )
    const entry = {type: EntryType.Normal, term: 3, index: 7, data: new Uint8Array([1]), context: new Uint8Array([3])}
    expect(reading.decodeEntry(encodeEntry(entry).finish())).toEqual(entry)
    expect(reading.refusesBrokenFold()).toBe(false)
  })

  it('W17: the first 16 entries stay, and the commit index is made to fit', () => {
    const {wal} = of('W17')
    const hardState = {term: 3, vote: 1, commit: 31}
    expect([4, 16, 500].map(last => wal.recovered({hardState, first: 1, last}).last)).toEqual([4, 16, 16])
    expect(wal.recovered({hardState, first: 1, last: 31}).hardState).toEqual({term: 3, vote: 1, commit: 16})
  })
})
