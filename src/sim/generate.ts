import {METADATA_GROUP} from '../base/ids.ts'
import {AIMED} from './aimed-scenarios.ts'
import type {Make} from './fault-makers.ts'
import {DELETIONS, DRAWN, MEMBERS, NARROW, type Scenario, SNAPSHOTS, TOPICS} from './scenarios.ts'
import type {Schedule, Scheduled} from './schedule.ts'
import {between, chance, oneOf, Streams} from './streams.ts'

type Random = ReturnType<Streams['of']>

function byWeight(kinds: Scenario['faults'], drawn: number): Make {
  let left = drawn
  for (const [weight, make] of kinds) {
    if (left < weight) return make
    left -= weight
  }
  throw new Error('a draw is below the sum of the weights')
}

/** A topic that is made, written to, deleted and made again under its name, and written to all the while: by whoever takes it for the one before, too. */
function* renewals(r: Random, topic: string, forMs: number, replicationFactor: number): Generator<Scheduled> {
  const client = (): string => `c${between(r, 1, 3)}`
  for (let atMs = between(r, 300, 900); atMs < forMs; ) {
    const endsMs = atMs + (chance(r, 300) ? between(r, 5, 100) : between(r, 100, 1_500))
    const nextMs = endsMs + (chance(r, 600) ? between(r, 0, 40) : between(r, 40, 700))
    for (const orderMs of [atMs, atMs + between(r, 20, 200)])
      if (orderMs < endsMs)
        yield {atMs: orderMs, do: 'create-topic', client: client(), topic, partitions: 1, replicationFactor}
    for (let ms = atMs + between(r, 1, 40); ms < nextMs && ms < forMs; ms += between(r, 1, 90)) {
      const about = {client: client(), topic, partition: 0}
      // Whoever does not know how a send ended sends it again only with a sequence number: then it may stand in two topics.
      if (chance(r, 700)) yield {atMs: ms, do: 'send', ...about, acks: -1, idempotent: false}
      else yield {atMs: ms, do: 'read', ...about}
    }
    if (endsMs < forMs) yield {atMs: endsMs, do: 'delete-topic', client: client(), topic}
    atMs = nextMs
  }
}

export interface GenerateOptions {
  seed: number
  /** Simulated time under faults, ms. */
  forMs?: number
  /** Only faults of these kinds. */
  faults?: readonly string[]
  scenario?: Scenario
  nodes?: number
}

/** The list of a seed. It depends on nothing else: delays, and what nodes draw, have streams of their own. */
export function generate(options: GenerateOptions): Schedule {
  const {seed} = options
  const streams = new Streams(seed)
  const r = streams.of('schedule')
  // Most seeds meet every kind of fault; the others lean on one side.
  const drawn = options.scenario ?? (chance(r, 400) ? DRAWN[0] : oneOf(r, DRAWN.slice(1)))
  const s = streams.of('snapshots')
  const d = streams.of('deletions')
  const byItself = chance(s, 100) ? SNAPSHOTS : chance(d, 80) ? DELETIONS : undefined
  const changes = chance(streams.of('members'), 60) && (options.nodes ?? 3) >= (MEMBERS.nodesMin ?? 1)
  const narrow = chance(streams.of('narrow'), 80) ? NARROW : undefined
  const t = streams.of('topics')
  const renewed = chance(t, 95) ? TOPICS : undefined
  const a = streams.of('aimed')
  const aimed = chance(a, 150) ? oneOf(a, AIMED) : undefined
  const others = narrow ?? renewed ?? (options.nodes && aimed?.nodes ? undefined : aimed)
  const scenario = options.scenario ?? byItself ?? (changes ? MEMBERS : (others ?? drawn))
  const forMs = options.forMs ?? scenario.forMs ?? 20_000
  const nodes = options.nodes ?? (scenario.nodes ? oneOf(r, scenario.nodes) : 3)
  const topics = [{topic: 'orders', partitions: 2, replicationFactor: Math.min(3, nodes)}]
  const again = Array.from({length: scenario.renews ?? 0}, (_, n) => `again-${n}`)
  const groups = [METADATA_GROUP, 'orders/0', 'orders/1', ...again.map(topic => `${topic}/0`)]
  const list: Scheduled[] = []
  const kinds = scenario.faults.filter(
    ([, make]) => !options.faults || options.faults.includes(make(new Streams(0).of('kind'), groups).do),
  )
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0)
  for (let atMs = between(r, 1, 2 * scenario.everyMs); total > 0 && atMs < forMs; ) {
    list.push({atMs, ...byWeight(kinds, r.below(total))(r, groups)})
    atMs += between(r, 1, 2 * scenario.everyMs)
  }
  const o = streams.of('operations')
  const f = streams.of('readers')
  for (let atMs = between(o, 100, 600); atMs < forMs; atMs += between(o, 1, 100)) {
    const partition = o.below(2)
    const client = `c${between(o, 1, 3)}`
    if (scenario.deletes && chance(d, 60))
      list.push({atMs, do: 'delete-records', client, topic: 'orders', partition, keep: d.below(12)})
    const drawn = scenario.creates && chance(o, scenario.creates) ? 99 : o.below(scenario.plain ? 92 : 100)
    if (drawn < 60)
      for (let n = 0; n < (scenario.burst ?? 1); n++)
        list.push({
          atMs,
          do: 'send',
          client,
          topic: 'orders',
          partition,
          acks: drawn < 52 ? -1 : drawn < 58 ? 1 : 0,
          idempotent: drawn < 25,
          ...(scenario.valueBytes ? {bytes: between(o, 1, scenario.valueBytes)} : {}),
        })
    else if (drawn < 88) {
      const reader = scenario.rereads && chance(f, 300) ? `reader-${list.length}` : client
      list.push({atMs, do: 'read', client: reader, topic: 'orders', partition})
    } else if (drawn < 92) list.push({atMs, do: 'list-end', client, topic: 'orders', partition})
    else if (drawn < 96) list.push({atMs, do: 'commit-offset', client, group: 'g', topic: 'orders', partition})
    else if (drawn < 99) list.push({atMs, do: 'read-offset', client, group: 'g', topic: 'orders', partition})
    else {
      const topic = `extra-${list.length}`
      for (let n = 0; n < (scenario.burst ?? 1); n++) {
        const name = n === 0 ? topic : `${topic}-${n}`
        list.push({atMs, do: 'create-topic', client, topic: name, partitions: 1, replicationFactor: 3})
      }
      if (scenario.writesToNew)
        for (const after of [15, 30, 45])
          list.push({atMs: atMs + after, do: 'send', client, topic, partition: 0, acks: -1, idempotent: false})
    }
  }
  for (const topic of again) list.push(...renewals(t, topic, forMs, Math.min(3, nodes)))
  list.sort((a, b) => a.atMs - b.atMs)
  return {
    format: 'chronik-schedule-1',
    seed,
    scenario: scenario.name,
    nodes,
    ...(scenario.spares ? {spares: scenario.spares} : {}),
    forMs,
    ...(scenario.tornSectors ? {tornSectors: true} : {}),
    ...(scenario.settings ? {settings: scenario.settings} : {}),
    ...(scenario.core ? {core: scenario.core} : {}),
    segmentBytes: scenario.segmentBytes ?? oneOf(r, [4_096, 8_192, 32_768, 1_000_000]),
    snapshotEntries: scenario.snapshotEntries ?? oneOf(s, [4, 10, 30, 1_000]),
    topics,
    list,
  }
}
