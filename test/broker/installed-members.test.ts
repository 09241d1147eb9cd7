import {expect, it} from 'vitest'
import {Group, type GroupHost, type Machine} from '../../src/broker/group.ts'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import {type ConfState, NO_CONF_STATE, type Snapshot} from '../../src/formats/eraftpb.ts'
import type {RawNode, Ready} from '../../src/raft/types.ts'
import type {GroupLog} from '../../src/wal/types.ts'

const of = (index: number, confState: ConfState): Snapshot => ({
  data: new Uint8Array(0),
  metadata: {index, term: 1, confState},
})

it('members: with a snapshot its own configuration comes into force, whatever newer one the core has taken meanwhile', async () => {
  const without: ConfState = {...NO_CONF_STATE, voters: [2, 3]}
  const learning: ConfState = {...without, learners: [1]}
  const readies: Ready[] = [of(18, without), of(24, learning)].map(snapshot => ({
    messages: [],
    readStates: [],
    append: {entries: [], snapshot, mustSync: true, after: []},
  })) as unknown as Ready[]
  const raft = {
    role: 'follower',
    term: 1,
    commit: 24,
    lastIndex: 24,
    leader: 2,
    hasReady: () => readies.length > 0,
    ready: () => readies.shift(),
    status: () => ({hardState: {term: 1, vote: 0, commit: 24}, confState: learning}),
  } as unknown as RawNode
  const stored: Array<() => void> = []
  const log = {
    syncedIndex: 0,
    syncedHardState: {term: 1},
    append: () => new Promise<void>(done => stored.push(done)),
  } as unknown as GroupLog
  const machine = {restore: () => undefined, moved: () => undefined} as unknown as Machine
  const nothing = (): void => undefined
  const host = {now: () => 0, dirty: nothing, changed: nothing, log: nothing, talkative: () => false, electionMs: 150}
  const {group: rules} = defaultBrokerParts
  const parts = {topicId: '', raft, log, machine, snapshotEvery: undefined, quorum: () => 2, rules}
  const group = new Group('t/0', 1, host as unknown as GroupHost, parts as never)

  group.process()
  for (const [index, configuration] of [
    [18, without],
    [24, learning],
  ] as const) {
    stored.shift()?.()
    await Promise.resolve()
    await Promise.resolve()
    expect({index: group.applied, configuration: group.configuration}).toEqual({index, configuration})
  }
})
