import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Home, outcome} from '../helpers/chronik.ts'
import {until} from '../helpers/nodes.ts'

describe('a cluster from the command line', {timeout: 60_000}, () => {
  const home = new Home()

  beforeAll(async () => {
    await home.ok('cluster', 'up', '--new-ports')
  }, 60_000)

  afterAll(() => home.remove(), 60_000)

  const status = async () => JSON.parse((await home.ok('cluster', 'status', '--json')).stdout)

  it('up again with nothing different asked: the same table, exit 0; with other settings exit 5', async () => {
    const again = await home.run(['cluster', 'up'])
    expect(again.code).toBe(0)
    expect(again.stderr).toContain('already up')
    const other = await home.run(['cluster', 'up', '-n', '5'])
    expect(other.code).toBe(5)
    expect(other.stderr).toContain('default has 3 nodes; you asked for 5.')
  })

  it('kill --leader: the process is gone, another leads a higher term, the old one rejoins with what lay on its disk', async () => {
    const before = await status()
    const killed = await home.ok('kill', '--leader')
    expect(killed.stdout).toMatch(/^n\d was leader of __raft_metadata\/0 at term \d+/)
    expect(killed.stdout).toMatch(/SIGKILL to pid \d+: gone after \d+ ms/)
    const between = await status()
    expect(between.leader).not.toBe(before.leader)
    expect(between.leaderTerm).toBeGreaterThan(before.leaderTerm)
    expect(between.health).toBe('DEGRADED')
    const started = await home.ok('start')
    expect(started.stdout).toContain(`n${before.leader} up after`)
    expect(started.stdout).toContain('= what lay on its disk')
    expect((await status()).health).toBe('HEALTHY')
  })

  it('pause and resume, stop and start, restart: states are words', async () => {
    await home.ok('pause', '2')
    expect((await status()).nodes[1].state).toBe('paused')
    await home.ok('resume')
    await home.ok('stop', 'n3')
    expect((await status()).nodes[2].state).toBe('stopped')
    await home.ok('start')
    await home.ok('restart', '--followers')
    expect((await status()).health).toBe('HEALTHY')
  })

  it('start of a node that nothing reaches says that it is not caught up, before its own command gives up', async () => {
    const {leader} = await status()
    const away = String((leader % 3) + 1)
    await home.ok('kill', away)
    await home.ok('topic', 'create', 'behind', '--partitions', '1')
    await home.ok('partition', away)
    const started = await home.run(['start', away, '--timeout', '4s'])
    expect([started.code, started.stdout]).toEqual([0, expect.stringContaining(', not caught up yet\n')])
    await home.ok('heal')
    await until(async () => ((await status()).health === 'HEALTHY' ? true : undefined), {
      what: 'all three in one term',
      withinMs: 10_000,
    })
  })

  it('partition --leader: seen in force, another leads, links measure as cut; it ends by itself and the old leader follows', async () => {
    const before = await status()
    const done = await home.ok('partition', '--leader', '--for', '3s')
    expect(done.stdout).toMatch(/^f\d+ partition n\d \| n\d n\d, for 3000 ms\nin force: 4 links probed, nothing passes/)
    const links = (await home.ok('link', 'ls', '--json')).stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const cut = links.filter(l => l.seen === 'cut')
    expect(cut).toHaveLength(4)
    expect(cut.every(l => l.from === before.leader || l.to === before.leader)).toBe(true)
    const led = async () => {
      const {leader, leaderTerm, health} = await status()
      return leader !== before.leader && leaderTerm > before.leaderTerm && health === 'HEALTHY' ? leader : undefined
    }
    const next = await until(led, {what: 'another leader', withinMs: 10_000})
    const healed = async () => ((await home.ok('fault', 'ls')).stdout === 'no fault\n' ? true : undefined)
    await until(healed, {what: 'the end of the partition', withinMs: 10_000})
    const follows = async () => ((await status()).nodes[before.leader - 1].term > before.leaderTerm ? true : undefined)
    await until(follows, {what: 'the old leader in the new term', withinMs: 10_000})
    expect((await status()).leader).not.toBe(0)
    expect(next).not.toBe(before.leader)
  })

  it('from within: a moved clock and a slow disk are measured in the node; it dies at a named point, and comes back', async () => {
    expect((await home.ok('clock', '2', '--by', '1h')).stdout).toMatch(/in force: n2 reads .* 1 h 0 min ahead of/)
    expect((await home.ok('disk', 'slow', '2', '--by', '50ms')).stdout).toMatch(/in force: a sync took \d+ ms/)
    const healed = (await home.ok('heal')).stdout
    expect(healed).toMatch(/n2 reads .* as this machine does/)
    expect(healed).toContain("n2's disk is as it was")
    const dying = home.run(['kill', '2', '--at', 'metadata-wal.sync.before'])
    const armed = async () =>
      (await home.ok('events')).stdout.includes('n2 kill at metadata-wal.sync.before') ? true : undefined
    await until(armed, {what: 'the point armed', withinMs: 10_000})
    await home.run(['topic', 'create', 'deadly', '--partitions', '1'])
    const died = await dying
    expect([died.code, died.stdout]).toEqual([0, expect.stringMatching(/^n2 died at metadata-wal\.sync\.before after/)])
    expect((await status()).nodes[1].state).toBe('killed')
    await home.ok('start')
    const nobody = await home.run(['kill', '2', '--at', 'snapshot.remove.before', '--timeout', '200ms'])
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining('it is disarmed')])
    const when = await home.ok('kill', '1', '3', '--when', 'hardstate.term>=1')
    expect(when.stdout).toContain('SIGKILL to pid')
    await home.ok('start')
  })

  it('nemesis: faults of a seed one after another, each a command, healed in the end', async () => {
    const done = await home.run([
      'nemesis',
      '--faults',
      'pause,link',
      '--every',
      '400ms',
      '--for',
      '1200ms',
      '--seed',
      '7f',
    ])
    expect(done.code).toBe(0)
    expect(done.stdout.match(/^ +\d\.\d s {2}chronik (pause|link set) /gm)).toHaveLength(3)
    expect(done.stdout).toMatch(/3 faults, seed 7f; again: .*chronik nemesis .*--seed 7f\n$/)
    expect((await home.ok('fault', 'ls')).stdout).toBe('no fault\n')
  })

  it('a majority killed: no quorum, said so', async () => {
    const killed = await home.ok('kill', '--majority')
    expect(killed.stdout).toContain('no quorum, which needs 2')
    expect((await status()).health).toBe('NO QUORUM')
    await home.ok('start')
  })

  it('a process that dies by itself is CRASHED, not killed', async () => {
    const {pid} = (await status()).nodes[0]
    process.kill(pid, 'SIGKILL')
    const seen = await until(
      async () => {
        const {state} = (await status()).nodes[0]
        return state === 'CRASHED' ? state : undefined
      },
      {what: 'n1 CRASHED', withinMs: 10_000},
    )
    expect(seen).toBe('CRASHED')
    await home.ok('start')
  })

  it('which node? nothing harmed without a target; wrong words get the nearest right ones', async () => {
    const nobody = await home.run(['kill'])
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('Which node?')])
    const nine = await home.run(['kill', '9'])
    expect(nine.code).toBe(2)
    const flag = await home.run(['kill', '--lader'])
    expect([flag.code, flag.stderr]).toEqual([2, expect.stringContaining('--leader')])
  })

  it('hardening 14: the supervisor dies by SIGKILL, its nodes end, and `up` brings all back', async () => {
    const record = JSON.parse(readFileSync(join(home.clusters, 'default', 'supervisor.json'), 'utf8'))
    const {nodes} = await status()
    process.kill(record.pid, 'SIGKILL')
    for (const {pid} of nodes as Array<{pid: number}>)
      await until(
        async () => {
          try {
            process.kill(pid, 0)
            return undefined
          } catch {
            return true
          }
        },
        {what: `pid ${pid} gone`, withinMs: 5_000},
      )
    const gone = await home.run(['kill', '--leader'])
    expect([gone.code, gone.stderr]).toEqual([5, expect.stringContaining('supervisor died')])
    await home.ok('cluster', 'up')
    expect((await status()).health).toBe('HEALTHY')
  })

  it('down keeps data and ports; two ups at once end with one cluster', async () => {
    const before = await status()
    await home.ok('cluster', 'down')
    const [a, b] = await Promise.all([home.run(['cluster', 'up']), home.run(['cluster', 'up'])])
    expect([a.code, b.code]).toEqual([0, 0])
    const after = await status()
    expect(after.nodes.map((n: {kafka: string}) => n.kafka)).toEqual(before.nodes.map((n: {kafka: string}) => n.kafka))
    expect(after.leaderTerm).toBeGreaterThanOrEqual(before.leaderTerm)
  })

  it('purge asks, and without a terminal needs --yes', async () => {
    const asked = await home.run(['cluster', 'purge'])
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('needs --yes')])
    await home.ok('cluster', 'purge', '--yes')
    expect((await home.ok('cluster', 'ls', '--json')).stdout).toBe('')
  })

  it('Ctrl-C before it is ready: 130, and what it had made is gone; what lay there before stays', async () => {
    const dir = join(home.dir, 'early')
    mkdirSync(dir)
    writeFileSync(join(dir, 'mine.txt'), 'not a cluster')
    const child = home.start(['cluster', 'up', '-n', '5', '--new-ports', '--dir', dir])
    await until(async () => (existsSync(join(dir, 'cluster.json')) ? true : undefined), {
      what: 'a cluster in the making',
      withinMs: 10_000,
    })
    child.kill('SIGINT')
    expect((await outcome(child)).code).toBe(130)
    expect(readdirSync(dir)).toEqual(['mine.txt'])
  })

  it('a first start that fails leaves its logs and no cluster: the next one begins anew', async () => {
    const dir = join(home.dir, 'failing')
    mkdirSync(dir, {mode: 0o700})
    // Node 1 finds a folder where its control socket should be.
    mkdirSync(join(dir, 'n1.sock'))
    const failed = await home.run(['cluster', 'up', '--new-ports', '--dir', dir])
    expect([failed.code, failed.stderr]).toEqual([4, expect.stringContaining('node1.log@')])
    expect(existsSync(join(dir, 'node1.log'))).toBe(true)
    expect(existsSync(join(dir, 'cluster.json'))).toBe(false)
    expect(failed.stderr).toMatch(
      /^n1 CRASHED after \d+ ms: exit \d+ \(.*\)\. Its last lines \(node1\.log@0\):\n {2}\d{4}-/,
    )
    rmdirSync(join(dir, 'n1.sock'))
    await home.ok('cluster', 'up', '--new-ports', '--dir', dir)
    await home.ok('cluster', 'purge', '--yes', '--dir', dir)
  })
})
