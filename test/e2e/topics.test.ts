import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Home} from '../helpers/chronik.ts'

describe('topics, produce and consume from the command line', {timeout: 60_000}, () => {
  const home = new Home()

  beforeAll(async () => {
    await home.ok('cluster', 'up', '--new-ports')
  }, 60_000)

  afterAll(() => home.remove(), 60_000)

  it('lines that were produced are consumed, also after a leader was killed', async () => {
    await home.ok('topic', 'create', 'orders', '--partitions', '1')
    const first = await home.run(['produce', 'orders', '--json'], {input: 'a\nb\nc\n'})
    expect([first.code, JSON.parse(first.stdout).records]).toEqual([0, 3])
    await home.ok('kill', '--leader', '-t', 'orders', '--partition', '0')
    const second = await home.run(['produce', 'orders', '--json'], {input: 'd\n'})
    expect([second.code, second.stderr]).toEqual([0, ''])
    const read = await home.ok('consume', 'orders', '--from-beginning', '--max', '4')
    expect(read.stdout).toBe('a\nb\nc\nd\n')
    await home.ok('start')
    const described = await home.ok('topic', 'describe', 'orders', '--json')
    expect(JSON.parse(described.stdout)).toMatchObject({
      partition: 0,
      highWatermark: 4,
      replicas: expect.arrayContaining([1, 2, 3]),
    })
  })

  it('consume: who reads next in the group goes on behind the last record that was printed, and waits for nobody that has left', async () => {
    await home.ok('topic', 'create', 'shared', '--partitions', '1')
    await home.run(['produce', 'shared'], {input: 'a\nb\nc\nd\n'})
    const read = () => home.ok('consume', 'shared', '--group', 'g', '--from-beginning', '--max', '2')
    expect((await read()).stdout).toBe('a\nb\n')
    const before = performance.now()
    expect((await read()).stdout).toBe('c\nd\n')
    // A member that only went away is waited for until its session of 10 s ends.
    expect(performance.now() - before).toBeLessThan(9_000)
  })

  it('quorum describe: what the leader says of itself and of the others is what their disks say', async () => {
    const {clusterId, ...quorum} = JSON.parse((await home.ok('quorum', 'describe', '--json')).stdout)
    const live = JSON.parse((await home.ok('status', '--json')).stdout)
    expect([quorum.leader, quorum.epoch, quorum.voters.map((v: {node: number}) => v.node)]).toEqual([
      live.leader,
      live.leaderTerm,
      [1, 2, 3],
    ])
    const commits = live.nodes.map((n: {commit: number}) => n.commit)
    expect(quorum.highWatermark).toBe(Math.max(...commits) + 1)
    const status = (await home.ok('quorum', 'describe')).stdout
    expect(status).toMatch(
      /^ClusterId: {14}\S+\nLeaderId: {15}\d\nLeaderEpoch: {12}\d+\nHighWatermark: {10}\d+\nMaxFollowerLag: /,
    )
    expect(status).toContain(clusterId)
    const lines = (await home.ok('quorum', 'describe', '--replication')).stdout.trimEnd().split('\n')
    expect(lines.map(l => l.split('\t').at(-1))).toEqual(['Status', 'Leader', 'Follower', 'Follower'])
    expect(lines[1].split('\t')[1]).toMatch(/^[\w-]{22}$/)
  })

  it('a topic that is deleted is gone from the list, and its name can be used again', async () => {
    await home.ok('topic', 'create', 'short')
    await home.ok('topic', 'delete', 'short')
    expect((await home.ok('topic', 'ls')).stdout).not.toContain('short')
    await home.ok('topic', 'create', 'short', '--partitions', '2')
    expect((await home.ok('topic', 'describe', 'short', '--json')).stdout.trim().split('\n')).toHaveLength(2)
  })

  it('hardening 2, 3: names that could be paths are refused before anything is sent', async () => {
    for (const name of ['../x', 'a/b', '..', 'x'.repeat(250)]) {
      const refused = await home.run(['topic', 'create', '--', name])
      expect([name, refused.code]).toEqual([name, 2])
    }
    const cluster = await home.run(['cluster', 'up', '-c', '../evil'])
    expect(cluster.code).toBe(2)
  })
})
