import {describe, expect, it} from 'vitest'
import {byTopic} from '../../src/judge/by-topic.ts'
import {type EvidenceSet, emptyEvidence, type PushedChange} from '../../src/judge/evidence.ts'

const OLD = '0'.repeat(32)
const NEW = 'f'.repeat(32)
const change = (node: number, atMs: number, topicId: string | undefined): PushedChange =>
  ({node, atMs, group: 'orders/0', ...(topicId ? {topicId} : {})}) as PushedChange
const of = (changes: PushedChange[]): EvidenceSet => ({...emptyEvidence(), changes})
const names = (evidence: EvidenceSet): string[] => byTopic(evidence).changes.map(c => c.group)

describe('evidence by topic', () => {
  it('stays as it is while a name was of one topic only, and where nobody tells which', () => {
    const one = of([change(1, 1, OLD), change(2, 2, OLD), change(3, 3, undefined)])
    expect(byTopic(one)).toBe(one)
  })

  it('the group of the topic that was made last keeps the name, also when a node lags behind', () => {
    expect(names(of([change(1, 1, OLD), change(3, 1, OLD), change(1, 5, NEW), change(3, 9, OLD)]))).toEqual([
      `orders/0@${OLD.slice(0, 16)}`,
      `orders/0@${OLD.slice(0, 16)}`,
      'orders/0',
      `orders/0@${OLD.slice(0, 16)}`,
    ])
  })

  it('copies of disks and answers of nodes are told apart in the same way', () => {
    const evidence = of([change(1, 5, NEW)])
    evidence.disks = [{copiedAtMs: 2, groups: [{group: 'orders/0', topicId: OLD}]}] as never
    evidence.readings = [{monotonicMs: 1, live: {groups: [{group: 'orders/0', topicId: OLD}]}}] as never
    const told = byTopic(evidence)
    expect(told.disks[0].groups[0].group).toBe(`orders/0@${OLD.slice(0, 16)}`)
    expect(told.readings[0].live?.groups[0].group).toBe(`orders/0@${OLD.slice(0, 16)}`)
    expect(told.changes[0].group).toBe('orders/0')
  })
})
