import {describe, expect, it} from 'vitest'
import {EMPTY} from '../../src/base/bytes.ts'
import {EntryType} from '../../src/formats/eraftpb.ts'
import {Inflights} from '../../src/raft/inflights.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {defaultRaftParts} from '../../src/raft/parts.ts'
import {Progress} from '../../src/raft/progress.ts'
import {ReadRequests} from '../../src/raft/read-requests.ts'
import {NO_CONFIGURATION, Tracker} from '../../src/raft/tracker.ts'
import {MessageType} from '../../src/raft/types.ts'

const request = () => ({
  ...emptyMessage(MessageType.MsgReadIndex),
  entries: [{type: EntryType.Normal, term: 0, index: 0, data: EMPTY, context: EMPTY}],
})
const number = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0)

function trackerOf(...voters: number[]): Tracker {
  const tracker = new Tracker(defaultRaftParts, 4, 0)
  const members = voters.map(id => new Progress(id, 1, false, new Inflights(4, 0)))
  tracker.switchTo({...NO_CONFIGURATION, voters}, members)
  return tracker
}

describe('read-requests', () => {
  it('a quorum’s answers confirm all reads up to the number that they carry, in order', () => {
    const [reads, tracker] = [new ReadRequests(), trackerOf(1, 2, 3)]
    expect(reads.heartbeatContext()).toBeUndefined()
    for (const index of [5, 6, 7]) reads.add(request(), index)
    expect(reads.heartbeatContext()).toEqual(number(3))
    reads.acknowledge(1, number(3))
    expect(reads.takeConfirmed(tracker)).toEqual([])
    reads.acknowledge(2, number(2))
    expect(reads.takeConfirmed(tracker).map(r => r.index)).toEqual([5, 6])
    reads.acknowledge(3, number(3))
    expect(reads.takeConfirmed(tracker).map(r => r.index)).toEqual([7])
    expect(reads.heartbeatContext()).toBeUndefined()
  })

  it('an older answer that comes late takes nothing back', () => {
    const [reads, tracker] = [new ReadRequests(), trackerOf(1, 2, 3)]
    for (const index of [5, 6]) reads.add(request(), index)
    reads.acknowledge(1, number(2))
    reads.acknowledge(2, number(2))
    reads.acknowledge(2, number(1))
    expect(reads.takeConfirmed(tracker).map(r => r.index)).toEqual([5, 6])
  })

  it('a number that was never given out, or bytes that are none, confirm no later read', () => {
    const [reads, tracker] = [new ReadRequests(), trackerOf(1, 2)]
    reads.add(request(), 5)
    for (const node of [1, 2]) reads.acknowledge(node, number(200))
    reads.acknowledge(1, Uint8Array.of(9))
    expect(reads.takeConfirmed(tracker).map(r => r.index)).toEqual([5])
    reads.add(request(), 6)
    expect(reads.takeConfirmed(tracker)).toEqual([])
  })
})
