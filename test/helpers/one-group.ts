import {SeededRandom} from '../../src/base/random.ts'
import type {Group, Machine} from '../../src/broker/group.ts'
import {Groups} from '../../src/broker/groups.ts'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import {DEFAULT_SETTINGS} from '../../src/contracts/node-config.ts'
import type {Io} from '../../src/io/ports.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {openGroupsFile} from '../../src/wal/groups-file.ts'
import {NO_RESERVE, type Reserve} from '../../src/wal/reserve.ts'
import {FakeClock, settled} from './fake-clock.ts'
import type {MemoryDisk} from './memory-disk.ts'

export const DIR = 'wal/orders/0'

type Attached = Machine & {attach(group: Group): void}

export const IDLE_MACHINE: Attached = {
  apply: () => undefined,
  moved: () => undefined,
  stateHash: () => '',
  snapshot: () => new Uint8Array(0),
  restore: () => undefined,
  dropped: () => undefined,
  attach: () => undefined,
}

/** The groups of one of three nodes, as the next process on this disk, with one group; the other nodes are what a test says of them. */
export class OneGroup {
  readonly id: number
  readonly clock = new FakeClock()
  readonly groups: Groups
  readonly sent: Message[] = []
  readonly full: boolean[] = []
  /** Undefined: it was refused. */
  group: Group | undefined

  private constructor(id: number, groups: (node: OneGroup) => Groups) {
    this.id = id
    this.groups = groups(this)
  }

  static async open(
    disk: MemoryDisk,
    id: number,
    more: {reserve?: Reserve; machine?: Attached} = {},
  ): Promise<OneGroup> {
    const listing = await openGroupsFile(disk)
    if ('refused' in listing) throw new Error(listing.refused.why)
    const node = new OneGroup(
      id,
      ({clock, full, sent}) =>
        new Groups(
          {clock, disk, random: new SeededRandom(1), log: () => undefined} as unknown as Io,
          id,
          DEFAULT_SETTINGS,
          defaultBrokerParts,
          listing.file,
          {
            send: (_group, message) => sent.push(message),
            beat: () => undefined,
            heard: () => undefined,
            flush: () => undefined,
            changed: () => undefined,
            full: now => full.push(now),
          },
          {
            talkative: '',
            incarnation: 'a1',
            peers: [1, 2, 3].filter(n => n !== id),
            reserve: more.reserve ?? NO_RESERVE,
          },
        ),
    )
    node.group = await node.groups.open({
      name: 'orders/0',
      topic: 'orders',
      topicId: '',
      partition: 0,
      dir: DIR,
      snapshotDir: `${DIR}/snapshots`,
      voters: [1, 2, 3],
      machine: more.machine ?? IDLE_MACHINE,
      compacted: false,
    })
    return node
  }

  /** A message of another node, in the group's term unless it says another. */
  async hear(type: MessageType, m: Partial<Message> & {from: number}): Promise<void> {
    this.group?.receive({...emptyMessage(type), to: this.id, term: this.group.raft.term, ...m})
    await quiet()
  }

  /** It campaigns, and node 2 votes for it and takes its first entry. */
  async lead(): Promise<void> {
    const {group} = this
    group?.campaign()
    await quiet()
    await this.hear(MessageType.MsgPreVoteResp, {from: 2, term: (group?.raft.term ?? 0) + 1})
    await this.hear(MessageType.MsgVoteResp, {from: 2})
    await this.hear(MessageType.MsgAppResp, {from: 2, index: group?.raft.lastIndex})
    if (!group?.leading) throw new Error('it does not lead')
  }

  sentOf(type: MessageType): Message[] {
    return this.sent.filter(m => m.type === type)
  }
}

/** All that a message set off has come to rest, the disk's answers too. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await settled()
}
