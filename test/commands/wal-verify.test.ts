import {appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {encodeSnapshotFile} from '../../src/formats/snapshot-file.ts'
import {Home, projectRoot} from '../helpers/chronik.ts'
import {SegmentBuilder} from '../inspect/fixtures.ts'

const home = new Home()
const fixture = join(projectRoot, 'test/fixtures/chronik-server/before')
const images = join(projectRoot, 'test/fixtures/wal-images')
afterAll(() => home.remove())

function file(name: string, bytes: Uint8Array): string {
  const dir = join(home.dir, name)
  mkdirSync(dir, {recursive: true})
  writeFileSync(join(dir, 'wal_0_0.log'), bytes)
  return dir
}

const sound = (): SegmentBuilder =>
  new SegmentBuilder()
    .head()
    .entry(1)
    .entry(1, {data: new Uint8Array(700)})
    .entry(2)

describe('wal verify', () => {
  it.each([
    [1, 40, 17, 'term 1 vote 1 commit 22'],
    [2, 43, 20, 'term 4 vote 2 commit 23'],
    [3, 43, 20, 'term 4 vote 3 commit 22'],
  ])('names the phantoms of node %i of another writer: what a guess gives, and what is there', async (node, entries, records, really) => {
    const {stdout} = await home.ok('wal', 'verify', join(fixture, `node${node}`), '-t', '__raft_metadata')
    expect(stdout).toMatch(/^AMBIGUOUS {2}\S+ {2}__raft_metadata\/0 {2}wal_0_0\.log {2}3,\d+ bytes, \d\d records\n/)
    expect(stdout).toContain(`${records} HardStates also read as entries: wal_0_0.log@449 `)
    expect(stdout).toContain(`a reader that tries Entry first recovers ${entries} "entries", term 1 vote 1 commit 0`)
    expect(stdout).toContain(`what is there: 23 entries, ${really}`)
    expect((await home.run(['wal', 'verify', '--strict', join(fixture, `node${node}`)])).code).toBe(1)
  })

  it("another writer's topic data is opaque, and no fault", async () => {
    const {stdout} = await home.ok('wal', 'verify', '--strict', join(fixture, 'node1/wal/alpha'))
    expect(stdout).toMatch(/^OK .*alpha\/0/)
  })

  it('a torn tail is no failure but with --strict; damage is one, and the walk goes on behind it', async () => {
    const bytes = sound().bytes()
    const torn = file('torn', bytes.subarray(0, bytes.length - 100))
    const {stdout} = await home.ok('wal', 'verify', torn)
    expect(stdout).toMatch(/^TORN /)
    expect(stdout).toMatch(/wal_0_0\.log@2048 {2}412 bytes/)
    expect((await home.run(['wal', 'verify', '--strict', torn])).code).toBe(1)
    const damaged = sound().bytes()
    damaged[700] ^= 1
    damaged[1500] ^= 1
    const done = await home.run(['wal', 'verify', '--json', file('damaged', damaged)])
    const [check] = done.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(done.code).toBe(1)
    expect(check).toMatchObject({verdict: 'CORRUPT', firstIndex: 1, lastIndex: 3, batches: 3})
    expect(check.faulty.map((f: {at: number}) => f.at).slice(0, 2)).toEqual([512, expect.any(Number)])
    expect(check.faulty.some((f: {at: number}) => f.at > 1024)).toBe(true)
  })

  it('a single file is judged by itself: a sealed one needs no successor', async () => {
    const dir = join(images, '091-batch-order-free/image')
    expect((await home.ok('wal', 'verify', join(dir, 'wal_0_1.log'))).stdout).toMatch(/^OK /)
    const bytes = sound().bytes()
    bytes[700] ^= 1
    const {code, stdout} = await home.run(['wal', 'verify', join(file('alone', bytes), 'wal_0_0.log')])
    expect([code, stdout.slice(0, 7)]).toEqual([1, 'CORRUPT'])
  })

  it('what no single file shows is found: a lost segment, a snapshot that is missing', async () => {
    for (const [name, why] of [
      ['059-gap', /segment \d+ is not here/],
      ['174-snapshot-missing', /the snapshot that the marker names is not here/],
    ] as const) {
      const {code, stdout} = await home.run(['wal', 'verify', join(images, name, 'image')])
      expect(code).toBe(1)
      expect(stdout).toMatch(why)
    }
  })

  it('a file that grows between two looks is open, not torn', async () => {
    const bytes = sound().bytes()
    const dir = file('growing', bytes.subarray(0, 2600))
    const path = join(dir, 'wal_0_0.log')
    const writing = setInterval(() => appendFileSync(path, new Uint8Array(1)), 5)
    try {
      const {stdout} = await home.ok('wal', 'verify', '--strict', dir)
      expect(stdout).toMatch(/^open /)
    } finally {
      clearInterval(writing)
    }
  })
})

describe('wal ls', () => {
  it('lists segments with what is in them', async () => {
    const {stdout} = await home.ok('wal', 'ls', join(images, '091-batch-order-free/image'))
    const rows = stdout.trimEnd().split('\n')
    expect(rows[0]).toMatch(/^NODE +GROUP +SEGMENT +BYTES +BATCHES +RECORDS +ENTRIES +INDEX +TERM {2}VERDICT$/)
    expect(rows[1]).toMatch(/__raft_metadata\/0 {2}wal_0_1\.log +2,048 +3 +8 +4 {2}5-8 +2 +OK, sealed$/)
    expect(rows[4]).toMatch(/ wal_0_4\.log .* TORN$/)
  })
})

describe('wal diff', () => {
  it('the same logs are the same, whatever else differs', async () => {
    const {stdout} = await home.ok('wal', 'diff', join(fixture, 'node1'), join(fixture, 'node2'))
    expect(stdout).toMatch(/: the same from 1 to 23$/m)
  })

  it('an uncommitted tail is none of a divergence; committed entries that part are one, to the byte', async () => {
    const common = (): SegmentBuilder => new SegmentBuilder().head().entry(1).entry(1)
    const a = file('a', common().entry(1).bytes())
    const b = file('b', common().entry(2).bytes())
    const tail = await home.ok('wal', 'diff', a, b)
    expect(tail.stdout).toMatch(/the same from 1 to 2; an uncommitted tail from 3 on \(commit 2 and 2\)/)
    const committed = (term: number, data: Uint8Array): SegmentBuilder => common().entry(term, {data}).entry(3).entry(3)
    const c = file('c', committed(2, new Uint8Array(40)).bytes())
    const d = file('d', committed(3, new Uint8Array(40)).bytes())
    const real = await home.run(['wal', 'diff', c, d])
    expect([real.code, real.stdout]).toEqual([1, expect.stringMatching(/; DIVERGED at 3 \(commit 4 and 4\)/)])
    const other = new Uint8Array(40)
    other[7] = 1
    const e = file('e', committed(2, other).bytes())
    const bytes = await home.run(['wal', 'diff', '--json', c, e])
    const line = JSON.parse(bytes.stdout)
    expect(bytes.code).toBe(1)
    expect(line).toMatchObject({verdict: 'DIVERGED', at: 3, same: {from: 1, to: 2}})
    const differing = (dir: string, at: number): number => readFileSync(join(dir, 'wal_0_0.log'))[at]
    expect([differing(c, line.leftByte), differing(e, line.rightByte)]).toEqual([0, 1])
  })

  it('one that ends earlier is behind; a damaged one is no proof', async () => {
    const a = file('long', sound().entry(2).entry(2).bytes())
    const b = file('short', sound().bytes())
    expect((await home.ok('wal', 'diff', a, b)).stdout).toMatch(/ends 2 earlier, 1 of them committed: it is behind/)
    const bytes = sound().bytes()
    bytes[700] ^= 1
    const {code, stdout} = await home.run(['wal', 'diff', a, file('bad', bytes)])
    expect(code).toBe(3)
    expect(stdout).toMatch(/DAMAGED wal_0_0\.log@512/)
  })

  it('without words compares all nodes of the cluster', async () => {
    for (const node of [1, 2, 3])
      cpSync(file('same', sound().bytes()), join(home.clusters, `default/node${node}/wal/__meta/__raft_metadata/0`), {
        recursive: true,
      })
    const {stdout} = await home.ok('wal', 'diff')
    expect(stdout.match(/^ {2}n1 and n[23]: the same from 1 to 3$/gm)).toHaveLength(2)
  })
})

describe('wal dump --decoder', () => {
  it('shows what a program makes of each payload, in text and in JSON', async () => {
    const program = join(home.dir, 'decoder.js')
    writeFileSync(
      program,
      `require('readline').createInterface({input: process.stdin}).on('line', line => {
        const r = JSON.parse(line)
        console.log('index ' + r.index + ' holds ' + Buffer.from(r.data, 'base64').length + '\\u001b[2J')
      })`,
    )
    const dir = file('decoded', sound().bytes())
    const decoder = `"${process.execPath}" ${program}`
    const {stdout} = await home.ok('wal', 'dump', dir, '--decoder', decoder)
    expect(stdout).toContain('index 2 holds 700\\x1b[2J')
    const json = await home.ok('wal', 'dump', dir, '--decoder', decoder, '--json', '--kind', 'entry')
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).decoded),
    ).toEqual([undefined, 'index 2 holds 700\u001b[2J', undefined])
  })

  it('a program that ends, or is not there, is said', async () => {
    const dir = file('undecoded', sound().bytes())
    for (const command of [`"${process.execPath}" -e 0`, './no-such-program']) {
      const {code, stderr} = await home.run(['wal', 'dump', dir, '--decoder', command])
      expect(code).toBe(4)
      expect(stderr).toContain(`The decoder "${command}": `)
    }
  })
})

describe('wal dump of a snapshot', () => {
  it('shows its fields and verdicts; wal ls lists it, and what no marker names is left over', async () => {
    const dir = file('snapshot', sound().bytes())
    const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
    const bytes = encodeSnapshotFile({data: new Uint8Array(5), metadata: {index: 7, term: 2, confState}})
    mkdirSync(join(dir, 'snapshots'))
    const path = join(dir, 'snapshots', 'snapshot_7_2.snap')
    writeFileSync(path, bytes)
    expect((await home.ok('wal', 'dump', path)).stdout).toMatch(
      /snapshot_7_2\.snap {2}\d+ bytes\n {2}index {7}7 {2}term 2\n {2}voters {6}1 2 3\n {2}data {8}5 bytes\n {2}state hash {2}[0-9a-f]{64} {2}ok\n {2}crc32 {7}[0-9a-f]{8} {2}ok\n {2}verdict {5}OK\n$/,
    )
    const [json] = (await home.ok('wal', 'dump', path, '--json')).stdout.trim().split('\n')
    expect(JSON.parse(json)).toMatchObject({kind: 'snapshot', verdict: 'OK', index: 7, crcOk: true, stateHashOk: true})
    expect((await home.ok('wal', 'ls', dir)).stdout).toMatch(/snapshot_7_2\.snap .* 7 +2 +LEFT OVER, snapshot/)
    expect((await home.ok('wal', 'verify', dir)).stdout).toMatch(/1 segment: 1 OK; 1 snapshot: 1 LEFT OVER/)
  })
})
