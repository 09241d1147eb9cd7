import {EMPTY, hex32} from '../../base/bytes.ts'
import type {Index, NodeId, Offset, Term} from '../../base/ids.ts'
import {invariant} from '../../base/invariant.ts'
import type {PartitionState} from '../../contracts/node-state.ts'
import type {Entry} from '../../formats/eraftpb.ts'
import {KafkaError} from '../../formats/kafka/errors.ts'
import {encodeLogStart} from '../../formats/log-start.ts'
import {CONTEXT_BATCH, CONTEXT_LOG_START} from '../../formats/metadata-command.ts'
import {decodePartitionState, encodePartitionState} from '../../formats/partition-state.ts'
import {type BatchRefusal, iterateRecords, readBatchHeader, stampBatch} from '../../formats/record-batch.ts'
import type {SegmentState} from '../../formats/sidecar.ts'
import type {AppendResult, KafkaErrorCode, Partition, PartitionRefusal} from '../backend.ts'
import type {Group, Machine} from '../group.ts'
import {sameNodes} from '../members.ts'
import {AppliedState} from './applied.ts'
import {Gate} from './gate.ts'
import type {ProducersOverlay} from './producers.ts'
import {type RetentionPolicy, wantedLogStart} from './retention-rule.ts'
import {type Acks, defaultPartitionRules, type PartitionRules} from './rules.ts'
import {Trimming} from './trimming.ts'

/** What a partition needs of its node. */
export interface PartitionHost {
  now(): number
  diskFull(): boolean
  /** The replica begins or ends to lead. */
  leadership(partition: PartitionReplica, leading: boolean, epoch: Term): void
}

export interface PartitionSettings {
  /** Those of a sound broker, unless told otherwise. */
  rules?: PartitionRules
  minInsyncReplicas: number
  replicaLagTimeMaxMs: number
}

/** A batch that this leader proposed and that is not applied yet. */
interface Pending {
  index: Index
  baseOffset: Offset
  /** Answers of acks=all, the retries of the same batch included. */
  settle: Array<(result: AppendResult | PartitionRefusal) => void>
}

/**
 * One replica of a topic partition: the machine of its group.
 *
 * The append state (next offset, producer table) of a leader is the applied state plus what it proposed itself: it takes its first
 * write only after an entry of its own term is applied, so nothing of another term can lie between the two. When it stops leading the
 * difference is dropped.
 */
export class PartitionReplica implements Partition, Machine {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  readonly #bornReplicas: readonly NodeId[]
  readonly #node: NodeId
  readonly #host: PartitionHost
  readonly #settings: PartitionSettings
  readonly #rules: PartitionRules
  #group: Group | undefined

  readonly #applied: AppliedState
  readonly #trimming: Trimming

  // The leader's own: valid while it leads in #leadingTerm.
  #leadingTerm: Term = 0
  #appendOffset: Offset = 0
  #overlay: ProducersOverlay | undefined
  #pending: Pending[] = []
  #untilSynced: Array<{index: Index; settle: (result: AppendResult | PartitionRefusal) => void; baseOffset: Offset}> =
    []
  #untilReplicated: Array<{index: Index; pending: Pending}> = []
  readonly #caughtUpAt = new Map<NodeId, number>()
  #deleting: Array<{index: Index; settle: (result: {logStartOffset: Offset} | PartitionRefusal) => void}> = []
  /** The log start has moved: segments may go. */
  #trims = false
  #fetches: Array<{offset: Offset; run: () => void}> = []
  /**
   * Whoever appends waits while as much waits for the disk as one batch takes; a connection whose requests wait is not read any further. A full disk lets
   * all of them in, to be refused: it may be full for ever.
   */
  readonly #gate = new Gate(
    () => this.#overlay !== undefined && this.group.leading && this.group.log.crowded && !this.#host.diskFull(),
  )

  constructor(
    at: {topic: string; topicId: string; partition: number; replicas: readonly NodeId[]; node: NodeId},
    host: PartitionHost,
    settings: PartitionSettings,
  ) {
    this.topic = at.topic
    this.topicId = at.topicId
    this.partition = at.partition
    this.#bornReplicas = at.replicas
    this.#node = at.node
    this.#host = host
    this.#settings = settings
    this.#rules = settings.rules ?? defaultPartitionRules
    this.#applied = new AppliedState(at.topic, at.partition)
    this.#trimming = new Trimming(this.#applied, () => this.group)
  }

  attach(group: Group): void {
    this.#group = group
  }

  get group(): Group {
    invariant(this.#group, 'a partition has its group before it is used', {topic: this.topic})
    return this.#group
  }

  /** In the order of its assignment as long as they are those of its birth; then the voters, sorted. */
  get replicas(): readonly NodeId[] {
    const {voters} = this.group
    const born = this.#bornReplicas
    return sameNodes(voters, born) ? born : voters
  }

  get leader(): NodeId {
    return this.group.raft.leader
  }

  get epoch(): Term {
    return this.group.raft.term
  }

  get serving(): boolean {
    return this.#leadingTerm !== 0 && this.group.serving
  }

  async readable(): Promise<boolean> {
    return this.serving && (await this.group.readable()) && this.serving
  }

  get leading(): boolean {
    return this.#leadingTerm !== 0
  }

  get highWatermark(): Offset {
    return this.#rules.shown.highWatermark(this.#applied.nextOffset, this.#applied.batches)
  }

  get logStartOffset(): Offset {
    return this.#applied.logStartOffset
  }

  get logEndOffset(): Offset {
    return this.leading ? this.#appendOffset : this.#applied.nextOffset
  }

  refusal(): KafkaErrorCode {
    return this.serving ? 0 : KafkaError.NOT_LEADER_OR_FOLLOWER
  }

  // Machine

  apply(entries: readonly Entry[]): void {
    const {logStartOffset} = this
    const recovered = this.group.log.report?.lastIndex ?? 0
    for (const entry of entries) {
      // What is kept by key is compacted by the number of entries.
      if (!this.#applied.values) this.#trimming.before(entry)
      this.#applied.apply(entry, recovered, this.#rules)
      this.#committed(entry.index)
    }
    if (this.logStartOffset > logStartOffset) this.#trims = true
    if (this.#fetches.length > 0) this.#wakeFetches()
  }

  snapshot(): Uint8Array {
    return encodePartitionState(this.#applied.state())
  }

  restore(state: Uint8Array): void {
    this.#applied.restore(state)
    this.#trimming.restored()
  }

  resume(states: readonly SegmentState[], recovered: Index): void {
    const ends = states.map(({batches, state: {data, metadata}}) => ({
      ...metadata,
      batches,
      state: decodePartitionState(data),
    }))
    this.#applied.resume(ends, recovered, this.#rules)
    this.#trimming.resumed(ends)
  }

  dropped(index: Index): void {
    this.#applied.dropped(index)
  }

  /** The leader's own batch at `index` is committed: synced on a majority, and on min.insync.replicas before it is answered. */
  #committed(index: Index): void {
    const {logStartOffset} = this
    while (this.#deleting.length > 0 && this.#deleting[0].index <= index)
      this.#deleting.shift()?.settle({logStartOffset})
    const first = this.#pending[0]
    if (!first || first.index !== index || this.#leadingTerm === 0) return
    this.#pending.shift()
    if (first.settle.length === 0) return
    if (this.#syncedReplicas(index) >= this.#settings.minInsyncReplicas) this.#answer(first)
    else this.#untilReplicated.push({index, pending: first})
  }

  #answer(pending: Pending): void {
    for (const settle of pending.settle) settle(this.#result(pending.baseOffset))
  }

  #result(baseOffset: Offset): AppendResult {
    return {baseOffset, logAppendTime: -1, logStartOffset: this.logStartOffset}
  }

  #syncedReplicas(index: Index): number {
    let count = 0
    for (const p of this.group.raft.progress.values()) if (p.match >= index) count++
    return count
  }

  moved(): void {
    const {group} = this
    if (this.#trims) {
      this.#trims = false
      void this.#trimming.trim()
    }
    this.#gate.look()
    const leads = group.leading
    const {term} = group.raft
    if (leads && this.#leadingTerm !== term) {
      if (this.#leadingTerm !== 0) this.#stopLeading()
      this.#leadingTerm = term
      this.#appendOffset = this.#applied.nextOffset
      this.#overlay = this.#applied.producers.overlay()
      this.#caughtUpAt.clear()
      this.#host.leadership(this, true, term)
    } else if (!leads && this.#leadingTerm !== 0) this.#stopLeading()
    if (!leads) return
    if (this.#untilSynced.length > 0) {
      const {syncedIndex} = group.log
      while (this.#untilSynced.length > 0 && this.#untilSynced[0].index <= syncedIndex) {
        const waiting = this.#untilSynced.shift()
        waiting?.settle(this.#result(waiting.baseOffset))
      }
    }
    while (
      this.#untilReplicated.length > 0 &&
      this.#syncedReplicas(this.#untilReplicated[0].index) >= this.#settings.minInsyncReplicas
    )
      this.#answer((this.#untilReplicated.shift() as {pending: Pending}).pending)
    this.#noteCaughtUp()
  }

  /** What waited cannot be answered by this node any more: it may be committed or not. */
  #stopLeading(): void {
    const term = this.#leadingTerm
    this.#leadingTerm = 0
    this.#overlay = undefined
    const refused = {error: this.#rules.deposed()}
    const waiting = [...this.#pending, ...this.#untilReplicated.map(w => w.pending)]
    const synced = this.#untilSynced
    this.#pending = []
    this.#untilReplicated = []
    this.#untilSynced = []
    for (const pending of waiting) for (const settle of pending.settle) settle(refused)
    for (const {settle} of [...synced, ...this.#deleting.splice(0)]) settle(refused)
    this.#wakeFetches(true)
    this.#host.leadership(this, false, term)
  }

  #noteCaughtUp(): void {
    const {raft} = this.group
    const now = this.#host.now()
    for (const [node, p] of raft.progress) if (p.match >= raft.commit && p.recentActive) this.#caughtUpAt.set(node, now)
  }

  stateHash(): string {
    return hex32(this.#applied.digest)
  }

  // Clients

  /** Voters that hold the leader's commit, or did within `replica.lag.time.max.ms`. Known to the leader only. */
  isr(): NodeId[] {
    if (!this.leading) return this.leader === 0 ? [] : [this.leader]
    const since = this.#host.now() - this.#settings.replicaLagTimeMaxMs
    return this.replicas.filter(
      r => r === this.#node || Math.max(this.#caughtUpAt.get(r) ?? -1, this.group.restedMs(r)) >= since,
    )
  }

  refusalOf(batch: Uint8Array): BatchRefusal | undefined {
    return this.#rules.refusal(batch)
  }

  append(batch: Uint8Array, acks: Acks, options?: {internal?: boolean}): Promise<AppendResult | PartitionRefusal> {
    return this.#gate.enter(() => this.#append(batch, acks, options))
  }

  #append(batch: Uint8Array, acks: Acks, options?: {internal?: boolean}): Promise<AppendResult | PartitionRefusal> {
    const overlay = this.#overlay
    if (!overlay || !this.group.leading) return Promise.resolve({error: KafkaError.NOT_LEADER_OR_FOLLOWER})
    if (this.#host.diskFull())
      return Promise.resolve({error: KafkaError.KAFKA_STORAGE_ERROR, message: 'the disk is full'})
    const {minInsyncReplicas} = this.#settings
    if (acks === -1 && this.isr().length < minInsyncReplicas) {
      const message = `${this.isr().length} replicas in sync, min.insync.replicas is ${minInsyncReplicas}`
      return Promise.resolve({error: KafkaError.NOT_ENOUGH_REPLICAS, message})
    }
    const header = readBatchHeader(batch, 0)
    const count = header.lastOffsetDelta + 1
    const producer = {...header, count}
    const check = this.#rules.sequence(overlay.check(producer))
    if (check !== 'fresh') {
      if (!('error' in check)) return this.#again(check.baseOffset, acks)
      // Somebody else may lead by now, and have taken what came before this: then it is in order there.
      return Promise.resolve({error: this.serving ? check.error : KafkaError.NOT_LEADER_OR_FOLLOWER})
    }
    const baseOffset = this.#appendOffset
    stampBatch(batch, baseOffset, this.#leadingTerm)
    const proposed = this.group.propose(batch, CONTEXT_BATCH)
    if ('dropped' in proposed)
      return Promise.resolve({
        error: proposed.dropped === 'full' ? KafkaError.REQUEST_TIMED_OUT : KafkaError.NOT_LEADER_OR_FOLLOWER,
      })
    this.#appendOffset += count
    overlay.add(producer, baseOffset)
    const pending: Pending = {index: proposed.index, baseOffset, settle: []}
    this.#pending.push(pending)
    const after = this.#rules.answersAfter(acks, options?.internal ?? false)
    if (after === 0) return Promise.resolve(this.#result(baseOffset))
    return new Promise(settle => {
      if (after === 1) this.#untilSynced.push({index: proposed.index, baseOffset, settle})
      else pending.settle.push(settle)
    })
  }

  deleteBefore(offset: Offset): Promise<{logStartOffset: Offset} | PartitionRefusal> {
    if (!this.#overlay || !this.serving) return Promise.resolve({error: KafkaError.NOT_LEADER_OR_FOLLOWER})
    const {highWatermark, logStartOffset} = this
    const to = offset === -1 ? highWatermark : offset
    if (to < 0 || to > highWatermark) return Promise.resolve({error: KafkaError.OFFSET_OUT_OF_RANGE})
    if (to <= logStartOffset) return Promise.resolve({logStartOffset})
    const proposed = this.group.propose(encodeLogStart(to), CONTEXT_LOG_START)
    if ('dropped' in proposed) return Promise.resolve({error: KafkaError.NOT_LEADER_OR_FOLLOWER})
    return new Promise(settle => this.#deleting.push({index: proposed.index, settle}))
  }

  /** Moves the log start as the policy wants it, when this replica leads; lets go of segments that could not go when it moved. */
  retain(policy: RetentionPolicy, nowMs: number): void {
    void this.#trimming.trim()
    if (!this.serving) return
    const to = wantedLogStart(this.#trimming.segments(), policy, nowMs)
    if (to !== undefined && to > this.logStartOffset) void this.deleteBefore(to)
  }

  /** A retry of a batch in the log: it waits for the same commit, or the same sync. */
  #again(baseOffset: Offset, acks: -1 | 0 | 1): Promise<AppendResult | PartitionRefusal> {
    const waiting =
      this.#pending.find(p => p.baseOffset === baseOffset) ??
      this.#untilReplicated.find(w => w.pending.baseOffset === baseOffset)?.pending
    if (!waiting || acks === 0) return Promise.resolve(this.#result(baseOffset))
    if (acks === -1) return new Promise(settle => waiting.settle.push(settle))
    const {index} = waiting
    if (index <= this.group.log.syncedIndex) return Promise.resolve(this.#result(baseOffset))
    return new Promise(settle => {
      // In the order of the log, so that the first one that waits is the first that is synced.
      const at = this.#untilSynced.findIndex(w => w.index > index)
      this.#untilSynced.splice(at < 0 ? this.#untilSynced.length : at, 0, {index, baseOffset, settle})
    })
  }

  async read(
    offset: Offset,
    maxBytes: number,
  ): Promise<{batches: Uint8Array[]; highWatermark: Offset; logStartOffset: Offset} | PartitionRefusal> {
    // Paused or cut off for a while, somebody else may lead by now, and what is here may be older than what was already shown.
    if (!this.serving) return {error: KafkaError.NOT_LEADER_OR_FOLLOWER}
    const {batches, epochs} = this.#applied
    const {highWatermark, logStartOffset} = this
    if (offset < logStartOffset || offset > highWatermark) return {error: KafkaError.OFFSET_OUT_OF_RANGE}
    const first =
      offset === highWatermark
        ? undefined
        : this.#rules.begins(batches, offset, epochs[epochs.length - 1]?.startOffset ?? 0)
    if (first === undefined) return {batches: [], highWatermark, logStartOffset}
    const {log} = this.group
    const last = this.#rules.shown.lastIndex(batches, log)
    const entries = await log.read(first, last + 1, Math.max(1, maxBytes))
    // Compacted while it was read.
    if (entries.length === 0) return {error: KafkaError.OFFSET_OUT_OF_RANGE}
    const found: Uint8Array[] = []
    for (const entry of entries) if (entry.context[0] === CONTEXT_BATCH[0]) found.push(entry.data)
    return {batches: this.#rules.answered(found), highWatermark, logStartOffset}
  }

  compacted(): Iterable<{key: Uint8Array; value: Uint8Array}> {
    return this.#applied.values?.all() ?? []
  }

  whenAbove(offset: Offset, run: () => void): () => void {
    // It may have risen, or this replica may have stopped, since the caller looked.
    if (!this.leading || this.highWatermark > offset) {
      run()
      return () => undefined
    }
    const waiting = {offset, run}
    this.#fetches.push(waiting)
    return () => {
      const at = this.#fetches.indexOf(waiting)
      if (at >= 0) this.#fetches.splice(at, 1)
    }
  }

  #wakeFetches(all = false): void {
    const {highWatermark} = this
    const ready = this.#fetches.filter(f => all || f.offset < highWatermark)
    if (ready.length === 0) return
    this.#fetches = this.#fetches.filter(f => !ready.includes(f))
    for (const {run} of ready) run()
  }

  async offsetForTimestamp(timestampMs: number): Promise<{offset: Offset; timestampMs: number}> {
    const found = this.#applied.batches.newerThan(timestampMs, this.logStartOffset)
    if (!found) return {offset: -1, timestampMs: -1}
    const [entry] = await this.group.log.read(found.index, found.index + 1, 1)
    const data = entry?.data ?? EMPTY
    // A compressed batch is never opened: its first offset is the answer that misses nothing.
    if (data.length > 0 && (readBatchHeader(data, 0).attributes & 7) === 0)
      for (const record of iterateRecords(data))
        if (record.timestamp >= timestampMs && record.offset >= this.logStartOffset)
          return {offset: record.offset, timestampMs: record.timestamp}
    return {offset: Math.max(found.baseOffset, this.logStartOffset), timestampMs: found.maxTimestampMs}
  }

  async newestTimestamp(): Promise<{offset: Offset; timestampMs: number}> {
    const found = this.#applied.batches.newest
    if (!found) return {offset: -1, timestampMs: -1}
    const [entry] = await this.group.log.read(found.index, found.index + 1, 1)
    const data = entry?.data ?? EMPTY
    if (data.length === 0) return {offset: found.baseOffset, timestampMs: found.maxTimestampMs}
    const header = readBatchHeader(data, 0)
    for (const record of iterateRecords(data))
      if (record.timestamp === found.maxTimestampMs) return {offset: record.offset, timestampMs: record.timestamp}
    return {offset: header.baseOffset + header.lastOffsetDelta, timestampMs: found.maxTimestampMs}
  }

  endOffsetForEpoch(epoch: Term): {epoch: Term; endOffset: Offset} {
    let at = this.#applied.epochs.length - 1
    while (at >= 0 && this.#applied.epochs[at].epoch > epoch) at--
    if (at < 0 || epoch > this.epoch) return {epoch: -1, endOffset: -1}
    const next = this.#applied.epochs[at + 1]
    return {epoch: this.#applied.epochs[at].epoch, endOffset: next ? next.startOffset : this.logEndOffset}
  }

  state(): PartitionState {
    return {
      topic: this.topic,
      partition: this.partition,
      leader: this.leader,
      epoch: this.epoch,
      replicas: [...this.replicas],
      isr: this.isr(),
      highWatermark: this.highWatermark,
      logEndOffset: this.logEndOffset,
      logStartOffset: this.logStartOffset,
    }
  }
}
