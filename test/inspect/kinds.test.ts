import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {encodeHardState} from '../../src/formats/eraftpb.ts'
import {WalKind} from '../../src/formats/wal-record.ts'
import {FileWindow} from '../../src/inspect/file-window.ts'
import {alsoReadsAs} from '../../src/inspect/kinds.ts'
import {walk} from '../../src/inspect/walk.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {entry, Folder, hardState, record} from './fixtures.ts'

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.remove())

function said(...records: Uint8Array[]) {
  const path = folder.write('wal_0_0.log', ...records)
  const size = records.reduce((n, r) => n + r.length, 0)
  return [...walk(new FileWindow(nodeFiles, path, size))].map(s => (s.seen === 'record' ? s.said : s))
}

describe('inspect: what a record is', () => {
  it('the trap: HardState bytes that also read as an Entry are told apart by kind', () => {
    const data = encodeHardState({term: 1, vote: 2, commit: 7})
    const [marked] = said(record(WalKind.HardState, data))
    expect(marked).toEqual({kind: 'HardState', term: 1, vote: 2, commit: 7})
  })

  it('the trap without a kind: the base offset decides, and the other reading is noted', () => {
    const data = encodeHardState({term: 1, vote: 2, commit: 7})
    const [state, asEntry] = said(record(WalKind.Unmarked, data), record(WalKind.Unmarked, data, {offset: 7}))
    expect(state).toMatchObject({kind: 'HardState', commit: 7, ambiguous: 'Entry ConfChange term 2 index 7'})
    expect(asEntry).toMatchObject({kind: 'Entry', index: 7, ambiguous: 'HardState term 1 vote 2 commit 7'})
  })

  it('an unmarked record whose offset fits neither reading is opaque', () => {
    const data = encodeHardState({term: 1, vote: 2, commit: 7})
    const [seen] = said(record(WalKind.Unmarked, data, {offset: 8}))
    expect(seen).toMatchObject({kind: 'Opaque'})
  })

  it('every kind given to every decoder gives only its own', () => {
    const kinds = [WalKind.Entry, WalKind.HardState, WalKind.ConfState, WalKind.SnapshotMarker, WalKind.BatchMark]
    const garbage = Uint8Array.of(0xff, 0xff, 0xff)
    for (const kind of kinds) expect(said(record(kind, garbage))[0], `kind ${kind}`).toMatchObject({kind: 'Opaque'})
    expect(said(record(9 as typeof WalKind.Entry, garbage))[0]).toMatchObject({kind: 'Opaque', why: 'kind 9'})
  })

  it('an entry whose record names another index is not believed', () => {
    const bytes = entry(5, 1)
    const wrong = record(WalKind.Entry, bytes.subarray(37, bytes.length - 20), {offset: 6})
    expect(said(wrong)[0]).toMatchObject({kind: 'Opaque'})
  })

  it('a payload that parses but is written oddly says so', () => {
    const oddly = Uint8Array.of(0x08, 0x01, 0x10, 0x00)
    expect(said(record(WalKind.HardState, oddly))[0]).toMatchObject({kind: 'HardState', term: 1, vote: 0})
    expect(said(record(WalKind.HardState, oddly))[0]).toHaveProperty('oddly')
    expect(said(hardState({term: 1, vote: 0, commit: 0}))[0]).not.toHaveProperty('oddly')
  })

  it('a HardState without a commit reads as nothing else', () => {
    expect(alsoReadsAs({term: 3, vote: 1, commit: 0})).toBeUndefined()
    expect(alsoReadsAs({term: 3, vote: 1, commit: 31})).toBe('Entry type 3 term 1 index 31')
  })
})
