import {execFileSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {crc32} from '../../src/base/crc32.ts'
import {WalKind, writeWalRecord} from '../../src/formats/wal-record.ts'
import {readClientRecords} from '../../src/inspect/client-records.ts'
import {FileWindow, WINDOW_BYTES} from '../../src/inspect/file-window.ts'
import {readNode} from '../../src/inspect/node.ts'
import {type Seen, walk} from '../../src/inspect/walk.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import type {ReadOnlyFiles} from '../../src/io/ports.ts'
import {entry, Folder, hardState, record, SegmentBuilder} from './fixtures.ts'

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.remove())

const GROUP = 'wal/__meta/__raft_metadata/0'
const FILE = `${GROUP}/wal_0_0.log`

function walked(path: string): Seen[] {
  return [...walk(new FileWindow(nodeFiles, path, nodeFiles.stat(path)?.size ?? 0))]
}

/** Counts what is asked of the disk, and never gives more than a window at once. */
class Counted implements ReadOnlyFiles {
  bytes = 0
  largest = 0
  list = nodeFiles.list
  stat = nodeFiles.stat

  readAt(path: string, at: number, into: Uint8Array): number {
    const got = nodeFiles.readAt(path, at, into)
    this.bytes += got
    this.largest = Math.max(this.largest, into.length)
    return got
  }
}

describe('hostile files', () => {
  it.each([
    ['no byte', new Uint8Array(0)],
    ['one byte', Uint8Array.of(0x7e)],
    ['zeros', new Uint8Array(100_000)],
    ['0xFF', new Uint8Array(100_000).fill(0xff)],
    ['nothing but magic numbers', new Uint8Array(100_000).map((_, i) => [0x7e, 0xca, 2, 5][i % 4])],
    ['a length of 4 GB', Uint8Array.of(0x7e, 0xca, 2, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0)],
    ['a topic longer than the file', Uint8Array.of(0x7e, 0xca, 2, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff)],
  ])('hardening 33: a segment of %s is read to its end and counts for nothing', (_, bytes) => {
    folder.write(FILE, bytes)
    const [reading] = readNode(nodeFiles, folder.dir)
    expect(reading).toMatchObject({records: 0, entries: 0, lastIndex: 0})
    expect(reading.hardState).toBeUndefined()
    const seen = walked(folder.path(FILE))
    expect(seen.filter(s => s.seen === 'record')).toEqual([])
    expect(seen.reduce((n, s) => n + s.bytes, 0)).toBe(bytes.length)
  })

  it('hardening 33: a sparse file of 4 GB is read in windows, never more', () => {
    const path = folder.write(FILE, new SegmentBuilder().head().bytes())
    truncateSync(path, 2 ** 32)
    const files = new Counted()
    let records = 0
    // Only its beginning: the figure that matters is how much is held.
    for (const seen of walk(new FileWindow(files, path, 40 * WINDOW_BYTES))) if (seen.seen === 'record') records++
    expect(records).toBe(4)
    expect(files.largest).toBe(WINDOW_BYTES)
    expect(files.bytes).toBeLessThan(100 * WINDOW_BYTES)
  })

  it('hardening 33: a file full of headers that promise much costs no more than a few readings of it', () => {
    const bytes = new Uint8Array(4 * WINDOW_BYTES)
    const view = new DataView(bytes.buffer)
    for (let at = 0; at + 64 < bytes.length; at += 16) {
      view.setUint32(at, 0x0102ca7e, true)
      view.setUint32(at + 4, 2 * WINDOW_BYTES, true)
      view.setUint16(at + 12, 0, true)
    }
    const path = folder.write(FILE, bytes)
    const files = new Counted()
    for (const _ of walk(new FileWindow(files, path, bytes.length)));
    readNode(files, folder.dir)
    expect(files.bytes).toBeLessThan(64 * bytes.length)
  })

  it('hardening 33: FIFO, directory, device and link where a segment should be: nothing waits, nothing is followed', () => {
    mkdirSync(folder.path(GROUP), {recursive: true})
    const outside = folder.write('outside/wal_0_9.log', new SegmentBuilder().head().bytes())
    execFileSync('mkfifo', [folder.path(`${GROUP}/wal_0_0.log`)])
    mkdirSync(folder.path(`${GROUP}/wal_0_1.log`))
    symlinkSync('/dev/zero', folder.path(`${GROUP}/wal_0_2.log`))
    symlinkSync(outside, folder.path(`${GROUP}/wal_0_3.log`))
    symlinkSync(folder.path('outside'), folder.path('wal/linked'))
    const readings = readNode(nodeFiles, folder.dir)
    expect(readings.flatMap(r => r.files)).toEqual([])
    expect(readClientRecords(nodeFiles, folder.dir, undefined)).toEqual([])
    for (const name of ['wal_0_0.log', 'wal_0_1.log', 'wal_0_2.log', 'wal_0_3.log'])
      expect(() => nodeFiles.readAt(folder.path(`${GROUP}/${name}`), 0, new Uint8Array(8)), name).toThrow()
  })

  it('hardening 33: a file that shrinks while it is read ends earlier; one that grows ends where it was', () => {
    const bytes = new SegmentBuilder().head().entry(1).entry(1).bytes()
    const path = folder.write(FILE, bytes)
    let left = 1
    const shrinking: ReadOnlyFiles = {
      ...nodeFiles,
      readAt(name, at, into) {
        if (left-- === 0) truncateSync(path, 700)
        return nodeFiles.readAt(name, at, into.subarray(0, Math.min(into.length, 600)))
      },
    }
    const seen = [...walk(new FileWindow(shrinking, path, bytes.length))]
    expect(seen.filter(s => s.seen === 'record').length).toBeGreaterThan(0)
    expect(seen.at(-1)).toMatchObject({seen: 'unsound', end: true})
    writeFileSync(path, Buffer.concat([bytes, bytes]))
    expect([...walk(new FileWindow(nodeFiles, path, bytes.length))].every(s => s.seen === 'record')).toBe(true)
  })

  it('hardening 33: offsets beyond 2^53 are kept as written, and such an entry does not count', () => {
    const bytes = entry(1, 1)
    const view = new DataView(bytes.buffer)
    view.setBigInt64(bytes.length - 20, 2n ** 60n + 1n, true)
    view.setUint32(4, 0, true)
    view.setUint32(8, crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8))), true)
    view.setUint32(4, bytes.length - 12, true)
    const [seen] = walked(folder.write(FILE, bytes))
    expect(seen).toMatchObject({seen: 'record', record: {baseOffset: 2n ** 60n + 1n}, said: {kind: 'Opaque'}})
  })

  it('hardening 33: a varint index beyond 2^53 is opaque, not rounded', () => {
    const data = Uint8Array.of(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)
    const [seen] = walked(folder.write(FILE, record(WalKind.Entry, data, {offset: 1})))
    expect(seen).toMatchObject({said: {kind: 'Opaque'}})
  })

  it('hardening 33: records larger than a window are checked and described without being held', () => {
    const big = new Uint8Array(3 * WINDOW_BYTES).fill(0xab)
    const log = new SegmentBuilder('orders').head().entry(1, {data: big, tag: 1}).entry(1)
    const path = folder.write('wal/orders/0/wal_0_0.log', log.bytes())
    const files = new Counted()
    const [reading] = readNode(files, folder.dir)
    expect(reading).toMatchObject({entries: 2, torn: [], damage: [], undecodable: []})
    expect(files.largest).toBeLessThanOrEqual(WINDOW_BYTES)
    const large = walked(path).find(s => s.bytes > WINDOW_BYTES)
    expect(large).toMatchObject({said: {kind: 'Entry', entry: {dataBytes: big.length}}})
  })

  it('hardening 33: nothing is ever written to what is inspected', () => {
    folder.write(FILE, new SegmentBuilder().head().entry(1).bytes().subarray(0, 900))
    folder.write('groups.log', new Uint8Array(10))
    const picture = (): unknown =>
      readdirSync(folder.dir, {recursive: true, withFileTypes: true})
        .filter(e => e.isFile())
        .map(e => `${e.parentPath}/${e.name}`)
        .sort()
        .map(p => [p, readFileSync(p, 'hex'), statSync(p).mtimeMs])
    const before = picture()
    readNode(nodeFiles, folder.dir)
    readClientRecords(nodeFiles, folder.dir, undefined)
    walked(folder.path(FILE))
    expect(picture()).toEqual(before)
  })
})

describe('inspect: going on behind damage', () => {
  it('a wrong CRC costs one record: the next one is found by its length', () => {
    const first = hardState({term: 1, vote: 1, commit: 0})
    const bytes = new Uint8Array(Buffer.concat([first, entry(1, 1), entry(2, 1)]))
    bytes[first.length + 45] ^= 0x80
    const seen = walked(folder.write(FILE, bytes))
    expect(seen.map(s => s.seen)).toEqual(['record', 'unsound', 'record'])
    expect(seen[1]).toMatchObject({at: first.length, end: false, flag: 1})
  })

  it('behind bytes that are none the next sound record is found', () => {
    const junk = new Uint8Array(77).fill(0x7e)
    const seen = walked(folder.write(FILE, entry(1, 1), junk, entry(2, 1)))
    expect(seen.map(s => [s.seen, s.bytes])).toEqual([
      ['record', 61],
      ['unsound', 77],
      ['record', 61],
    ])
  })

  it('cut at every byte: sound records are given, the rest is the torn end', () => {
    const bytes = new Uint8Array(Buffer.concat([entry(1, 1), hardState({term: 1, vote: 1, commit: 1}), entry(2, 1)]))
    const ends = [0, 61, 122 + 2, 185]
    for (let cut = 0; cut <= bytes.length; cut++) {
      const seen = walked(folder.write(FILE, bytes.subarray(0, cut)))
      const whole = ends.filter(end => end > 0 && end <= cut).length
      expect(seen.filter(s => s.seen === 'record').length, `cut at ${cut}`).toBe(whole)
      if (cut > ends[whole]) expect(seen.at(-1)).toMatchObject({seen: 'unsound', at: ends[whole], end: true})
    }
  })

  it('version 1 records are read, and wrong ones are seen', () => {
    const value = new Uint8Array(20).fill(7)
    const bytes = new Uint8Array(40 + 3 + value.length)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, 0xca7e, true)
    bytes[2] = 1
    view.setBigInt64(8, 41n, true)
    view.setInt32(28, 3, true)
    bytes.set([0x6b, 0x65, 0x79], 32)
    view.setInt32(35, value.length, true)
    bytes.set(value, 39)
    view.setUint32(24, crc32(bytes.subarray(28), crc32(bytes.subarray(0, 24))), true)
    view.setUint32(4, bytes.length, true)
    const [seen] = walked(folder.write(FILE, bytes))
    expect(seen).toMatchObject({record: {version: 1, baseOffset: 41, dataBytes: 20}, said: {kind: 'Opaque'}})
    expect(seen).toHaveProperty('words', 'version 1, offset 41, key key, value 20 bytes')
    bytes[40] ^= 1
    expect(walked(folder.write(FILE, bytes))[0]).toMatchObject({seen: 'unsound'})
  })

  it('a record written and scanned is the same, whatever its sizes', () => {
    const into = new Uint8Array(200)
    const end = writeWalRecord(into, 0, WalKind.Entry, new Uint8Array(0), -1, new Uint8Array(0), 0, 0)
    expect(walked(folder.write(FILE, into.subarray(0, end)))[0]).toMatchObject({record: {topic: '', partition: -1}})
  })
})
