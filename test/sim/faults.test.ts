import {describe, expect, it} from 'vitest'
import {ALL_SCENARIOS, scenarioNamed} from '../../src/sim/aimed-scenarios.ts'
import {generate} from '../../src/sim/generate.ts'
import {type RunResult, runSchedule} from '../../src/sim/run.ts'
import type {Schedule, Scheduled} from '../../src/sim/schedule.ts'

const quiet = (list: Scheduled[], more: Partial<Schedule> = {}): Schedule => ({
  format: 'chronik-schedule-1',
  seed: 1,
  scenario: 'random',
  nodes: 3,
  forMs: 6_000,
  segmentBytes: 4_096,
  topics: [{topic: 'orders', partitions: 1, replicationFactor: 3}],
  list: [...list, ...sends(6_000)].sort((a, b) => a.atMs - b.atMs),
  ...more,
})

function sends(forMs: number): Scheduled[] {
  return Array.from({length: Math.floor((forMs - 500) / 60)}, (_, i) => ({
    atMs: 500 + i * 60,
    do: 'send',
    client: 'c1',
    topic: 'orders',
    partition: 0,
    acks: -1,
    idempotent: true,
  }))
}

async function run(schedule: Schedule): Promise<RunResult & {lines: string[]}> {
  const lines: string[] = []
  const result = await runSchedule({schedule, onLog: (life, _level, line) => lines.push(`${life.name} ${line}`)})
  return {...result, lines}
}

const times = (r: RunResult, what: string): number => r.reached.get(what) ?? 0

describe('faults of the simulator', () => {
  it('flip: a bit inside a log flips, its node refuses the log, and nothing is lost', async () => {
    const list: Scheduled[] = [
      {atMs: 3_000, do: 'flip', who: 2},
      {atMs: 3_500, do: 'kill', who: 2, downMs: 100},
    ]
    const done = await run(quiet(list))
    expect(done.violations).toEqual([])
    expect(times(done, 'image with damage')).toBeGreaterThan(0)
    expect(done.lines.some(line => /^n2.2 refuses /.test(line))).toBe(true)
  }, 60_000)

  it('read-error: a log that cannot be read at the start is refused, and opened by the next life', async () => {
    const fault = {
      do: 'read-error',
      who: 2,
      path: 'orders/0/wal_0_0.log',
      skip: 0,
      recovering: true,
      downMs: 100,
    } as const
    const done = await run(quiet([{atMs: 3_000, ...fault}], {segmentBytes: 1_000_000}))
    expect(done.violations).toEqual([])
    expect(times(done, 'EIO in read')).toBe(1)
    expect(done.lines.some(line => /^n2.2 refuses orders\/0: .*cannot be read/.test(line))).toBe(true)
    expect(times(done, 'started again because of what could not be read')).toBe(1)
    expect(done.lines.some(line => line.startsWith('n2.3 '))).toBe(true)
    expect(done.lines.filter(line => line.startsWith('n2.3 refuses '))).toEqual([])
  }, 60_000)

  it('read-error: a node that cannot read who it is ends and says so', async () => {
    const fault = {do: 'read-error', who: 2, path: 'node.json', skip: 0, recovering: true, downMs: 100} as const
    const done = await run(quiet([{atMs: 3_000, ...fault}]))
    expect(done.violations).toEqual([])
    expect(times(done, 'EIO in read')).toBe(1)
  }, 60_000)

  it('read-error: a node that cannot read what a client or a follower asks for ends', async () => {
    // Only what a node did not write in this life is read from its disk.
    const readers = [1, 2, 3].map((who): Scheduled[] => [
      {atMs: 3_000 + who * 600, do: 'kill', who, downMs: 50},
      {atMs: 3_400 + who * 600, do: 'read-error', who, path: 'wal/orders/0', skip: 0, recovering: false, downMs: 50},
      {atMs: 3_500 + who * 600, do: 'read', client: `reader-${who}`, topic: 'orders', partition: 0},
    ])
    const done = await run(quiet(readers.flat()))
    expect(done.violations).toEqual([])
    expect(times(done, 'EIO in read')).toBeGreaterThan(0)
    expect(done.lines.some(line => / disk failed at wal\/orders\/0\/.*; this node ends/.test(line))).toBe(true)
  }, 60_000)

  it('bad-sector: its node refuses the log for good, and nothing is lost', async () => {
    const list: Scheduled[] = [
      {atMs: 3_000, do: 'bad-sector', who: 2},
      {atMs: 3_500, do: 'kill', who: 2, downMs: 100},
      {atMs: 4_500, do: 'kill', who: 2, downMs: 100},
    ]
    const done = await run(quiet(list))
    expect(done.violations).toEqual([])
    for (const life of ['n2.2', 'n2.3'])
      expect(done.lines.some(line => line.startsWith(`${life} refuses `) && line.includes('cannot be read'))).toBe(true)
  }, 60_000)

  it('misdirect: a write that went elsewhere is noticed at both places, and nothing is lost', async () => {
    const list: Scheduled[] = [
      {atMs: 3_000, do: 'misdirect', who: 2},
      {atMs: 3_500, do: 'kill', who: 2, downMs: 100},
    ]
    const done = await run(quiet(list))
    expect(done.violations).toEqual([])
    expect([...done.reached.keys()].filter(what => what.startsWith('misdirected to '))).toHaveLength(1)
    expect(times(done, 'image with damage')).toBeGreaterThan(0)
    expect(done.lines.some(line => /^n2.2 refuses /.test(line))).toBe(true)
  }, 60_000)

  it('repair: damaged logs are moved aside and rebuilt from the others, and their node votes again', async () => {
    const list: Scheduled[] = [
      {atMs: 2_500, do: 'flip', who: 2},
      {atMs: 2_600, do: 'kill', who: 2, downMs: 100},
      {atMs: 3_200, do: 'repair'},
      {atMs: 4_500, do: 'kill', who: 1, downMs: 1_500},
      {atMs: 4_600, do: 'power-loss', who: 2, downMs: 50},
    ]
    const done = await run(quiet(list, {seed: 3}))
    expect(done.violations).toEqual([])
    expect(times(done, 'repaired')).toBe(1)
    expect(times(done, 'rebuilt a log')).toBeGreaterThan(0)
    expect(done.lines.some(line => /^n2.2 refuses /.test(line))).toBe(true)
    expect(done.lines.filter(line => /^n2.[34] refuses /.test(line))).toEqual([])
    // n1 leads until it dies: while it is down nobody leads without the vote of n2, and nothing is acknowledged without its log.
    const at = (pattern: RegExp): number => done.lines.findIndex(line => pattern.test(line))
    const died = at(/ n1 closed its connection/)
    expect(died).toBeGreaterThan(at(/^n1.1 orders\/0 became leader/))
    expect(at(/^n[23]\.\d orders\/0 became leader/)).toBeGreaterThan(died)
    const {length} = done.history.filter(
      o => o.do === 'send' && o.result === 'ok' && o.invokedAtMs >= 5_000 && (o.endedAtMs ?? 6_000) < 6_000,
    )
    expect(length).toBeGreaterThan(0)
  }, 60_000)

  it('flip-sent: a batch of which a bit flips on its way is refused, and only that one', async () => {
    const list: Scheduled[] = Array.from({length: 10}, (_, i) => ({
      atMs: 2_000 + i * 300,
      do: 'flip-sent',
      who: {leaderOf: 'orders/0'},
    }))
    const done = await run(quiet(list))
    expect(done.violations).toEqual([])
    expect(times(done, 'bit flipped in a batch on its way')).toBe(10)
    expect(done.history.filter(o => o.error === 'CORRUPT_MESSAGE')).toHaveLength(10)
  }, 60_000)

  it('wipe: a node with a new disk and its old id is refused by the others, which go on', async () => {
    const done = await run(quiet([{atMs: 3_000, do: 'wipe', who: 2, downMs: 100}]))
    expect(done.violations).toEqual([])
    const refusals = done.lines.filter(line => /^n[13].*its disk was replaced/.test(line))
    expect(refusals.length).toBeGreaterThan(2)
    // It tries again and again, and more and more seldom.
    expect(refusals.length).toBeLessThan(200)
  }, 60_000)

  it('reset: a connection breaks inside a frame, the next one carries what is needed', async () => {
    const list: Scheduled[] = Array.from({length: 20}, (_, i) => ({
      atMs: 2_000 + i * 150,
      do: 'reset',
      who: {leaderOf: 'orders/0'},
      other: {followerOf: 'orders/0', nth: i % 2},
      midFrame: true,
    }))
    const done = await run(quiet(list))
    expect(done.violations).toEqual([])
    expect(times(done, 'frame torn')).toBe(20)
  }, 60_000)

  it('disk-full: while entries wait for room, a node still gives its vote to who leads next', async () => {
    const full = {atMs: 2_500, do: 'disk-full', who: {followerOf: 'orders/0', nth: 0}, bytes: 0, forMs: 3_000} as const
    const kill = {atMs: 3_200, do: 'kill', who: {leaderOf: 'orders/0'}, downMs: 2_500} as const
    const done = await run(quiet([full, kill]))
    expect(done.violations).toEqual([])
    const at = (pattern: RegExp): number => done.lines.findLastIndex(line => pattern.test(line))
    const filled = at(/the disk is full: new produce/)
    const elected = at(/became leader at term/)
    expect(filled).toBeGreaterThan(0)
    expect(elected).toBeGreaterThan(filled)
    expect(at(/has room again/)).toBeGreaterThan(elected)
  }, 60_000)

  it('crash: a node dies inside a write to a peer', async () => {
    const point = {call: 'write', path: 'peer', skip: 5, when: 'inside', power: true} as const
    const done = await run(quiet([{atMs: 2_000, do: 'crash-at', who: 1, point, downMs: 200}]))
    expect(done.violations).toEqual([])
    expect(times(done, 'crash inside write peer')).toBe(1)
  }, 60_000)

  it('hit: who becomes a leader is cut off, and somebody else leads', async () => {
    const list: Scheduled[] = [
      {atMs: 2_000, do: 'hit-as', role: 'leader', group: 'orders/0', afterMs: 5, how: 'isolate', forMs: 800},
      {atMs: 2_100, do: 'kill', who: {leaderOf: 'orders/0'}, downMs: 100},
    ]
    const done = await run(quiet(list))
    expect(done.violations).toEqual([])
    expect(times(done, 'isolate as leader')).toBe(1)
  }, 60_000)

  it('restart: all nodes are restarted one after the other, and the clients see it through', async () => {
    const done = await run(quiet([{atMs: 1_500, do: 'restart-all', rolling: true, downMs: 100}], {forMs: 8_000}))
    expect(done.violations).toEqual([])
    expect(new Set(done.lines.filter(line => /^n[123]\.2 /.test(line)).map(line => line.slice(0, 4))).size).toBe(3)
  }, 60_000)

  it('scenarios: each has a name of its own and makes a list that is the same every time', () => {
    expect(new Set(ALL_SCENARIOS.map(s => s.name)).size).toBe(ALL_SCENARIOS.length)
    for (const {name, nodes} of ALL_SCENARIOS) {
      const schedule = generate({seed: 3, scenario: scenarioNamed(name)})
      expect(schedule, name).toEqual(generate({seed: 3, scenario: scenarioNamed(name)}))
      expect(nodes ?? [3], name).toContain(schedule.nodes)
    }
  })
})
