import {expect, test} from 'vitest'
import type {NodeId} from '../../src/base/ids.ts'
import {type Beat, encodeBeat, readBeat} from '../../src/broker/beat.ts'
import {Quiescence, type Restful} from '../../src/broker/quiescence.ts'

const TICK_MS = 10
const BEAT_TICKS = 4

/** A group as the leader or a follower has it; what Raft would do is set by the test. */
class FakeGroup implements Restful {
  readonly address = 'a/0'
  readonly voters = [1, 2, 3]
  asleep = false
  term = 1
  leader: NodeId = 1
  restIndex: number | undefined = 5
  ticked = 0
  heard = 0
  unmatched = new Set<NodeId>()
  sleepers: NodeId[] = []
  readonly #node: NodeId

  constructor(node: NodeId) {
    this.#node = node
  }

  get leads(): boolean {
    return this.leader === this.#node
  }

  matched(node: NodeId): boolean {
    return !this.unmatched.has(node)
  }

  heardLeader(): void {
    this.heard++
  }

  fallAsleep(sleepers: ReadonlySet<NodeId>): void {
    this.asleep = true
    this.sleepers = [...sleepers].sort()
  }

  wake(ticks: number): void {
    this.asleep = false
    this.ticked = ticks
  }
}

/** Nodes that share a clock; beats arrive at once unless the link is cut. */
class Net {
  now = 0
  readonly groups = new Map<NodeId, FakeGroup>()
  readonly nodes = new Map<NodeId, Quiescence<FakeGroup>>()
  readonly cut = new Set<string>()
  sent = 0
  /** The number of each node's newest beat. */
  readonly numbers = new Map<NodeId, number>()
  #ticks = 0

  constructor() {
    for (const node of [1, 2, 3]) {
      this.groups.set(node, new FakeGroup(node))
      this.start(node, `first ${node}`)
    }
  }

  start(node: NodeId, incarnation: string): void {
    const group = this.group(node)
    const quiescence = new Quiescence<FakeGroup>(
      {
        now: () => this.now,
        groups: () => [group],
        group: address => (address === group.address ? group : undefined),
        send: (to, body) => {
          this.sent++
          this.numbers.set(node, readBeat(body)?.n ?? 0)
          if (!this.cut.has(`${node}>${to}`)) this.nodes.get(to)?.heard(node, body)
        },
        heard: () => {},
      },
      {node, incarnation, peers: [1, 2, 3].filter(n => n !== node), beatTicks: BEAT_TICKS, staleMs: 10 * TICK_MS},
    )
    this.nodes.set(node, quiescence)
    quiescence.opened(group)
    quiescence.leads(group)
  }

  group(node: NodeId): FakeGroup {
    return this.groups.get(node) as FakeGroup
  }

  node(node: NodeId): Quiescence<FakeGroup> {
    return this.nodes.get(node) as Quiescence<FakeGroup>
  }

  run(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      this.now += TICK_MS
      this.#ticks++
      for (const node of this.nodes.values()) {
        node.tick()
        if (this.#ticks % BEAT_TICKS === 0) node.beat()
      }
    }
  }

  get asleep(): NodeId[] {
    return [...this.groups].filter(([, g]) => g.asleep).map(([node]) => node)
  }
}

function asleep(): Net {
  const net = new Net()
  net.run(60)
  expect(net.asleep).toEqual([1, 2, 3])
  return net
}

test('quiescence: a group at rest, leader and followers sleep and stay so; nobody ticks', () => {
  const net = asleep()
  net.run(1_000)
  expect(net.asleep).toEqual([1, 2, 3])
  for (const node of net.nodes.values()) expect([...node.awake]).toEqual([])
})

test('quiescence: entries not yet applied, or a live follower behind: nobody sleeps', () => {
  const busy = new Net()
  busy.group(1).restIndex = undefined
  const behind = new Net()
  behind.group(1).unmatched.add(3)
  for (const net of [busy, behind]) {
    net.run(100)
    expect(net.asleep).toEqual([])
  }
})

test('quiescence: a follower at another index, its leader stays awake for it', () => {
  const net = new Net()
  net.group(3).restIndex = 4
  net.run(100)
  expect(net.asleep).toEqual([2])
})

test('quiescence: a group that only just came to rest is not sent to sleep', () => {
  const net = new Net()
  for (let index = 6; index < 40; index++) {
    net.run(3 * BEAT_TICKS)
    for (const group of net.groups.values()) group.restIndex = index
  }
  expect(net.asleep).toEqual([])
})

test('quiescence: each offer taken is a sign of life of the leader: the election timeout begins anew', () => {
  const net = asleep()
  expect(net.group(2).heard).toBeGreaterThan(0)
  expect(net.group(1).heard).toBe(0)
})

test('quiescence: the leader is silent, its followers wake after a missed beat with the silence counted', () => {
  const net = asleep()
  net.nodes.delete(1)
  net.run(2 * BEAT_TICKS - 2)
  expect(net.asleep).toEqual([1, 2, 3])
  net.run(BEAT_TICKS)
  expect(net.asleep).toEqual([1])
  expect(net.group(2).ticked).toBe(BEAT_TICKS)
})

test('quiescence: a follower dies, the leader wakes, sees its quorum and sleeps without it; it wakes when the follower is back', () => {
  const net = asleep()
  const old = net.node(3)
  net.nodes.delete(3)
  net.run(3 * BEAT_TICKS)
  expect(net.group(1).asleep).toBe(false)
  net.run(100)
  expect(net.group(1).asleep).toBe(true)
  net.nodes.set(3, old)
  net.run(2 * BEAT_TICKS)
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: both followers gone, the leader wakes and never sleeps: it must lose its quorum', () => {
  const net = asleep()
  net.nodes.delete(2)
  net.nodes.delete(3)
  net.run(100)
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: only the way to the followers is cut, the leader wakes before the lease that their echoes prove is over', () => {
  const net = asleep()
  net.cut.add('1>2').add('1>3')
  while (net.group(1).asleep && net.now < 5_000) net.run(1)
  expect(net.now - net.node(1).provenMs(2)).toBeLessThan(15 * TICK_MS)
  net.run(2 * BEAT_TICKS)
  expect(net.asleep).toEqual([])
})

test('quiescence: followers that do not notice that they hear nothing, the leader wakes by their echoes alone', () => {
  const net = asleep()
  net.cut.add('1>2').add('1>3')
  for (let tick = 1; net.group(1).asleep && tick < 100; tick++) {
    net.now += TICK_MS
    net.node(1).tick()
    if (tick % BEAT_TICKS === 0) for (const node of net.nodes.values()) node.beat()
  }
  expect(net.group(1).asleep).toBe(false)
  expect(net.now - net.node(1).provenMs(2)).toBeLessThan(15 * TICK_MS)
})

test('quiescence: a follower that was paused while it was behind comes back, the leader that slept without it wakes', () => {
  const net = new Net()
  net.group(3).restIndex = 4
  net.run(60)
  const paused = net.node(3)
  net.nodes.delete(3)
  net.run(100)
  expect(net.asleep).toEqual([1, 2])
  net.nodes.set(3, paused)
  net.run(2 * BEAT_TICKS)
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: a follower woke, its leader hears of it with the next beat', () => {
  const net = asleep()
  net.node(2).wake(net.group(2))
  net.run(BEAT_TICKS)
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: a leader sleeps with those that took its offer; who was away then is none of them, though it is back', () => {
  expect(asleep().group(1).sleepers).toEqual([2, 3])
  const net = new Net()
  const away = net.node(3)
  net.nodes.delete(3)
  net.run(100)
  expect([net.group(1).asleep, net.group(1).sleepers]).toEqual([true, [2]])
  net.nodes.set(3, away)
  net.run(1)
  expect(net.group(1).sleepers).toEqual([2])
})

test('quiescence: what a follower echoes in the beat that says that it woke does not count for a leader that slept', () => {
  const net = asleep()
  let provenMs = Number.NaN
  const before = net.node(1).provenMs(2)
  net.group(1).wake = () => {
    provenMs = net.node(1).provenMs(2)
    net.group(1).asleep = false
  }
  net.run(1)
  net.node(1).beat()
  net.node(2).wake(net.group(2))
  net.node(2).beat()
  expect([provenMs, net.node(1).provenMs(2) > before]).toEqual([before, true])
})

test('quiescence: a follower that woke before its leader slept is not slept with', () => {
  const net = new Net()
  net.run(BEAT_TICKS * 6)
  net.cut.add('3>1')
  while (!net.group(2).asleep && net.now < 2_000) net.run(1)
  net.node(2).wake(net.group(2))
  net.node(2).beat()
  net.cut.clear()
  net.group(2).restIndex = undefined
  net.run(3 * BEAT_TICKS)
  expect(net.group(1).asleep && net.group(1).sleepers.includes(2)).toBe(false)
})

/** A beat of that node, as it would send it; `ahead`: how far behind the newest that node 1 heard its number is. */
function beatOf(net: Net, node: NodeId, ahead: number, more: Partial<Beat> = {}): void {
  const newest = net.numbers.get(node) ?? 0
  net.numbers.set(node, Math.max(newest, newest + ahead))
  net.node(1).heard(node, encodeBeat({i: `first ${node}`, n: newest + ahead, e: net.numbers.get(1) ?? 0, ...more}))
}

const SLEPT: Partial<Beat> = {slept: [['a/0', 1, 5]]}

test('quiescence: an older beat that comes late, or twice, says nothing: nobody wakes for it', () => {
  const net = asleep()
  for (const ahead of [0, -3]) beatOf(net, 2, ahead, {awoke: ['a/0']})
  expect(net.group(1).asleep).toBe(true)
  beatOf(net, 2, 1)
  expect(net.group(1).asleep).toBe(true)
  beatOf(net, 2, 2)
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: an offer that was taken long ago does not count for a leader that has just come to rest again', () => {
  const net = new Net()
  net.run(3 * BEAT_TICKS)
  for (const node of [2, 3]) beatOf(net, node, 1, SLEPT)
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: who took the offer and may have woken since, in a beat that was lost, is not slept with', () => {
  const net = new Net()
  net.cut.add('2>1').add('3>1')
  net.run(BEAT_TICKS)
  for (let beat = 1; beat <= 8; beat++) {
    for (const node of [2, 3]) beatOf(net, node, 1)
    net.run(BEAT_TICKS)
  }
  beatOf(net, 2, 1, SLEPT)
  expect(net.group(1).asleep).toBe(false)
  beatOf(net, 2, 2)
  beatOf(net, 3, 1, SLEPT)
  expect(net.group(1).asleep).toBe(false)
  beatOf(net, 2, 1, SLEPT)
  expect([net.group(1).asleep, net.group(1).sleepers]).toEqual([true, [2, 3]])
})

test('quiescence: a follower that woke because it lost its leader tells that leader', () => {
  const net = asleep()
  net.group(2).leader = 0
  net.node(2).wake(net.group(2))
  net.node(2).beat()
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: the beat in which a follower says that it woke is lost, the gap in the numbers wakes the leader at once', () => {
  const net = asleep()
  net.node(2).wake(net.group(2))
  net.cut.add('2>1')
  net.node(2).beat()
  expect(net.group(1).asleep).toBe(true)
  net.cut.clear()
  net.node(2).beat()
  expect(net.group(1).asleep).toBe(false)
})

test('quiescence: a follower with a new incarnation has forgotten its promise, the leader wakes and counts on nothing it proved', () => {
  const net = asleep()
  net.group(2).asleep = false
  net.start(2, 'second 2')
  net.node(2).beat()
  expect(net.group(1).asleep).toBe(false)
  expect(net.node(1).provenMs(2)).toBe(Number.NEGATIVE_INFINITY)
})

test('quiescence: a leader that stepped down wakes those that sleep under it', () => {
  const net = asleep()
  net.node(1).wake(net.group(1))
  net.group(1).leader = 0
  net.node(1).leads(net.group(1))
  net.run(2 * BEAT_TICKS)
  expect(net.asleep).toEqual([])
})

test('quiescence: echoes of an earlier incarnation prove nothing', () => {
  const net = asleep()
  const beatsOfTwo = net.node(2)
  net.start(1, 'second 1')
  expect(net.node(1).provenMs(2)).toBe(Number.NEGATIVE_INFINITY)
  beatsOfTwo.beat()
  expect(net.node(1).provenMs(2)).toBe(Number.NEGATIVE_INFINITY)
})

test('quiescence: a group of one voter sleeps by itself', () => {
  const net = new Net()
  const {groups} = net
  Object.assign(groups.get(1) as FakeGroup, {voters: [1]})
  net.run(100)
  expect(net.asleep).toEqual([1])
})
