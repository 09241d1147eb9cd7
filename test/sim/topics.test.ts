import {describe, expect, it} from 'vitest'
import type {Operation} from '../../src/judge/evidence.ts'
import {generate} from '../../src/sim/generate.ts'
import {RenewedTopics} from '../../src/sim/renewed-topics.ts'
import {runSchedule} from '../../src/sim/run.ts'
import type {Schedule, Scheduled} from '../../src/sim/schedule.ts'

const OLD = 'again-0@1111111111111111'
const NEW = 'again-0@2222222222222222'

/** The topic is made, written to, deleted and made again, also while node 3 is cut off: when it is back it has the log of one before. */
function renewed(): Schedule {
  const list: Scheduled[] = []
  for (let n = 0; n < 3; n++) {
    const atMs = 600 + 2_000 * n
    const topic = 'again-0'
    list.push({atMs, do: 'create-topic', client: 'c1', topic, partitions: 1, replicationFactor: 3})
    list.push({atMs: atMs + 1_000, do: 'create-topic', client: 'c1', topic, partitions: 1, replicationFactor: 3})
    for (let ms = 100; ms < 1_900; ms += 50)
      list.push({atMs: atMs + ms, do: 'send', client: 'c1', topic, partition: 0, acks: -1, idempotent: false})
    list.push({atMs: atMs + 1_800, do: 'read', client: 'c3', topic, partition: 0})
    if (n === 2) continue
    // An order that was given to the node that is cut off is carried out when it is back, or never.
    list.push({atMs: atMs + 600, do: 'isolate', who: 3, forMs: 1_000})
    list.push({atMs: atMs + 900, do: 'delete-topic', client: 'c2', topic})
    list.push({atMs: atMs + 1_900, do: 'delete-topic', client: 'c2', topic})
  }
  return {
    format: 'chronik-schedule-1',
    seed: 1,
    scenario: 'topics',
    nodes: 3,
    forMs: 7_000,
    segmentBytes: 4_096,
    topics: [{topic: 'orders', partitions: 1, replicationFactor: 3}],
    list: list.sort((a, b) => a.atMs - b.atMs),
  }
}

/** What is said of a history; the first topic is deleted, and the second one there, last known at 50 and 100 ms. */
function said(written: Record<string, string[]>, operations: Array<Partial<Operation>>) {
  const writtenTo = new Map(Object.entries(written).map(([value, to]) => [value, new Set(to)]))
  const topics = new RenewedTopics(new Set(['again-0']), writtenTo)
  topics.drains([`${NEW}/0`], operations.length)
  const found: string[] = []
  const base = {process: 'c1', topic: 'again-0', partition: 0, invokedAtMs: 10, endedAtMs: 20, result: 'ok' as const}
  const history = operations.map((o, n) => ({...base, number: n + 1, ...o}) as Operation)
  const judged = topics.judged(history, {
    isDeleted: topic => topic === OLD,
    lastKnownMs: topic => (topic === OLD ? 50 : 100),
    fail: (check, text) => found.push(`${check} ${text}`),
  })
  return {found, history: judged.history.map(o => o.topic), gone: judged.gone.map(o => o.topic)}
}

describe('topics that are deleted and made again', () => {
  it('sim: a node that was cut off from each deletion has no part in the next topic; what was acknowledged there is read', async () => {
    const {history, reached, violations} = await runSchedule({schedule: renewed()})
    expect(violations).toEqual([])
    expect(reached.get('topic deleted')).toBeGreaterThan(1)
    const drained = history.filter(o => o.final && o.topic.startsWith('again-0@')).flatMap(o => o.records ?? [])
    expect(drained.length).toBeGreaterThan(5)
  }, 60_000)

  it('sim: one seed in 16 has them, and they are in no other', () => {
    const schedules = Array.from({length: 200}, (_, n) => generate({seed: n + 1}))
    const those = schedules.filter(s => s.scenario === 'topics')
    expect(those.length).toBeGreaterThan(5)
    for (const s of schedules) expect(s.list.some(o => o.do === 'delete-topic')).toBe(s.scenario === 'topics')
  })

  it('history: a send and a read belong to the topic in whose log the record stands', () => {
    const send = (value: string): Partial<Operation> => ({do: 'send', value, acks: -1})
    const read = (value: string): Partial<Operation> => ({do: 'read', records: [{offset: 0, value}]})
    const {found, history, gone} = said({a: [OLD], b: [NEW]}, [send('a'), send('b'), read('a'), read('b')])
    expect({found, history, gone}).toEqual({found: [], history: [NEW, NEW], gone: [OLD, OLD]})
  })

  it('history: what tells of no topic is left out, unless it was acknowledged', () => {
    const {found, history, gone} = said({}, [
      {do: 'send', value: 'a', result: 'info'},
      {do: 'read', records: []},
      {do: 'send', value: 'b', offset: 3},
    ])
    expect([history, gone]).toEqual([[], []])
    expect(found).toEqual([expect.stringMatching(/^D7 b was acknowledged at again-0\/0 offset 3/)])
  })

  it('history: a record of the one before is read in the next one', () => {
    const records = [
      {offset: 0, value: 'b'},
      {offset: 1, value: 'a'},
    ]
    expect(said({a: [OLD], b: [NEW]}, [{do: 'read', records}]).found).toEqual([
      expect.stringMatching(/^H3 c1 reads a at again-0@2{16}\/0 offset 1/),
    ])
  })

  it('history: an answer for a topic that no node knew any more when it was asked for', () => {
    const late = {do: 'send', value: 'a', invokedAtMs: 60, endedAtMs: 70} as const
    expect(said({a: [OLD]}, [late]).found).toEqual([expect.stringMatching(/^H10 c1 is answered for again-0@1{16}/)])
    expect(said({a: [OLD]}, [{...late, invokedAtMs: 40}]).found).toEqual([])
  })
})
