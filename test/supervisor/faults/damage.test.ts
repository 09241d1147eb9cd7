import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {DamageTarget, DamageWord} from '../../../src/contracts/damage.ts'
import {readNode} from '../../../src/inspect/node.ts'
import {nodeFiles} from '../../../src/io/node/read-only-files.ts'
import {damage, undoDamages} from '../../../src/supervisor/faults/damage.ts'
import {Journal} from '../../../src/supervisor/journal.ts'
import type {NodeHandle} from '../../../src/supervisor/node-handle.ts'
import {Folder, listing, SegmentBuilder} from '../../inspect/fixtures.ts'

const LOG = 'node2/wal/__meta/__raft_metadata/0/wal_0_0.log'
const BY = {name: 'chronik disk', pid: 7}

let folder: Folder
let segment: SegmentBuilder
beforeEach(() => {
  folder = new Folder()
  segment = new SegmentBuilder().head()
  for (let i = 0; i < 9; i++) segment.entry(1, {data: new Uint8Array(300).fill(i + 1), tag: 3})
  folder.write(LOG, segment.bytes())
  folder.write('node2/groups.log', listing('__raft_metadata/0'))
})
afterEach(() => folder.remove())

const node = (running = false): NodeHandle =>
  ({config: {node: 2, dataDir: folder.path('node2')}, running, state: running ? 'up' : 'killed'}) as NodeHandle
const where = () => ({dir: folder.dir, journal: new Journal(folder.dir)})
const hurt = (how: DamageWord, target: DamageTarget = {}) => {
  const {group, ...rest} = target
  const who = {nodes: [2], ...(group === undefined ? {} : {group})}
  return damage([node()], {do: 'damage', how, who, ...rest}, BY, where())
}
const log = (): Buffer => readFileSync(folder.path(LOG))
const reading = () => readNode(nodeFiles, folder.path('node2'))[0]
const heal = (): string[] => undoDamages([node()], BY, where())

describe('damage on purpose', () => {
  it('disk tear: leaves what a crash in the middle of a write leaves, and says which record it cut', () => {
    const done = hurt('tear')
    const at = log().length
    const whole = segment.bytes()
    expect(Buffer.from(whole.subarray(0, at)).equals(log())).toBe(true)
    const {torn, damage: bad} = reading()
    expect([torn.length, bad]).toEqual([1, []])
    expect(torn[0].at + torn[0].bytes).toBe(at)
    expect(done.lines[0]).toMatch(
      new RegExp(
        `^n2 wal_0_0\\.log@${at} torn off: ${whole.length - at} bytes gone, in Entry at wal_0_0\\.log@\\d+: term 1 index 9 `,
      ),
    )
    expect(done.next[1]).toBe('chronik start 2')
  })

  it('disk flip: one bit, in an entry with sound records behind it, which the reader finds at that record', () => {
    const done = hurt('flip')
    const whole = segment.bytes()
    const different = [...log().entries()].filter(([i, b]) => b !== whole[i])
    expect(different.length).toBe(1)
    const [at, is] = different[0]
    expect((is ^ whole[at]).toString(2).replaceAll('0', '')).toBe('1')
    const record = Number(/in Entry at wal_0_0\.log@(\d+): term 1 index \d/.exec(done.lines[0])?.[1])
    expect(record).toBeLessThan(at)
    const [bad] = reading().damage
    expect(bad.at).toBeLessThanOrEqual(record)
    expect(reading().damage.length + reading().torn.length).toBe(1)
    expect(done.next[0]).toBe(`chronik wal dump ${folder.path(LOG)} --at ${at} --hex`)
  })

  it('disk zero: the sector around a byte, and no more', () => {
    hurt('zero', {byte: 1_100})
    const whole = Buffer.from(segment.bytes())
    whole.fill(0, 1_024, 1_536)
    expect(log().equals(whole)).toBe(true)
  })

  it('disk drop-file: the file is gone, and kept', () => {
    hurt('drop-file')
    expect(reading().damage[0].why).toBe('listed in groups.log, and no segment is here')
    const done = hurt('drop-file', {path: 'groups.log'})
    expect(done.lines[0]).toBe(`n2 groups.log@0 taken away: ${listing('__raft_metadata/0').length} bytes`)
    expect(done.next).toEqual(['chronik start 2'])
  })

  it('disk: what was done is undone by heal, newest first, to the last byte', () => {
    const before = log()
    for (const how of ['flip', 'zero', 'tear', 'drop-file'] as const) {
      hurt(how)
      // What comes later names the journal's next number.
      where().journal.add('mark', 'x')
    }
    const events = where().journal.from(1)
    expect(events.filter(e => e.kind === 'fault').map(e => e.data?.how)).toEqual(['flip', 'zero', 'tear', 'drop-file'])
    expect(heal().map(line => line.replace(/^.*\((.*) undone\)$/, '$1'))).toEqual(['drop-file', 'tear', 'zero', 'flip'])
    expect(log().equals(before)).toBe(true)
    expect(readdirSync(folder.path('aside'))).toEqual([])
    expect(heal()).toEqual([])
  })

  it('disk: a file that has changed since is left alone, and its old bytes with it', () => {
    hurt('tear')
    writeFileSync(folder.path(LOG), 'y', {flag: 'a'})
    const now = log()
    const [line] = heal()
    expect(line).toMatch(
      /stays as it is: it has \d+ bytes since, and had \d+; the old bytes are in .*aside\/n2-1-wal_0_0\.log@\d+$/,
    )
    expect(log().equals(now)).toBe(true)
  })

  it('disk: files of a node that runs are not touched', () => {
    const before = log()
    const order = {do: 'damage' as const, how: 'flip' as const, who: {nodes: [2]}}
    const run = () => damage([node(), node(true)], order, BY, where())
    expect(run).toThrow(expect.objectContaining({exitCode: 5, next: 'chronik kill 2'}))
    expect(run).toThrow('n2 is up: only files of a node that does not run are damaged.')
    expect(log().equals(before)).toBe(true)
  })

  it('disk: hardening 4: neither a path nor a link leads out of the data of the node', () => {
    folder.write('precious', new Uint8Array(10))
    mkdirSync(folder.path('elsewhere'))
    folder.write('elsewhere/file', new Uint8Array(10))
    symlinkSync(folder.path('precious'), folder.path('node2/link'))
    symlinkSync(folder.path('elsewhere'), folder.path('node2/dir'))
    for (const [path, why] of [
      ['../precious', 'is not in'],
      [folder.path('precious'), 'is not in'],
      ['link', 'is no regular file'],
      ['dir/file', 'is not in'],
      ['wal', 'is no regular file'],
      ['nothing', 'is not there'],
    ])
      expect(() => hurt('flip', {path}), path).toThrow(why)
    expect(() => hurt('flip', {byte: 100_000})).toThrow(/has \d+ bytes: there is no byte 100000/)
    expect(() => hurt('tear', {group: 'orders/1'})).toThrow('holds no segment of orders/1')
    expect(readFileSync(folder.path('precious')).equals(Buffer.alloc(10))).toBe(true)
    expect(readFileSync(join(folder.path('elsewhere'), 'file')).equals(Buffer.alloc(10))).toBe(true)
  })
})
