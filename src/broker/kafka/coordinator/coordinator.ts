import {messageOf} from '../../../base/errors.ts'
import {OFFSETS_TOPIC} from '../../../base/ids.ts'
import {KafkaError} from '../../../formats/kafka/errors.ts'
import {encodeBatch, iterateRecords, readBatchHeader} from '../../../formats/record-batch.ts'
import type {Backend, BrokerView} from '../../backend.ts'
import {ConsumerGroup} from './group.ts'
import {type CommittedOffset, groupRecord, type KeyAndValue, offsetRecord, readOffsetsRecord} from './records.ts'

const PARTITIONS = 3
const READ_BYTES = 1024 * 1024
const METADATA_BYTES_MAX = 4_096
const GROUPS_MAX = 10_000
const NO_TOPIC_ID = '0'.repeat(32)

/** The groups of one partition of `__consumer_offsets`, while this node leads it. */
interface Shard {
  epoch: number
  loaded: boolean
  groups: Map<string, ConsumerGroup>
}

/**
 * Consumer groups. The leader of a group's partition of `__consumer_offsets` coordinates it: it loads what lies in the log when it begins to lead,
 * answers offsets and generations after commit, and forgets everything when it ends to lead.
 */
export class GroupCoordinator {
  readonly #backend: Backend
  readonly #shards = new Map<number, Shard>()
  #creating: Promise<unknown> | undefined

  constructor(backend: Backend) {
    this.#backend = backend
    backend.onLeadership((topic, partition, leads, epoch) => {
      if (topic !== OFFSETS_TOPIC) return
      this.#end(partition)
      if (leads) void this.#load(partition, epoch)
    })
  }

  #end(partition: number): void {
    const shard = this.#shards.get(partition)
    this.#shards.delete(partition)
    if (shard) for (const group of shard.groups.values()) group.drop()
  }

  async #load(partition: number, epoch: number): Promise<void> {
    const shard: Shard = {epoch, loaded: false, groups: new Map()}
    this.#shards.set(partition, shard)
    let offset = this.#loadCompacted(shard, partition)
    try {
      for (;;) {
        const log = this.#backend.partition(OFFSETS_TOPIC, partition)
        if (!log || this.#shards.get(partition) !== shard) return
        if (offset >= log.highWatermark) break
        const read = await log.read(offset, READ_BYTES)
        // Compacted meanwhile: what is gone has left its newest values behind.
        if ('error' in read && read.error === KafkaError.OFFSET_OUT_OF_RANGE) {
          offset = this.#loadCompacted(shard, partition)
          continue
        }
        // It does not lead any more; whoever does loads it there.
        if ('error' in read || read.batches.length === 0) return
        for (const batch of read.batches) {
          for (const record of iterateRecords(batch))
            if (record.key) this.#replay(shard, partition, record.key, record.value)
          const {baseOffset, lastOffsetDelta} = readBatchHeader(batch)
          offset = baseOffset + lastOffsetDelta + 1
        }
      }
      shard.loaded = true
    } catch (error) {
      // Better no coordinator than one that knows half: offsets that it misses would be answered as never committed.
      this.#backend.io.log('ERROR', `${OFFSETS_TOPIC}/${partition} cannot be loaded at ${offset}: ${messageOf(error)}`)
    }
  }

  /** What the log may not hold any more. Gives the offset from which on it does: read again, newer records win. */
  #loadCompacted(shard: Shard, partition: number): number {
    const log = this.#backend.partition(OFFSETS_TOPIC, partition)
    shard.groups.clear()
    for (const {key, value} of log?.compacted() ?? []) this.#replay(shard, partition, key, value)
    return log?.logStartOffset ?? 0
  }

  #replay(shard: Shard, partition: number, key: Uint8Array, value: Uint8Array | undefined): void {
    const record = readOffsetsRecord(key, value)
    if (!record) return
    const group = this.#groupOf(shard, partition, record.group)
    if (record.kind === 'group') {
      group.generation = Math.max(group.generation, record.generation)
      group.protocolType = record.protocolType
    } else if (record.value) group.offsets.set(`${record.topic}/${record.partition}`, record.value)
    else group.offsets.delete(`${record.topic}/${record.partition}`)
  }

  #groupOf(shard: Shard, partition: number, id: string): ConsumerGroup {
    let group = shard.groups.get(id)
    if (!group) {
      group = new ConsumerGroup(id, this.#backend.io.clock, (generation, type) =>
        this.#append(partition, [groupRecord(id, generation, type)]),
      )
      shard.groups.set(id, group)
    }
    return group
  }

  async #append(partition: number, records: readonly KeyAndValue[]): Promise<number> {
    const log = this.#backend.partition(OFFSETS_TOPIC, partition)
    if (!log) return KafkaError.NOT_COORDINATOR
    const timestamp = this.#backend.io.clock.wallMs()
    const batch = encodeBatch({records: records.map(r => ({...r, timestamp}))})
    const done = await log.append(batch, -1, {internal: true})
    if (!('error' in done)) return 0
    return done.error === KafkaError.NOT_LEADER_OR_FOLLOWER
      ? KafkaError.NOT_COORDINATOR
      : KafkaError.COORDINATOR_NOT_AVAILABLE
  }

  /** Where a group's coordinator is; creates the topic at the first call. */
  async find(groupId: string): Promise<{error: number; message?: string; broker?: BrokerView}> {
    if (groupId === '') return {error: KafkaError.INVALID_GROUP_ID, message: 'a group needs a name'}
    if (!this.#backend.metadata.topic(OFFSETS_TOPIC)) {
      this.#creating ??= this.#backend
        .createTopic({name: OFFSETS_TOPIC, partitions: PARTITIONS, replicationFactor: -1, configs: {}})
        .then(() => {
          this.#creating = undefined
        })
      await this.#creating
    }
    const topic = this.#backend.metadata.topic(OFFSETS_TOPIC)
    const leader = topic?.partitions[partitionOf(groupId)]?.leader
    const broker = this.#backend.metadata.brokers().find(b => b.node === leader)
    return broker && this.#backend.metadata.alive().has(broker.node)
      ? {error: 0, broker}
      : {error: KafkaError.COORDINATOR_NOT_AVAILABLE, message: 'the coordinator has no leader yet'}
  }

  /**
   * The group, when this node coordinates it; undefined when there is none of this name and none shall be made; else the error that makes
   * a client look for the node that coordinates.
   */
  group(groupId: string, make: 'make' | 'known'): ConsumerGroup | undefined | number {
    if (groupId === '') return KafkaError.INVALID_GROUP_ID
    const partition = partitionOf(groupId)
    const log = this.#backend.partition(OFFSETS_TOPIC, partition)
    const shard = this.#shards.get(partition)
    // Cut off from the quorum somebody else may coordinate by now: what this node knows may be old.
    if (!log || !shard || !log.serving) return KafkaError.NOT_COORDINATOR
    if (!shard.loaded) return KafkaError.COORDINATOR_LOAD_IN_PROGRESS
    const known = shard.groups.get(groupId)
    if (known || make === 'known') return known
    if (shard.groups.size >= GROUPS_MAX) {
      for (const [id, group] of shard.groups) if (group.idle) shard.groups.delete(id)
      if (shard.groups.size >= GROUPS_MAX) return KafkaError.COORDINATOR_NOT_AVAILABLE
    }
    return this.#groupOf(shard, partition, groupId)
  }

  /**
   * Settles when everything committed for this group before the call is applied here, or when this node cannot tell: then `group` refuses it.
   */
  async readable(groupId: string): Promise<boolean> {
    return (await this.#backend.partition(OFFSETS_TOPIC, partitionOf(groupId))?.readable()) ?? false
  }

  /**
   * Every group that this node coordinates, as of now: what it led is led by nobody else while it is asked. COORDINATOR_LOAD_IN_PROGRESS
   * while one of its partitions is being read, as Kafka.
   */
  async list(): Promise<ConsumerGroup[] | number> {
    const groups: ConsumerGroup[] = []
    for (const [partition, shard] of [...this.#shards]) {
      const current = await this.#backend.partition(OFFSETS_TOPIC, partition)?.readable()
      // It has gone to another node, who will name its groups.
      if (!current || this.#shards.get(partition) !== shard) continue
      if (!shard.loaded) return KafkaError.COORDINATOR_LOAD_IN_PROGRESS
      for (const group of shard.groups.values()) groups.push(group)
    }
    return groups.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The offset that a group committed for this partition of the topic that has that name now; what another topic of that name left is none. */
  offsetOf(group: ConsumerGroup | undefined, topic: string, partition: number): CommittedOffset | undefined {
    const found = group?.offsets.get(`${topic}/${partition}`)
    return found && this.#ofTopic(found, topic) ? found : undefined
  }

  /** Does the group hold offsets of topics that this node knows under other ids, or not at all? Its metadata may be behind. */
  hasForeignOffsets(group: ConsumerGroup): boolean {
    for (const [key, offset] of group.offsets)
      if (!this.#ofTopic(offset, key.slice(0, key.lastIndexOf('/')))) return true
    return false
  }

  #ofTopic({topicId}: CommittedOffset, topic: string): boolean {
    return topicId === NO_TOPIC_ID || topicId === this.#backend.metadata.topic(topic)?.id
  }

  newMemberId(name: string): string {
    const {random} = this.#backend.io
    const hex = Array.from({length: 4}, () => random.u32().toString(16).padStart(8, '0')).join('')
    return `${name.slice(0, 100) || 'member'}-${hex}`
  }

  /** Answers when the offsets are committed in the log. The error of each offset, in order. */
  async commit(
    groupId: string,
    offsets: ReadonlyArray<{
      topic: string | undefined
      partition: number
      offset: number
      leaderEpoch: number
      metadata: string
    }>,
  ): Promise<number[]> {
    const known = this.group(groupId, 'known')
    if (typeof known === 'number') return offsets.map(() => known)
    const commitTimestampMs = this.#backend.io.clock.wallMs()
    const errors = offsets.map(o =>
      o.topic === undefined
        ? KafkaError.UNKNOWN_TOPIC_ID
        : o.metadata.length > METADATA_BYTES_MAX
          ? KafkaError.OFFSET_METADATA_TOO_LARGE
          : this.#backend.metadata.topic(o.topic)?.partitions[o.partition]
            ? 0
            : KafkaError.UNKNOWN_TOPIC_OR_PARTITION,
    )
    const sound = offsets.flatMap(({topic, ...o}, i) => (errors[i] === 0 && topic !== undefined ? [{topic, ...o}] : []))
    if (sound.length === 0) return errors
    const group = this.group(groupId, 'make')
    if (!group || typeof group === 'number') return errors.map(e => e || group || KafkaError.COORDINATOR_NOT_AVAILABLE)
    const values = sound.map(({topic, offset, leaderEpoch, metadata}) => {
      const topicId = this.#backend.metadata.topic(topic)?.id ?? NO_TOPIC_ID
      return {offset, leaderEpoch, metadata, commitTimestampMs, topicId}
    })
    const failed = await this.#append(
      partitionOf(groupId),
      sound.map((o, i) => offsetRecord(groupId, o.topic, o.partition, values[i])),
    )
    if (failed) return errors.map(e => e || failed)
    for (const [i, o] of sound.entries()) group.offsets.set(`${o.topic}/${o.partition}`, values[i])
    return errors
  }
}

/** Kafka's Utils.abs(groupId.hashCode()) % partitions. */
function partitionOf(groupId: string): number {
  let hash = 0
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0
  return (hash & 0x7fffffff) % PARTITIONS
}
