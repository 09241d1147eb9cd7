import {describe, expect, it} from 'vitest'
import {Compaction} from '../../src/broker/compaction.ts'
import type {Snapshot} from '../../src/formats/eraftpb.ts'
import {drained} from '../helpers/memory-disk.ts'

const CONF = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}

function lab(interval: number) {
  const group = {
    applied: 0,
    appliedTerm: 2,
    closed: false,
    first: 1,
    compacted: [] as Snapshot[],
    dropped: [] as number[],
    takes: true,
    log: {
      firstIndex: () => group.first,
      compact: async (s: Snapshot) => {
        group.compacted.push(s)
        if (group.takes) group.first = s.metadata.index + 1
        return group.takes
      },
    },
    machine: {
      snapshot: () => Uint8Array.of(group.applied),
      dropped: (index: number) => group.dropped.push(index),
    },
    raft: {status: () => ({confState: CONF})},
  }
  const compaction = new Compaction(
    group as unknown as ConstructorParameters<typeof Compaction>[0],
    interval,
    state => state,
  )
  const apply = async (to: number): Promise<void> => {
    while (group.applied < to) {
      group.applied++
      compaction.applied()
      await drained()
    }
  }
  return {group, compaction, apply}
}

describe('compaction by the number of entries', () => {
  it('the state of the entry that makes the interval full is what is stored, a quarter of the interval later', async () => {
    const {apply, group} = lab(100)
    await apply(124)
    expect(group.compacted).toEqual([])
    await apply(125)
    expect(group.compacted).toEqual([{data: Uint8Array.of(100), metadata: {index: 100, term: 2, confState: CONF}}])
    expect(group.dropped).toEqual([100])
    await apply(225)
    expect(group.compacted.map(s => s.metadata.index)).toEqual([100, 200])
  })

  it('one that the disk has no room for is tried again with a newer state', async () => {
    const {apply, group} = lab(4)
    group.takes = false
    await apply(6)
    expect([group.compacted.map(s => s.metadata.index), group.dropped]).toEqual([[4], []])
    group.takes = true
    await apply(8)
    expect([group.compacted.map(s => s.metadata.index), group.dropped]).toEqual([[4, 6], [6]])
  })

  it('what was taken before a leader sent its own is forgotten', async () => {
    const {apply, compaction, group} = lab(100)
    await apply(110)
    group.first = 501
    group.applied = 500
    compaction.installed()
    await apply(599)
    expect(group.compacted).toEqual([])
  })
})
