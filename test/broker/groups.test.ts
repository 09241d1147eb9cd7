import {describe, expect, it} from 'vitest'
import {MessageType} from '../../src/raft/types.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {OneGroup, quiet} from '../helpers/one-group.ts'

const {MsgAppResp, MsgTimeoutNow} = MessageType

describe('groups: handing over what is led here', () => {
  it('settles for everybody who asked for it as soon as another leads', async () => {
    const node = await OneGroup.open(new MemoryDisk(), 1)
    await node.lead()
    const timers = node.clock.timers
    let settled = 0
    const asked = [node.groups.handOver(), node.groups.handOver()]
    for (const one of asked) void one.then(() => settled++)
    await quiet()
    expect([node.sentOf(MsgTimeoutNow).map(m => m.to)[0], settled]).toEqual([2, 0])
    await node.hear(MsgAppResp, {from: 2, term: 9})
    expect([node.group?.raft.role, settled, node.clock.timers]).toEqual(['follower', 2, timers])
  })

  it('settles after two election timeouts when nobody takes it', async () => {
    const node = await OneGroup.open(new MemoryDisk(), 1)
    await node.lead()
    let settled = 0
    void node.groups.handOver().then(() => settled++)
    await node.clock.advance(2 * node.groups.electionMs - 1)
    expect(settled).toBe(0)
    await node.clock.advance(1)
    expect([node.group?.raft.role, settled]).toEqual(['leader', 1])
  })
})
