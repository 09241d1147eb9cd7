import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import type {GroupState} from '../../src/contracts/node-state.ts'
import {Journal} from '../../src/supervisor/journal.ts'
import type {NodeHandle} from '../../src/supervisor/node-handle.ts'
import {type RepairWorld, repair} from '../../src/supervisor/repair.ts'
import {Folder, listing, SegmentBuilder} from '../inspect/fixtures.ts'

const GROUP = '__raft_metadata/0'
const DIR = 'node2/wal/__meta/__raft_metadata/0'
const BY = {name: 'chronik repair', pid: 7}

let folder: Folder
beforeEach(() => {
  folder = new Folder()
  const segment = new SegmentBuilder().head().entry(1).entry(1).entry(1)
  const bytes = segment.bytes()
  bytes[700] ^= 1
  folder.write(`${DIR}/wal_0_0.log`, bytes)
  folder.write('node2/groups.log', listing(GROUP))
  mkdirSync(folder.path('node1'))
})
afterEach(() => folder.remove())

type Said = Partial<GroupState> | undefined

/** Nodes of which each says of the group what the test wants. */
function world(said: Record<number, Said>, after: Said = {synced: 9, term: 4}): RepairWorld & {calls: string[]} {
  const calls: string[] = []
  const handle = (node: number): NodeHandle => {
    const n = {
      config: {node, dataDir: folder.path(`node${node}`)},
      running: said[node] !== undefined || node === 2,
      state: 'killed',
      live: {groups: [], refused: node === 2 ? [{group: GROUP, file: 'wal_0_0.log', at: 0, why: ''}] : []},
      group: () => after,
      ask: async () => {
        const state = node === 2 ? after : said[node]
        return {node, ...(state ? {live: {groups: [{group: GROUP, voters: [1, 2, 3], ...state}]}} : {})}
      },
    }
    return n as unknown as NodeHandle
  }
  return {
    dir: folder.dir,
    journal: new Journal(folder.dir),
    nodes: [1, 2, 3].map(handle),
    stop: async n => {
      calls.push('stop')
      ;(n as unknown as {running: boolean}).running = false
    },
    start: async n => {
      calls.push(`start ${existsSync(folder.path(`${DIR}/rebuild.json`))}`)
      ;(n as unknown as {running: boolean}).running = true
    },
    leaderWithinMs: 0,
    caughtUpWithinMs: 0,
    calls,
  }
}
const leader: Said = {role: 'leader', serving: true, term: 4, lastIndex: 9}
const follower: Said = {role: 'follower', term: 4, lastIndex: 8}
const files = (): string[] => readdirSync(folder.path(DIR))

/** n2 is down; each other node holds these groups with it. */
function others(groups: string[], topics = ['orders'], silent?: number): RepairWorld & {calls: string[]} {
  const w = world({1: follower, 3: leader})
  for (const n of w.nodes as unknown as Array<Record<string, unknown> & {config: {node: number}}>) {
    const {node} = n.config
    if (node === 2) n.running = false
    const live = {
      groups: groups.map(group => ({group, voters: [1, 2, 3], ...(node === 3 ? leader : follower)})),
      topics: topics.map(name => ({name})),
    }
    const rebuilt = groups.map(group => ({group, synced: 9}))
    n.ask = async () => ({node, live: node === 2 ? {groups: rebuilt} : node === silent ? undefined : live})
  }
  return w
}

describe('repair', () => {
  it('repair: the damaged log goes aside whole, and the node starts with what all the others said', async () => {
    const w = world({1: follower, 3: leader})
    const done = await repair(w.nodes[1], BY, w)
    expect(w.calls).toEqual(['stop', 'start true'])
    expect(JSON.parse(readFileSync(folder.path(`${DIR}/rebuild.json`), 'utf8'))).toEqual({
      formatVersion: 1,
      group: GROUP,
      term: 4,
      vote: 3,
      until: 9,
    })
    expect(files()).toEqual(['rebuild.json'])
    const aside = folder.path('aside/n2-1-__raft_metadata-0')
    expect(readdirSync(`${aside}/log`)).toEqual(['wal_0_0.log'])
    expect(done.lines[0]).toMatch(/^n2 __raft_metadata\/0: wal_0_0\.log@\d+ CRC /)
    expect(done.lines[1]).toBe(`  moved to ${aside}`)
    expect(done.lines[2]).toBe('n2 __raft_metadata/0: rebuilt up to index 9 at term 4, it votes again')
    expect(done.effect).toMatchObject({node: 2, effect: 'repaired'})
    expect(w.journal.from(1).map(e => e.kind)).toEqual(['healed', 'healed'])
  })

  it.each<[string, Record<number, Said>, string]>([
    ['one of the others is down: it may hold a vote', {3: leader}, 'n1 is killed'],
    [
      'one of them is being rebuilt itself',
      {1: {...follower, rebuilding: true}, 3: leader},
      'n1 is being rebuilt itself',
    ],
    [
      'a higher term is known than the leader’s',
      {1: {...follower, term: 5}, 3: leader},
      'there is no leader at term 5',
    ],
    ['the leader hears no quorum', {1: follower, 3: {...leader, serving: false}}, 'there is no leader at term 4'],
    ['nobody else runs', {}, 'no other node that runs holds this group'],
  ])('repair: not when %s; nothing is touched then', async (_, said, why) => {
    const w = world(said)
    const before = files()
    await expect(repair(w.nodes[1], BY, w)).rejects.toMatchObject({exitCode: 5, message: expect.stringContaining(why)})
    expect(w.calls).toEqual(['stop', 'start false'])
    expect(files()).toEqual(before)
  })

  it('repair: a node that refuses nothing is left alone; one that is not done in time says so', async () => {
    const w = world({1: follower, 3: leader}, {rebuilding: true, synced: 2, term: 4})
    const sound = {...w.nodes[0], running: true} as NodeHandle
    expect((await repair(sound, BY, w)).lines).toEqual(['n1 refuses nothing: there is nothing to repair'])
    expect(w.calls).toEqual([])
    expect((await repair(w.nodes[1], BY, w)).lines.at(-1)).toMatch(/not caught up after \d+ ms: it does not vote yet$/)
  })
})

describe('repair of a damaged topic.json', () => {
  it('it goes aside with the first log of its topic, all of which are rebuilt: the node names the topic anew', async () => {
    folder.write(`${DIR}/wal_0_0.log`, new SegmentBuilder().head().entry(1).bytes())
    folder.write('node2/node.json', utf8('{}'))
    const groups = ['orders/0', 'orders/1']
    folder.write('node2/wal/orders/0/wal_0_0.log', new SegmentBuilder('orders').head().entry(1).bytes())
    folder.write('node2/groups.log', ...[GROUP, ...groups].map(group => listing(group)))
    folder.write('node2/wal/orders/topic.json', utf8('{"format'))
    const w = others(groups)
    const done = await repair(w.nodes[1], BY, w)
    expect(done.effect).toMatchObject({effect: 'repaired'})
    expect(done.lines.slice(0, 2)).toEqual([
      'n2 orders/0: topic.json@0 it names no topic',
      `  moved to ${folder.path('aside/n2-1-orders-0')}`,
    ])
    expect(readdirSync(folder.path('aside/n2-1-orders-0')).sort()).toEqual(['log', 'topic.json'])
    expect(readdirSync(folder.path('node2/wal/orders')).sort()).toEqual(['0', '1'])
    expect(files()).toEqual(['wal_0_0.log'])
    for (const group of groups) expect(readdirSync(folder.path(`node2/wal/${group}`))).toEqual(['rebuild.json'])
  })
})

describe('repair of a damaged groups.log', () => {
  const ORDERS = 'node2/wal/orders/0'
  const logs = (): string[] =>
    readFileSync(folder.path('node2/groups.log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => line.slice(9))

  /** The metadata group and orders/0 are sound on the disk of n2; the first line of its groups.log is wrong. */
  function damaged(...more: Uint8Array[]): void {
    folder.write(`${DIR}/wal_0_0.log`, new SegmentBuilder().head().entry(1).bytes())
    folder.write(`${ORDERS}/wal_0_0.log`, new SegmentBuilder('orders').head().entry(1).bytes())
    const wrong = listing('orders/0')
    wrong[12] ^= 1
    folder.write('node2/groups.log', listing(GROUP), wrong, ...more)
  }

  it('is written anew from its sound lines and the logs on the disk, in one step, and the old one is kept', async () => {
    damaged(listing('old/0'), listing('old/0', '-'))
    const before = readFileSync(folder.path('node2/groups.log'))
    const w = others([GROUP, 'orders/0'])
    const done = await repair(w.nodes[1], BY, w)
    expect(logs()).toEqual([`+ 0102030405060708 ${GROUP}`, '+ 0102030405060708 orders/0'])
    expect(done.effect).toMatchObject({node: 2, effect: 'repaired'})
    expect(done.lines[0]).toMatch(
      /^n2 groups\.log@\d+ a line that lists no group, .*: written anew, 2 groups, 0 of them lost$/,
    )
    expect(w.calls).toEqual(['start false'])
    const [kept] = readdirSync(folder.path('aside'))
    expect(readFileSync(folder.path(`aside/${kept}`))).toEqual(before)
    expect(existsSync(folder.path(`${ORDERS}/rebuild.json`))).toBe(false)
  })

  it('a group that the others hold with it and that is not here may have voted: it is listed, and rebuilt', async () => {
    damaged(listing('last/0'))
    const w = others([GROUP, 'orders/0', 'gone/0'])
    const done = await repair(w.nodes[1], BY, w)
    expect(logs().at(-1)).toMatch(/^\+ [0-9a-f]{16} gone\/0$/)
    expect(JSON.parse(readFileSync(folder.path('node2/wal/gone/0/rebuild.json'), 'utf8'))).toMatchObject({
      term: 4,
      vote: 3,
    })
    expect(done.lines.join('\n')).toContain('1 of them lost')
    // A topic that nobody knows was deleted: its line is the one that was wrong.
    expect(logs().join()).not.toContain('last/0')
  })

  it('not while another node is down: nothing is touched', async () => {
    damaged(listing('more/0'))
    const before = readFileSync(folder.path('node2/groups.log'))
    const w = others([GROUP, 'orders/0'], ['orders'], 1)
    await expect(repair(w.nodes[1], BY, w)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('n1 is'),
    })
    expect(readFileSync(folder.path('node2/groups.log'))).toEqual(before)
    expect(w.calls).toEqual([])
  })

  it('a last line that was not finished is none of this: the node cuts it', async () => {
    damaged()
    const w = others([GROUP, 'orders/0'])
    const done = await repair(w.nodes[1], BY, w)
    expect(done.lines.join()).not.toContain('written anew')
  })
})
