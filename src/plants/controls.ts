import type {BrokerParts} from '../broker/parts.ts'
import type {DiskFile} from '../io/ports.ts'
import {MessageType, type RaftOptions} from '../raft/types.ts'
import {changedDisk} from './changed-disk.ts'
import type {Control} from './control.ts'

/** Some other way to read, write or sync the same. */
function otherFile(name: string, change: string, file: (sound: DiskFile) => Partial<DiskFile>): Control {
  return {
    name,
    change,
    parts: sound => ({...sound, wal: {...sound.wal, disk: disk => changedDisk(disk, {file})}}),
  }
}

/** Another set-up of the core. */
function otherCore(name: string, change: string, core: (sound: RaftOptions) => RaftOptions): Control {
  return {name, change, parts: sound => ({...sound, group: {...sound.group, core}})}
}

function otherWal(name: string, change: string, wal: Partial<BrokerParts['wal']>): Control {
  return {name, change, parts: sound => ({...sound, wal: {...sound.wal, ...wal}})}
}

function otherRaft(name: string, change: string, raft: Partial<BrokerParts['raft']>): Control {
  return {name, change, parts: sound => ({...sound, raft: {...sound.raft, ...raft}})}
}

function otherGroup(name: string, change: string, group: Partial<BrokerParts['group']>): Control {
  return {name, change, parts: sound => ({...sound, group: {...sound.group, ...group}})}
}

/** Each must stay green: other sizes, other phases, another valid order, work that changes nothing. */
export const CONTROLS: readonly Control[] = [
  // Syncs that change nothing.
  otherFile('synced-twice', 'every file is synced twice', file => ({
    sync: async () => {
      await file.sync()
      await file.sync()
    },
  })),
  otherWal('directory-synced-twice', 'every directory is synced twice', {
    disk: disk =>
      changedDisk(disk, {
        syncDir: async dir => {
          await disk.syncDir(dir)
          await disk.syncDir(dir)
        },
      }),
  }),
  otherFile('synced-before-write', 'a file is synced before it is written to as well', file => ({
    append: async chunks => {
      await file.sync()
      await file.append(chunks)
    },
  })),
  otherFile('synced-behind-truncate', 'a truncation is synced at once', file => ({
    truncate: async size => {
      await file.truncate(size)
      await file.sync()
    },
  })),
  // Other sizes of reads and writes.
  otherFile('written-in-pieces', 'a write hands its bytes over in pieces of 100', file => ({
    append: chunks => file.append(chunks.flatMap(chunk => pieces(chunk, 100))),
  })),
  otherFile('read-in-halves', 'a read is made of two', file => ({
    read: async (at, into) => {
      const half = into.length >> 1
      const first = await file.read(at, into.subarray(0, half))
      return first < half ? first : first + (await file.read(at + half, into.subarray(half)))
    },
  })),
  otherWal('files-listed-backwards', 'a directory lists its files in the opposite order', {
    disk: disk => {
      const own = changedDisk(disk, {})
      return {...own, list: async dir => (await disk.list(dir)).reverse()}
    },
  }),
  otherWal('segments-by-length-and-name', 'segment files are ordered by the length of their names, then as text', {
    segmentOrder: (a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1),
  }),
  // Another batch size, another order of what depends on nothing.
  otherCore('small-messages', 'an append holds at most 300 bytes', core => ({...core, maxSizePerMessage: 300})),
  otherCore('one-append-at-a-time', 'one append is on its way to a follower', core => ({
    ...core,
    maxInflightMessages: 1,
  })),
  otherCore('every-proposal-alone', 'each proposal is sent by itself', core => ({...core, coalesceProposals: false})),
  otherCore('applied-in-small-steps', 'at most 200 bytes of entries are applied at once', core => ({
    ...core,
    maxCommittedSizePerReady: 200,
  })),
  otherCore('no-pre-vote', 'candidates do not ask first whether they could win', core => ({...core, preVote: false})),
  otherGroup('pre-votes-at-once', 'answers to pre-votes do not wait for a sync: they promise nothing', {
    beforeSync: (m, node) => m.type === MessageType.MsgPreVoteResp && m.to !== node,
  }),
  otherGroup('refusals-at-once', 'refused appends are answered before the sync: a refusal promises nothing', {
    beforeSync: (m, node) => m.type === MessageType.MsgAppResp && m.reject && m.to !== node,
  }),
  // Other phases and lengths of time.
  otherCore('longer-elections', 'followers wait a third longer for their leader', core => ({
    ...core,
    electionTicks: 20,
  })),
  otherCore('more-heartbeats', 'leaders beat twice as often', core => ({...core, heartbeatTicks: 2})),
  otherCore('other-draws', 'timeouts are drawn from the other end', core => ({
    ...core,
    random: {u32: () => core.random.u32(), below: n => n - 1 - core.random.below(n)},
  })),
  otherGroup('other-epoch', 'the clock of leases began an hour earlier', {
    contact: {nowMs: clock => clock.monotonicMs() + 3_600_000, required: () => true},
  }),
  // The same rule in other words.
  otherRaft('majority-rounded-up', 'a majority is half of one more, rounded up', {
    quorum: voters => Math.ceil((voters + 1) / 2),
  }),
  otherRaft('one-vote-answered-once', 'a vote that was given is not given again to the same candidate', {
    mayVote: state => state.vote === 0 && state.leader === 0,
  }),
  // Other settings.
  {
    name: 'tiny-segments',
    change: 'segments of 2 KiB',
    settings: {'segment.bytes': 2_048},
  },
  {
    name: 'one-segment',
    change: 'segments of 250 MB: none is ever full',
    settings: {'segment.bytes': 250_000_000},
  },
  {
    name: 'one-replica-in-sync',
    change: 'min.insync.replicas is 1; a majority still has to have a write',
    settings: {'min.insync.replicas': 1},
  },
  {
    name: 'patient-with-laggards',
    change: 'a replica may lag behind for 10 s',
    settings: {'replica.lag.time.max.ms': 10_000},
  },
]

function pieces(chunk: Uint8Array, bytes: number): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let at = 0; at < chunk.length; at += bytes) all.push(chunk.subarray(at, at + bytes))
  return all
}
