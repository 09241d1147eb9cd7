import type {NodeId, Offset, Term} from '../base/ids.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import type {BatchRefusal} from '../formats/record-batch.ts'
import type {Io} from '../io/ports.ts'

/**
 * What the Kafka side of a node (`broker/kafka`) may ask of the rest of it. The Kafka side knows nothing of Raft, WALs
 * or peers; the rest knows nothing of the wire.
 */
export interface Backend {
  io: Pick<Io, 'clock' | 'random' | 'log' | 'network'>
  node: NodeId
  clusterId: string
  settings: NodeSettings
  metadata: MetadataView
  /** The local replica of a partition; undefined when this node holds none (yet). */
  partition(topic: string, partition: number): Partition | undefined
  /** Creates a topic through the metadata group, from any node; settles when it is committed and applied here. */
  createTopic(request: CreateTopic): Promise<{error: KafkaErrorCode; message?: string; topic?: TopicView}>
  deleteTopic(name: string): Promise<{error: KafkaErrorCode; message?: string}>
  /** A producer id nobody else has, out of a block committed in the metadata group. */
  allocateProducerId(): Promise<{error: KafkaErrorCode; producerId: number}>
  /** Calls back whenever the local replica of a partition begins or ends to serve as leader. Used by the group coordinator. */
  onLeadership(run: (topic: string, partition: number, serving: boolean, epoch: Term) => void): void
  /** The node's disk is full: new produce gets KAFKA_STORAGE_ERROR. */
  readonly diskFull: boolean
}

/** A Kafka error code; 0 is none. */
export type KafkaErrorCode = number

export interface BrokerView {
  node: NodeId
  host: string
  port: number
}

export interface TopicView {
  name: string
  /** 16 bytes, hex. */
  id: string
  partitions: PartitionView[]
  configs: Record<string, string>
}

export interface PartitionView {
  partition: number
  replicas: NodeId[]
  /** Soft state, told with node heartbeats; 0 when unknown. */
  leader: NodeId
  epoch: Term
  isr: NodeId[]
}

/** The committed metadata image as applied on this node, with the leaders table beside it. */
export interface MetadataView {
  /** Every broker registered or configured; `alive` are those heard from lately (this node included). */
  brokers(): BrokerView[]
  alive(): ReadonlySet<NodeId>
  /** Leader of `__raft_metadata/0` as known here; 0 when none. */
  controller(): NodeId
  topic(name: string): TopicView | undefined
  topicById(id: string): TopicView | undefined
  topics(): Iterable<TopicView>
  /** The voters of `__raft_metadata/0` as its leader sees them; undefined on whoever does not lead it. */
  quorum(): QuorumView | undefined
  /** Settles when this node has applied everything committed before the call: at once to false when nobody can tell. */
  caughtUp(): Promise<boolean>
  /** True when this node has applied everything that was committed when it last heard from a metadata leader. */
  current(): boolean
}

/** Kafka's view of a Raft group: an offset is an index, an end is the index behind the last one. */
export interface QuorumView {
  leader: NodeId
  epoch: Term
  /** Behind the last committed index. */
  highWatermark: number
  voters: Array<{
    node: NodeId
    /** 16 bytes, hex; all 0 until the node has registered. */
    directoryId: string
    end: number
    /** How long ago it was heard, and known to hold the leader's whole log, ms; undefined: never in this leader's time. */
    heardAgoMs?: number
    caughtUpAgoMs?: number
  }>
}

export interface CreateTopic {
  name: string
  /** -1: the default. */
  partitions: number
  /** -1: the default. */
  replicationFactor: number
  /** partition → replicas, when the client assigns by hand. */
  assignment?: Map<number, NodeId[]>
  configs: Record<string, string>
  validateOnly?: boolean
}

/** Where an append or a read stands when it cannot be served. */
export type PartitionRefusal = {error: KafkaErrorCode; message?: string}

export interface AppendResult {
  baseOffset: Offset
  /** Wall clock ms when log append time applies; -1 otherwise. */
  logAppendTime: number
  logStartOffset: Offset
}

/** One replica on this node. Synchronous answers come from memory. */
export interface Partition {
  readonly topic: string
  readonly partition: number
  /** The leader known here; 0 when none. */
  readonly leader: NodeId
  readonly epoch: Term
  /** Leader that has applied an entry of its own term, and of which a quorum is sure not to follow anybody else by now. */
  readonly serving: boolean
  readonly highWatermark: Offset
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
  /**
   * Settles to true when this replica serves and has applied everything that was committed before the call: a read index (Raft thesis 6.4).
   */
  readable(): Promise<boolean>
  /** Error that a client gets when it asks a replica that does not serve: 6 NOT_LEADER_OR_FOLLOWER, 5 LEADER_NOT_AVAILABLE, …; 0 when serving. */
  refusal(): KafkaErrorCode
  /** What is wrong with a producer's batch (magic, sizes, CRC-32C, records), if anything is. */
  refusalOf(batch: Uint8Array): BatchRefusal | undefined
  /**
   * Appends one record batch (v2, verified by the caller: magic, CRC-32C, sizes; header fields are read again here).
   * acks -1 settles after commit on min.insync.replicas synced replicas, 1 after the leader's own sync, 0 at once.
   * Checks the producer's sequence; a retry of a batch in the log gives that batch's offset.
   * The bytes belong to the partition from here on; base offset and leader epoch are stamped in place.
   * `internal` marks the coordinator's own writes.
   */
  append(batch: Uint8Array, acks: -1 | 0 | 1, options?: {internal?: boolean}): Promise<AppendResult | PartitionRefusal>
  /**
   * Record batches from the one that holds `offset` on, up to the high watermark, whole batches, at least one when there is any
   * (`maxBytes` is exceeded by the first only). Empty at the high watermark. OFFSET_OUT_OF_RANGE (1) beyond it, and below the log start.
   */
  read(
    offset: Offset,
    maxBytes: number,
  ): Promise<{batches: Uint8Array[]; highWatermark: Offset; logStartOffset: Offset} | PartitionRefusal>
  /**
   * Moves the log start up to `offset` (-1: the high watermark); what lies below it is not shown any more, and whole segments of it go. Settles with
   * the log start when that is committed. OFFSET_OUT_OF_RANGE (1) above the high watermark.
   */
  deleteBefore(offset: Offset): Promise<{logStartOffset: Offset} | PartitionRefusal>
  /**
   * `__consumer_offsets`: the newest record of each key that had one when this was applied, so also of those that are not in the log any more. Empty
   * elsewhere.
   */
  compacted(): Iterable<{key: Uint8Array; value: Uint8Array}>
  /**
   * Calls `run` once when the high watermark is above `offset`, or this replica does not lead: at once when that is so already.
   * Returns how to take it back.
   */
  whenAbove(offset: Offset, run: () => void): () => void
  /** First offset whose timestamp is ≥ the one given; offset -1 when there is none. */
  offsetForTimestamp(timestampMs: number): Promise<{offset: Offset; timestampMs: number}>
  /** The record with the newest timestamp, the last of a batch that is compressed; offset -1 when there is none (KIP-734). */
  newestTimestamp(): Promise<{offset: Offset; timestampMs: number}>
  /** End offset of the newest epoch ≤ the one asked (KIP-101, KIP-279). */
  endOffsetForEpoch(epoch: Term): {epoch: Term; endOffset: Offset}
}
