import {beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {REBUILD_FILE} from '../../src/contracts/rebuild.ts'
import {MessageType} from '../../src/raft/types.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {DIR, OneGroup, quiet} from '../helpers/one-group.ts'

const ORDER = {formatVersion: 1, group: 'orders/0', term: 5, vote: 1, until: 3}

let disk: MemoryDisk
beforeEach(() => {
  disk = new MemoryDisk()
})

const node = (): Promise<OneGroup> => OneGroup.open(disk, 2)

/** A replica was born, wrote, and its log is gone; what the lab leaves instead is an order. */
async function lost(order: unknown = ORDER): Promise<void> {
  const {groups} = await node()
  await groups.stop()
  for (const name of await disk.list(DIR)) await disk.remove(`${DIR}/${name}`)
  if (order === null) return
  const file = await disk.open(`${DIR}/${REBUILD_FILE}`, 'create')
  await file.append([utf8(JSON.stringify(order))])
  await file.close()
}

/** Node 1, which leads in term 5, sends it entries. */
const append = (to: OneGroup, first: number, last: number, commit: number): Promise<void> =>
  to.hear(MessageType.MsgApp, {
    from: 1,
    term: 5,
    index: first - 1,
    logTerm: first === 1 ? 0 : 5,
    commit,
    entries: Array.from({length: last - first + 1}, (_, i) => ({
      type: 0,
      term: 5,
      index: first + i,
      data: new Uint8Array(4),
      context: new Uint8Array(0),
    })),
  })
/** Node 3 asks it for its vote. */
const vote = (of: OneGroup, term: number, type: MessageType = MessageType.MsgVote): Promise<void> =>
  of.hear(type, {from: 3, term, index: 9, logTerm: term, context: undefined})

describe('a replica that lost its log', () => {
  it('without an order it is refused: it may have voted', async () => {
    await lost(null)
    const {groups, group} = await node()
    expect([group, groups.refused.map(r => r.why)]).toEqual([undefined, [expect.stringMatching(/listed/)]])
  })

  it('with one it starts in the term of the others, its vote given, and stands back from elections', async () => {
    await lost()
    const rebuilt = await node()
    const {group, sent} = rebuilt
    expect(group?.state()).toMatchObject({rebuilding: true, term: 5, vote: 1, lastIndex: 0, role: 'follower'})
    await vote(rebuilt, 6)
    await vote(rebuilt, 6, MessageType.MsgPreVote)
    await rebuilt.hear(MessageType.MsgTimeoutNow, {from: 1, term: 5})
    for (let i = 0; i < 200; i++) group?.tick(false)
    group?.campaign()
    await quiet()
    expect(sent).toEqual([])
    expect(group?.state()).toMatchObject({term: 5, role: 'follower'})
  })

  it('with one it does so too when the list of groups is lost with the log: it is born, but not as one that never voted', async () => {
    await lost()
    await disk.remove('groups.log')
    const {group} = await node()
    expect(group?.state()).toMatchObject({rebuilding: true, term: 5, vote: 1, lastIndex: 0, role: 'follower'})
  })

  it('says where it stands; what its leader thinks that it holds is not committed by a heartbeat', async () => {
    await lost()
    const rebuilt = await node()
    await rebuilt.hear(MessageType.MsgHeartbeat, {from: 1, term: 5, commit: 40})
    await append(rebuilt, 41, 41, 40)
    expect(rebuilt.sentOf(MessageType.MsgAppResp).map(m => [m.reject, m.rejectHint])).toEqual([[true, 0]])
    expect(rebuilt.group?.state()).toMatchObject({commit: 0, lastIndex: 0})
  })

  it('votes again once what was committed anywhere is here and synced, and not before: not after a crash either', async () => {
    await lost()
    const before = await node()
    await append(before, 1, 4, 2)
    expect(before.group?.state()).toMatchObject({rebuilding: true, lastIndex: 4, commit: 2})
    // A process that dies here comes back as what it was.
    disk = disk.crash()
    const again = await node()
    const {clock, group, sent} = again
    expect(group?.state()).toMatchObject({rebuilding: true, lastIndex: 4})
    await vote(again, 6)
    expect(sent).toEqual([])
    await append(again, 5, 5, 3)
    expect(group?.state().rebuilding).toBeUndefined()
    expect((await disk.list(DIR)).includes(REBUILD_FILE)).toBe(false)
    await clock.advance(1_000)
    for (let i = 0; i < 40; i++) group?.tick(false)
    sent.length = 0
    await vote(again, 60)
    expect(sent.filter(m => m.type === MessageType.MsgVoteResp).map(m => [m.to, m.reject])).toEqual([[3, false]])
    disk = disk.powerLoss(new SeededRandom(3))
    expect((await node()).group?.state().rebuilding).toBeUndefined()
  })

  it('promises nothing behind what it was to hold before its order is carried out', async () => {
    await lost()
    const rebuilt = await node()
    await append(rebuilt, 1, 5, 2)
    expect(rebuilt.group?.state()).toMatchObject({rebuilding: true, lastIndex: 5, commit: 2})
    expect(rebuilt.sentOf(MessageType.MsgAppResp).map(m => [m.reject, m.index])).toEqual([[false, ORDER.until]])
    await append(rebuilt, 6, 6, 5)
    await append(rebuilt, 7, 7, 5)
    expect(rebuilt.sentOf(MessageType.MsgAppResp).at(-1)).toMatchObject({reject: false, index: 7})
  })

  it('a rebuilding that was cut off begins anew; an order for another group is none', async () => {
    await lost()
    const {groups} = await node()
    await groups.stop()
    const [name] = (await disk.list(DIR)).filter(n => n.startsWith('wal_'))
    await disk.remove(`${DIR}/${name}`)
    await (await disk.open(`${DIR}/${name}`, 'create')).append([new Uint8Array(600).fill(7)])
    expect((await node()).group?.state()).toMatchObject({rebuilding: true, term: 5, lastIndex: 0})
    disk = new MemoryDisk()
    await lost({...ORDER, group: 'orders/1'})
    await expect(node()).rejects.toThrow('is no order to rebuild orders/0')
  })
})
