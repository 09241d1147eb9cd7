import {describe, expect, it} from 'vitest'
import {COMMIT_PROFILES, type CommitProfile, CommitTurns} from '../../src/wal/commit-turns.ts'
import {drained, MemoryDisk} from '../helpers/memory-disk.ts'
import {contents, entries, entry, LogLab, unit} from './log-lab.ts'

const STATE = {term: 1, vote: 1, commit: 0}

/** Logs of one node over one disk, whose syncs a test lets go one by one. */
class Node {
  readonly disk = new MemoryDisk()
  readonly turns: CommitTurns
  /** Syncs that are under way, oldest first. */
  readonly syncing: Array<{path: string; end: () => void}> = []
  most = 0
  holds = false

  constructor(profile: CommitProfile = COMMIT_PROFILES.low) {
    this.turns = new CommitTurns(profile)
    this.disk.meet = call => {
      if (call.call !== 'sync' || !this.holds) return
      return new Promise(end => {
        this.syncing.push({path: call.path, end})
        this.most = Math.max(this.most, this.syncing.length)
      })
    }
  }

  async log(n: number, before = 1) {
    const dir = `wal/orders/${n}`
    const lab = new LogLab(this.disk, {dir, snapshotDir: `${dir}/snapshots`, partition: n, turns: this.turns})
    const log = await lab.open()
    await log.append(unit(entries(1, before), STATE))
    return {lab, log}
  }

  async endSync(): Promise<string> {
    const {end, path} = this.syncing.shift() as {path: string; end: () => void}
    end()
    await drained()
    return path
  }
}

describe('group commit', () => {
  it('has the four profiles', () => {
    expect(COMMIT_PROFILES).toEqual({
      low: {writesMax: 500, bytesMax: 5_000_000, waitMs: 2},
      medium: {writesMax: 2_000, bytesMax: 15_000_000, waitMs: 10},
      high: {writesMax: 10_000, bytesMax: 50_000_000, waitMs: 50},
      ultra: {writesMax: 20_000, bytesMax: 100_000_000, waitMs: 100},
    })
  })

  it('an idle disk is never waited for; a busy one lets entries gather, until it is idle', async () => {
    const node = new Node()
    const [a, b] = [await node.log(0), await node.log(1, 20)]
    node.holds = true
    void a.log.append(unit([entry(2)]))
    await drained()
    expect(node.syncing).toHaveLength(1)
    for (let i = 21; i <= 28; i++) void b.log.append(unit([entry(i)]))
    await drained()
    expect(node.syncing).toHaveLength(1)
    const {batches} = b.log.figures()
    await node.endSync()
    expect(node.syncing.map(s => s.path)).toEqual(['wal/orders/1/wal_1_0.log'])
    await node.endSync()
    expect(b.log.lastIndex()).toBe(28)
    expect(b.log.figures().batches).toBe(batches + 1)
  })

  it('a busy disk is waited for as long as the profile says, and no longer', async () => {
    const node = new Node(COMMIT_PROFILES.medium)
    const [a, b] = [await node.log(0), await node.log(1, 20)]
    node.holds = true
    void a.log.append(unit([entry(2)]))
    void b.log.append(unit([entry(21)]))
    await drained()
    b.lab.clock.advance(9)
    await drained()
    expect(node.syncing).toHaveLength(1)
    b.lab.clock.advance(1)
    await drained()
    expect(node.syncing).toHaveLength(2)
  })

  it.each([
    'count',
    'bytes',
    'as much as the last batch',
    'vote',
    'close',
  ])('a full queue, one as long as the last batch, a vote and a stop do not gather: %s', async what => {
    const node = new Node({writesMax: 10, bytesMax: 10_000, waitMs: 1_000})
    const last = what === 'count' ? 20 : 5
    const [a, b] = [await node.log(0), await node.log(1, last)]
    node.holds = true
    void a.log.append(unit([entry(2)]))
    void b.log.append(unit([entry(last + 1)]))
    await drained()
    expect(node.syncing).toHaveLength(1)
    if (what === 'count') void b.log.append(unit(entries(22, 30)))
    else if (what === 'bytes') void b.log.append(unit([entry(7, 1, 10_000)]))
    else if (what === 'as much as the last batch') void b.log.append(unit(entries(7, 10)))
    else if (what === 'vote') void b.log.append(unit([], {term: 2, vote: 3, commit: 0}))
    else void b.log.close()
    await drained()
    expect(node.syncing).toHaveLength(2)
  })

  it('a batch takes what the profile says, in order, and what waits beyond that crowds the log', async () => {
    const node = new Node({writesMax: 10, bytesMax: 100_000, waitMs: 2})
    const {lab, log} = await node.log(0)
    node.holds = true
    void log.append(unit([entry(2)]))
    await drained()
    const done: number[] = []
    for (let i = 3; i <= 27; i++) void log.append(unit([entry(i)])).then(() => done.push(i))
    expect(log.crowded).toBe(true)
    expect(log.figures().waiting).toBe(25)
    await node.endSync()
    expect(log.figures().waiting).toBe(15)
    await node.endSync()
    expect(done).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(log.crowded).toBe(false)
    await node.endSync()
    await node.endSync()
    expect(done).toHaveLength(25)
    node.holds = false
    expect(await contents(await lab.on(lab.disk.copy()).open())).toEqual(entries(1, 27))
    expect(log.figures()).toMatchObject({batches: 5, writes: 27, waiting: 0})
  })

  it('one unit that is larger than a batch may be is a batch of its own', async () => {
    const node = new Node({writesMax: 10, bytesMax: 1_000, waitMs: 2})
    const {log} = await node.log(0)
    await Promise.all([
      log.append(unit([entry(2)])),
      log.append(unit(entries(3, 40, 1, 500))),
      log.append(unit([entry(41)])),
    ])
    expect(log.lastIndex()).toBe(41)
  })

  it('at most 8 syncs of a node are under way; who waits comes in turn', async () => {
    const node = new Node({writesMax: 10, bytesMax: 100_000, waitMs: 0})
    const logs: Array<Awaited<ReturnType<Node['log']>>> = []
    for (let n = 0; n < 12; n++) logs.push(await node.log(n))
    node.holds = true
    const synced: number[] = []
    const write = async (n: number, index: number): Promise<void> => {
      const {lab, log} = logs[n]
      void log.append(unit([entry(index)])).then(() => synced.push(n))
      lab.clock.advance(0)
    }
    for (let n = 0; n < 12; n++) await write(n, 2)
    await drained()
    expect(node.syncing).toHaveLength(8)
    expect(node.turns.running).toBe(8)
    // Those that were first have more to write: it stands behind those that have had no turn.
    for (let n = 0; n < 8; n++) await write(n, 3)
    const order: string[] = []
    for (let n = 0; n < 20; n++) order.push(await node.endSync())
    expect(node.most).toBe(8)
    const first = order.slice(0, 12).map(path => path.split('/')[2])
    expect(new Set(first).size).toBe(12)
    expect(synced).toHaveLength(20)
    expect(node.turns.running).toBe(0)
  })

  it('a log that waits for room holds no turn', async () => {
    const node = new Node()
    const [a, b] = [await node.log(0), await node.log(1)]
    node.disk.room = 100
    void a.log.append(unit([entry(2)]))
    await drained()
    expect(node.turns.running).toBe(0)
    node.disk.room = 10_000
    await b.log.append(unit([entry(2)]))
    const closed = a.log.close()
    await closed
    expect(node.turns.running).toBe(0)
  })
})
