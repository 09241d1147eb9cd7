import {execFileSync} from 'node:child_process'
import {appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {encodeMetadataCommand} from '../../src/formats/metadata-command.ts'
import {Home, outcome, projectRoot} from '../helpers/chronik.ts'
import {listing, SegmentBuilder} from '../inspect/fixtures.ts'

const home = new Home()
const fixture = join(projectRoot, 'test/fixtures/chronik-server/before')
const META = 'wal/__meta/__raft_metadata/0/wal_0_0.log'
let file: string

/** A cluster that nobody runs: its data directories are all that inspect commands need. */
beforeAll(() => {
  const cluster = join(home.clusters, 'default')
  for (const node of [1, 2]) {
    mkdirSync(join(cluster, `node${node}`, 'wal/__meta/__raft_metadata/0'), {recursive: true})
    writeFileSync(join(cluster, `node${node}/groups.log`), listing('__raft_metadata/0'))
    writeFileSync(join(cluster, `node${node}`, META), segment(node).bytes())
  }
  file = join(cluster, 'node2', META)
})
afterAll(() => home.remove())

function segment(vote: number): SegmentBuilder {
  const data = encodeMetadataCommand({
    id: '0123456789abcdef',
    do: 'create-topic',
    topic: 'orders',
    topicId: 'x',
    replicas: [[1], [2], [1]],
    configs: {},
  })
  return new SegmentBuilder().head().entry(1, {vote}).entry(1, {vote, data, tag: 3})
}

describe('wal dump', () => {
  it('shows a node record by record, with what commands mean, and sums up', async () => {
    const {stdout, stderr} = await home.ok('wal', 'dump', '2')
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual([
      `n2  __raft_metadata/0  ~/.local/state/chronik/clusters/default/node2/${META}`,
      '    AT  BYTES  CRC  KIND       TERM  INDEX  WHAT',
      '   336     57  ok   HardState     0         vote 0  commit 0',
      '   393     62  ok   ConfState               voters n1 n2 n3',
      '   455     57  ok   Snapshot      0      0  no snapshot',
      "   902     61  ok   Entry         1      1  (empty: the new leader's first entry)",
      '   963     61  ok   HardState     1         vote 2  commit 0',
      expect.stringMatching(/ ok {3}Entry {9}1 {6}2 {2}create topic orders, 3 partitions$/),
      expect.stringMatching(/ 63 {2}ok {3}HardState {5}1 {9}vote 2 {2}commit 1$/),
      '7 records, 2 entries, 3 batch marks (--kind all shows them), 1,536 bytes, every CRC right, no torn tail',
      '',
    ])
  })

  it('without a node shows the metadata group of every node', async () => {
    const {stdout} = await home.ok('wal', 'dump', '--kind', 'entry', '--index', '2..')
    expect(stdout.match(/^n[12] {2}__raft_metadata\/0/gm)).toHaveLength(2)
    expect(stdout.match(/ Entry /g)).toHaveLength(2)
  })

  it('--tail, --kind all and --json show what they say', async () => {
    const tail = await home.ok('wal', 'dump', 'n2', '--tail', '1')
    expect(tail.stdout.split('\n')).toHaveLength(5)
    const all = await home.ok('wal', 'dump', 'node2', '--kind', 'all')
    expect(all.stdout.match(/ BatchMark /g)).toHaveLength(3)
    const json = await home.ok('wal', 'dump', '2', '--json')
    const lines = json.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.map(l => l.kind)).toEqual([
      'BatchMark',
      'HardState',
      'ConfState',
      'SnapshotMarker',
      'BatchMark',
      'Entry',
      'HardState',
      'BatchMark',
      'Entry',
      'HardState',
    ])
    expect(lines[5]).toEqual({
      node: 2,
      group: '__raft_metadata/0',
      file,
      at: 902,
      bytes: 61,
      crc32: expect.stringMatching(/^[0-9a-f]{8}$/),
      crcOk: true,
      kind: 'Entry',
      type: 'Normal',
      term: 1,
      index: 1,
      dataBytes: 0,
    })
  })

  it('--at --hex shows the record that holds the byte, with its neighbours', async () => {
    const {stdout} = await home.ok('wal', 'dump', file, '--at', '920', '--hex')
    const rows = stdout.split('\n').filter(line => / (ok|BAD) /.test(line))
    expect(rows.map(row => Number(row.trim().split(' ')[0]))).toEqual([512, 902, 963])
    expect(stdout).toContain('   902  7e ca 02 01 31 00 00 00')
  })

  it.each([1, 2, 3])('given node %i of another writer it agrees with another decoder', async node => {
    const dir = join(fixture, `node${node}`)
    const wanted = readFileSync(join(dir, 'expected.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    for (const path of [dir, join(dir, 'wal'), join(dir, META)]) {
      const {stdout} = await home.ok('wal', 'dump', path, '--json')
      const lines = stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
      expect(lines.map((line, i) => Object.fromEntries(Object.keys(wanted[i]).map(k => [k, line[k]])))).toEqual(wanted)
      expect(lines.every(line => line.crcOk)).toBe(true)
    }
  })

  it('another writer’s HardState is not taken for an entry, and the trap is named', async () => {
    const {stdout} = await home.ok('wal', 'dump', join(fixture, 'node2'), '--tail', '1')
    expect(stdout).toContain(
      '  3496     63  ok   HardState     4         vote 2  commit 23  (AMBIGUOUS: also reads as Entry type 4 term 2 index 23)',
    )
  })

  it('damage and torn tails are named with their place', async () => {
    const dir = join(home.dir, 'damaged')
    const path = join(dir, 'wal_0_0.log')
    mkdirSync(dir, {recursive: true})
    const bytes = segment(1).bytes()
    writeFileSync(path, bytes.subarray(0, bytes.length - 10))
    expect((await home.ok('wal', 'dump', dir)).stdout).toMatch(/torn tail: 502 bytes from wal_0_0\.log@1024 on/)
    bytes[946] ^= 1
    writeFileSync(path, bytes)
    const {stdout} = await home.ok('wal', 'dump', dir)
    expect(stdout).toMatch(/DAMAGED wal_0_0\.log@512: /)
    expect(stdout).toMatch(/ {2}902 {5}61 {2}BAD {2}Entry /)
  })

  it('--follow shows what is written behind', async () => {
    const dir = join(home.dir, 'growing')
    cpSync(join(home.clusters, 'default/node1/wal/__meta/__raft_metadata/0'), dir, {recursive: true})
    const child = home.start(['wal', 'dump', dir, '--follow', '--tail', '1'])
    const done = outcome(child)
    const log = segment(1)
    const before = log.size
    const more = log.entry(2).bytes().subarray(before)
    await new Promise<void>((resolve, reject) => {
      let text = ''
      const timer = setTimeout(() => reject(new Error(`saw only ${text}`)), 15_000)
      child.stdout?.on('data', (piece: Buffer) => {
        const first = text === ''
        text += piece
        if (first) appendFileSync(join(dir, 'wal_0_0.log'), more)
        if (!/term 2 {2}index 3/.test(text)) return
        clearTimeout(timer)
        resolve()
      })
    })
    child.kill('SIGINT')
    expect((await done).code).toBe(0)
  })

  it('a reader that leaves early (| head) is no failure', () => {
    const path = join(home.dir, 'many', 'wal_0_0.log')
    mkdirSync(join(home.dir, 'many'))
    const log = new SegmentBuilder().head()
    for (let i = 0; i < 5_000; i++) log.entry(1)
    writeFileSync(path, log.bytes())
    const run = `"${process.execPath}" bin/run.js wal dump "${path}" | head -3; echo "code \${PIPESTATUS[0]}"`
    const text = execFileSync('bash', ['-c', run], {
      cwd: projectRoot,
      env: home.env,
      encoding: 'utf8',
    })
    expect(text.trim().split('\n')).toHaveLength(4)
    expect(text).toMatch(/code 0\n$/)
  })

  it.each([
    [['9'], 'No node n9: default has n1 n2.'],
    [['nothing'], '"nothing" is neither a node nor a path.'],
    [['./nothing'], 'Nothing is at ./nothing.'],
    [['/dev/null'], '/dev/null is no regular file and no folder.'],
    [['1', '--kind', 'entrie'], 'No kind "entrie". Did you mean: --kind entry'],
    [['1', '--index', '3..1'], '--index: "3..1" ends before it begins'],
    [['1', '--index', 'x'], '--index: "x" is not a range; write 10..20, 10.. or ..20'],
    [['1', '--at', '5', '--tail', '1'], '--at shows one place: it goes with neither --tail nor --follow.'],
    [['1', '--at', '-1'], /--at/],
  ])('refuses %j', async (args, message) => {
    const {code, stdout, stderr} = await home.run(['wal', 'dump', ...args])
    expect([code, stdout]).toEqual([2, ''])
    if (message instanceof RegExp) expect(stderr).toMatch(message)
    else expect(stderr).toContain(message)
  })
})

describe('hardstate', () => {
  it('without a supervisor shows the disk, and a dash for what lives', async () => {
    const {stdout} = await home.ok('hardstate')
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('NODE  ON DISK                 WHERE             LIVE')
    expect(lines[1]).toMatch(/^n1 {4}term 1 vote 1 commit 1 {2}wal_0_0\.log@\d+ {2}-$/)
    expect(lines[2]).toMatch(/^n2 {4}term 1 vote 2 commit 1 {2}wal_0_0\.log@\d+ {2}-$/)
  })

  it('--history shows every one there ever was', async () => {
    const {stdout} = await home.ok('hardstate', '2', '--history')
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'NODE  TERM  VOTE  COMMIT  WHERE',
      'n2       0     0       0  wal_0_0.log@336',
      'n2       1     2       0  wal_0_0.log@963',
    ])
  })

  it('a damaged log exits 1 and says where', async () => {
    const dir = join(home.dir, 'broken')
    mkdirSync(dir)
    const bytes = segment(1).bytes()
    bytes[946] ^= 1
    writeFileSync(join(dir, 'wal_0_0.log'), bytes)
    const {code, stdout} = await home.run(['hardstate', dir])
    expect(code).toBe(1)
    expect(stdout).toMatch(/DAMAGED wal_0_0\.log@512: /)
  })

  it('--json gives one object a node', async () => {
    const {stdout} = await home.ok('hardstate', '--json')
    const [first] = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(first).toMatchObject({node: 1, group: '__raft_metadata/0', disk: {term: 1, vote: 1, commit: 1}, live: null})
  })
})
