import {describe, expect, it} from 'vitest'
import {runSchedule} from '../../src/sim/run.ts'
import type {Schedule, Scheduled} from '../../src/sim/schedule.ts'

/** Writes go on while node 3 is dead, and no topic keeps more than some kilobytes. */
function retained(seed: number): Schedule {
  const list: Scheduled[] = [{atMs: 600, do: 'kill', who: 3, downMs: 3_000}]
  for (let atMs = 400; atMs < 6_000; atMs += 20)
    list.push({atMs, do: 'send', client: 'c1', topic: 'orders', partition: 0, acks: -1, idempotent: true})
  list.push({atMs: 4_600, do: 'power-loss-all', downMs: 100})
  return {
    ...schedule(seed),
    segmentBytes: 1_024,
    list: list.sort((a, b) => a.atMs - b.atMs),
  }
}

/** Node 3 is dead while topics are created and offsets are committed; then everything dies at once, and comes back. */
function schedule(seed: number): Schedule {
  const list: Scheduled[] = [{atMs: 600, do: 'kill', who: 3, downMs: 3_000}]
  for (let n = 0; n < 40; n++) {
    const atMs = 700 + 60 * n
    const client = `c${(n % 3) + 1}`
    list.push({atMs, do: 'create-topic', client, topic: `t${n}`, partitions: 1, replicationFactor: 3})
    list.push({atMs: atMs + 20, do: 'commit-offset', client, group: 'g', topic: 'orders', partition: 0})
  }
  list.push({atMs: 6_000, do: 'power-loss-all', downMs: 100})
  list.push({atMs: 6_900, do: 'read-offset', client: 'c1', group: 'g', topic: 'orders', partition: 0})
  return {
    format: 'chronik-schedule-1',
    seed,
    scenario: 'snapshots',
    nodes: 3,
    forMs: 7_000,
    segmentBytes: 4_096,
    snapshotEntries: 8,
    topics: [{topic: 'orders', partitions: 1, replicationFactor: 3}],
    list: list.sort((a, b) => a.atMs - b.atMs),
  }
}

describe('compacted logs', () => {
  it('sim: a follower behind the compacted log gets the snapshot, catches up, and all start from theirs after a power loss', async () => {
    const installed = new Set<string>()
    let recoveredBehind = 0
    const result = await runSchedule({
      schedule: schedule(1),
      onLog: (life, _level, line) => {
        const said = /^(\S+) installed a snapshot of index/.exec(line)
        if (said) installed.add(`${life.name} ${said[1]}`)
        const recovered = /^Recovered \d+ Raft entries \(index (\d+)-/.exec(line)
        if (recovered && Number(recovered[1]) > 1) recoveredBehind++
      },
    })
    expect(result.violations).toEqual([])
    expect([...installed].some(what => /^n3.*__raft_metadata\/0$/.test(what))).toBe(true)
    expect(recoveredBehind).toBe(3)
  }, 60_000)

  it('sim: a replica behind the log start of its partition is sent the small snapshot and follows, producers known; the log stays short', async () => {
    const installed: string[] = []
    const {violations} = await runSchedule({
      schedule: retained(2),
      settings: {'retention.bytes': 3_000, 'log.retention.check.interval.ms': 200},
      onLog: (life, _level, line) => {
        if (/^orders\/0 installed a snapshot/.test(line)) installed.push(life.name)
      },
    })
    expect(installed).toContain('n3.2')
    // Nobody asked for what retention took: it counts as lost here (H1) or, with nothing behind it read, as never seen (H2); nothing else is wrong.
    expect(violations.map(v => v.check).filter(c => c !== 'H1' && c !== 'H2')).toEqual(['D7'])
  }, 60_000)
})
