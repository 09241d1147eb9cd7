import {describe, expect, it} from 'vitest'
import type {EngineName} from '../../src/contracts/engine.ts'
import type {ClusterSnapshot, NodeReading} from '../../src/contracts/supervisor-protocol.ts'
import {runCheck} from '../../src/judge/check.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import type {SupervisorClient} from '../../src/supervisor/client.ts'
import type {Fact, NodeHandle} from '../../src/verify/api.ts'
import {EvidenceBook} from '../../src/verify/evidence-book.ts'
import {LabCluster} from '../../src/verify/lab-cluster.ts'
import {about, disk, group, METADATA, onDisk, reading, report} from '../judge/evidence.ts'

const TOPIC = ['orders/0', 'orders/1']

/** A node that opens one more of its groups with each answer. */
function opensOneByOne(o: {deleted?: string; copied?: boolean; engine?: EngineName} = {}) {
  const book = new EvidenceBook(() => performance.now())
  let answers = 0
  const view = {id: 1, state: 'up', incarnation: 'new1'} as ClusterSnapshot['nodes'][number]
  const snapshot = {engine: o.engine ?? 'embedded', group: METADATA, nodes: [view]} as ClusterSnapshot
  const client = {
    ask: async (): Promise<NodeReading[]> => {
      const groups = [METADATA, ...TOPIC].slice(0, ++answers)
      return [
        reading(1, {
          incarnation: 'new1',
          groups: groups.map(name =>
            group({group: name, role: 'leader', serving: true, recovery: report({group: name})}),
          ),
        }),
      ]
    },
  } as unknown as SupervisorClient
  const signal = new AbortController().signal
  const cluster = new LabCluster({client, snapshot, book, runDir: '/', seed: 1, signal, mayDamage: true})
  const {deleted} = o
  const names = [METADATA, ...TOPIC, ...(deleted ? [`${deleted}/0`] : [])]
  if (o.copied !== false) book.disk(disk(1, {after: 'old1', groups: names.map(name => onDisk({group: name}))}))
  if (deleted)
    book.topicOrder({
      do: 'delete',
      name: deleted,
      partitions: 1,
      through: 1,
      atMs: 0,
      endedAtMs: 1,
      result: 'ok',
    })
  book.started({node: 1, incarnation: 'new1', previous: 'old1', orderedAtMs: 0})
  const d8 = () => {
    const check = CHECKS.get('D8')
    return check && runCheck(check, book.evidence, about, '').result
  }
  return {cluster, node: cluster.nodes[0], d8, answered: () => answers}
}

describe('a node that opens its groups one after the other', () => {
  const first =
    (node: NodeHandle): Fact<true> =>
    ({readings}) =>
      readings.some(r => r.node === node.id && r.live?.groups.some(g => g.group === TOPIC[0])) || undefined

  it('waited for by one of its groups: D8 is unknown, for nothing is told of the others yet', async () => {
    const {cluster, node, d8} = opensOneByOne()
    await cluster.until(first(node), {withinMs: 5_000})
    expect(d8()).toBe('unknown')
  })

  it('waited for until it is `opened`: every group of the copy is told of, and D8 can judge', async () => {
    const {cluster, node, d8, answered} = opensOneByOne()
    const live = await cluster.until(node.opened, {withinMs: 5_000})
    expect(live.groups.map(g => g.group)).toEqual([METADATA, ...TOPIC])
    expect([answered(), d8()]).toEqual([3, 'pass'])
  })

  it('is not `caughtUp` before: when all were dead nobody has opened a topic yet, and D8 must not accuse it', async () => {
    const {cluster, node, d8, answered} = opensOneByOne()
    await cluster.until(node.caughtUp, {withinMs: 5_000})
    expect([answered(), d8()]).toEqual([3, 'pass'])
  })

  it('`opened` waits for no group of a topic that was deleted meanwhile', async () => {
    const {cluster, node} = opensOneByOne({deleted: 'gone'})
    expect((await cluster.until(node.opened, {withinMs: 5_000})).groups).toHaveLength(3)
  })

  it('where topics are no groups, neither waits for one: nothing will ever be told of them', async () => {
    const {cluster, node, answered} = opensOneByOne({engine: 'kafka'})
    await cluster.until(node.opened, {withinMs: 5_000})
    await cluster.until(node.caughtUp, {withinMs: 5_000})
    expect(answered()).toBe(2)
  })

  it('`opened` without a copy says what comes first', () => {
    const {node} = opensOneByOne({copied: false})
    expect(() => node.opened).toThrow('no copy of n1 was taken: n1.disk() comes first')
  })
})
