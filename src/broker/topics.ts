import {fromUtf8, utf8} from '../base/bytes.ts'
import {isDiskFull} from '../base/errors.ts'
import {groupName, isTopicName, type NodeId, OFFSETS_TOPIC} from '../base/ids.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import {REBUILD_FILE} from '../contracts/rebuild.ts'
import type {Io} from '../io/ports.ts'
import {isUnreadable, UNREADABLE} from '../wal/read-error.ts'
import {readFile} from '../wal/segment-reader.ts'
import type {Damage} from '../wal/types.ts'
import type {Groups} from './groups.ts'
import type {MetadataImage, Topic} from './metadata/image.ts'
import {type PartitionHost, PartitionReplica} from './partition/partition.ts'
import type {BrokerParts} from './parts.ts'

/** A full disk is looked at again after this long. */
const FULL_RETRY_MS = 200

/**
 * Makes the replicas on this node's disk what the metadata says. It works from the image, not from single commands, one step after the
 * other. A directory whose topic id is not the image's is neither opened nor removed; only when the deletion of that id was committed is
 * it renamed aside.
 */
export class Topics {
  readonly #io: Io
  readonly #config: NodeConfig
  readonly #groups: Groups
  readonly #image: MetadataImage
  readonly #host: PartitionHost
  readonly #parts: Pick<BrokerParts, 'partition' | 'metadata'>
  #looked = false
  /** By topic name. The id is kept beside the replicas: there may be none, all refused for their damage. */
  readonly #open = new Map<string, {id: string; replicas: PartitionReplica[]}>()
  /** By the id of a topic all of whose replicas on this node are open, or refused: which these were. */
  readonly #complete = new Map<string, string>()
  /** Directories that earlier lives put aside. */
  #aside: string[] | undefined
  #full = false
  #running = false
  #again = false
  #stopped = false

  constructor(
    io: Io,
    config: NodeConfig,
    groups: Groups,
    image: MetadataImage,
    host: PartitionHost,
    parts: Pick<BrokerParts, 'partition' | 'metadata'>,
  ) {
    this.#parts = parts
    this.#io = io
    this.#config = config
    this.#groups = groups
    this.#image = image
    this.#host = host
  }

  /** Of the topic that has this name now: what another one of that name left is none of it, also before it is put aside. */
  replica(topic: string, partition: number): PartitionReplica | undefined {
    const open = this.#open.get(topic)
    if (!open || open.id !== this.#image.topics.get(topic)?.id) return undefined
    return open.replicas.find(p => p.partition === partition)
  }

  *replicas(): Iterable<PartitionReplica> {
    for (const {replicas} of this.#open.values()) yield* replicas
  }

  stop(): void {
    this.#stopped = true
  }

  /** The image changed. */
  reconcile(): void {
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = true
    void this.#work()
  }

  async #work(): Promise<void> {
    try {
      while (!(await this.#untilFull())) {
        if (this.#stopped) return
        await new Promise<void>(resolve => this.#io.clock.after(FULL_RETRY_MS, resolve))
      }
    } catch (error) {
      this.#io.log('ERROR', `disk failed: ${(error as Error).message}; this node ends`)
      this.#io.exit(74)
    } finally {
      this.#running = false
    }
  }

  /** False: the disk is full in the middle of it. What is done stays, the rest is done when there is room: the metadata said it once. */
  async #untilFull(): Promise<boolean> {
    try {
      do {
        this.#again = false
        await this.#strangers()
        for (const [name, {id, replicas}] of this.#open) {
          if (this.#stopped) return true
          if (this.#image.topics.get(name)?.id !== id) await this.#putAside(name, id, replicas)
        }
        for (const topic of this.#image.topics.values()) {
          if (this.#stopped) return true
          // Deleted and made again since the look above: the one before is still open, and none of its replicas is the new one's.
          const before = this.#open.get(topic.name)
          if (before && before.id !== topic.id) await this.#putAside(topic.name, before.id, before.replicas)
          if (this.#complete.get(topic.id) !== placesOf(this.#mine(topic))) await this.#openTopic(topic)
        }
      } while (this.#again)
      if (this.#full) this.#io.log('INFO', 'the disk has room again: replicas are being made')
      this.#full = false
      return true
    } catch (error) {
      if (!isDiskFull(error)) throw error
      if (!this.#full) this.#io.log('ERROR', `the disk is full: no replica can be made (${(error as Error).message})`)
      this.#full = true
      return false
    }
  }

  /** Directories that the first image of this life does not know. */
  async #strangers(): Promise<void> {
    const {strangers} = this.#parts.metadata
    if (this.#looked || !strangers) return
    this.#looked = true
    const names = await this.#io.disk.list('wal')
    const unknown = names.filter(name => isTopicName(name) && name !== '__meta' && !this.#image.topics.has(name))
    await strangers(
      this.#io.disk,
      unknown.map(name => `wal/${name}`),
    )
  }

  #mine({replicas, born}: Topic): Array<{partition: number; replicas: NodeId[]}> {
    return replicas.flatMap((now, partition) =>
      now.includes(this.#config.node) ? [{partition, replicas: born?.[partition] ?? now}] : [],
    )
  }

  /** `replicas` of each of its partitions here: those at its birth, from which its log goes on to those of today. */
  async #openTopic(topic: Topic): Promise<void> {
    const mine = this.#mine(topic)
    const places = placesOf(mine)
    // A snapshot may speak of a topic whose deletion, further on in the log, another life of this node has seen committed.
    if (mine.length === 0 || (await this.#isAside(topic))) {
      this.#complete.set(topic.id, places)
      return
    }
    const dir = `wal/${topic.name}`
    const found = await this.#onDisk(topic, mine)
    if (typeof found === 'object') {
      for (const {partition} of mine)
        if (!this.#tried(topic, partition)) this.#groups.refuse(groupName(topic.name, partition), found)
      this.#complete.set(topic.id, places)
      return
    }
    const id = found
    // With none of its replicas looked at yet, all that is refused is so for what the directory was before.
    const looked = this.#open.get(topic.name)?.id === topic.id
    this.#groups.accept(topic.name, looked ? `${dir}/topic.json` : undefined)
    if (id !== undefined && id !== topic.id) {
      // Deleted while this node was away, or before it had done with it.
      await this.#groups.forget(topic.name)
      await this.#rename(topic.name, id)
    }
    if (id !== topic.id) {
      await this.#io.disk.makeDir(dir)
      await this.#nameDurably(dir, topic)
    } else if (!mine.some(at => this.#groups.listed(groupName(topic.name, at.partition)))) {
      // Nothing was born here yet: what was read may be page cache only, and no group may outlive the name of its topic.
      await this.#nameDurably(dir)
    }
    const opened = this.#open.get(topic.name)?.replicas ?? []
    this.#open.set(topic.name, {id: topic.id, replicas: opened})
    const missing = mine.filter(at => !this.#tried(topic, at.partition))
    // All of them are let come to their end: what failed is tried again, and must not be under way twice.
    const outcomes = await Promise.allSettled(missing.map(async at => this.#openPartition(topic, at, opened)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    this.#complete.set(topic.id, places)
  }

  /** Writes `topic.json`, or leaves what is in it; afterwards it survives a power loss, with its directory. */
  async #nameDurably(dir: string, topic?: Topic): Promise<void> {
    const {disk} = this.#io
    const file = await disk.open(`${dir}/topic.json`, topic ? 'create' : 'append')
    try {
      if (topic) await file.append([utf8(`${JSON.stringify({formatVersion: 1, topic: topic.name, id: topic.id})}\n`)])
      await file.sync()
    } finally {
      await file.close()
    }
    await disk.syncDir(dir)
    await disk.syncDir('wal')
  }

  /** Open, or refused for its damage. */
  #tried({id, name}: Topic, partition: number): boolean {
    const open = this.#open.get(name)
    if (open?.id === id && open.replicas.some(r => r.partition === partition)) return true
    return this.#groups.refused.some(r => r.group === groupName(name, partition))
  }

  async #openPartition(
    topic: Topic,
    at: {partition: number; replicas: NodeId[]},
    opened: PartitionReplica[],
  ): Promise<void> {
    const {node, settings} = this.#config
    const {partition, replicas} = at
    const configured = Number(topic.configs['min.insync.replicas'] ?? settings['min.insync.replicas'])
    const replica = new PartitionReplica(
      {topic: topic.name, topicId: topic.id, partition, replicas, node},
      this.#host,
      {
        minInsyncReplicas: replicas.length < 3 ? Math.min(configured, 1) : Math.min(configured, replicas.length),
        replicaLagTimeMaxMs: settings['replica.lag.time.max.ms'],
        rules: this.#parts.partition,
      },
    )
    const group = await this.#groups.open({
      name: groupName(topic.name, partition),
      topic: topic.name,
      topicId: topic.id,
      partition,
      dir: `wal/${topic.name}/${partition}`,
      snapshotDir: `wal/${topic.name}/${partition}/snapshots`,
      voters: replicas,
      machine: replica,
      compacted: topic.name === OFFSETS_TOPIC,
      ...(topic.configs['segment.bytes'] ? {segmentBytes: Number(topic.configs['segment.bytes'])} : {}),
      ...(topic.configs['segment.ms'] ? {segmentMs: Number(topic.configs['segment.ms'])} : {}),
    })
    if (!group) return
    opened.push(replica)
    // The first replica is the preferred leader: at birth nobody else can have an opinion.
    if (group.log.report.born && replicas[0] === node) group.campaign()
  }

  async #putAside(name: string, id: string, replicas: PartitionReplica[]): Promise<void> {
    this.#open.delete(name)
    this.#complete.delete(id)
    for (const {topic, partition} of replicas) await this.#groups.close(groupName(topic, partition))
    await this.#groups.forget(name)
    await this.#rename(name, id)
  }

  async #isAside({id, name}: Topic): Promise<boolean> {
    this.#aside ??= (await this.#io.disk.list('wal')).filter(there => /\.deleted-[^/]+$/.test(there))
    return this.#aside.includes(asideName(name, id))
  }

  async #rename(name: string, id: string): Promise<void> {
    const aside = `wal/${asideName(name, id)}`
    const there = await this.#io.disk.list('wal')
    if (!there.includes(name)) return
    await this.#io.disk.rename(`wal/${name}`, aside)
    await this.#io.disk.syncDir('wal')
  }

  /**
   * The id of the topic in the directory of this name; undefined when there is none yet. Damage when it is none that was deleted, or cannot be known: what
   * lies there may be of another topic that had this name.
   */
  async #onDisk(topic: Topic, mine: ReadonlyArray<{partition: number}>): Promise<string | undefined | Damage> {
    const {disk} = this.#io
    const dir = `wal/${topic.name}`
    const path = `${dir}/topic.json`
    const damage = (why: string): Damage => ({file: path, at: 0, why})
    const names = await disk.list(dir)
    const there = names.includes('topic.json')
    let id: string | undefined
    try {
      if (there) id = await this.#idIn(path, topic.name)
    } catch (error) {
      if (isUnreadable(error)) return {file: path, at: error.at, why: UNREADABLE}
      throw error
    }
    if (id === topic.id || (id !== undefined && this.#image.deleted.has(id))) return id
    if (id !== undefined) return damage(`it is of topic id ${id}, the metadata says ${topic.id}`)
    if (await this.#hasLog(topic, mine))
      return damage(there ? 'it names no topic' : 'it is gone, and groups.log lists a log of this topic')
    if (!there) return undefined
    // A crash between its creation and its sync: nothing was ever born in this directory.
    if (names.length > 1) return damage('it names no topic')
    await disk.remove(path)
    return undefined
  }

  async #idIn(path: string, topic: string): Promise<string | undefined> {
    const bytes = await readFile(this.#io.disk, path, 4_096)
    try {
      const said = JSON.parse(fromUtf8(bytes)) as {topic?: unknown; id?: unknown}
      return said.topic === topic && typeof said.id === 'string' ? said.id : undefined
    } catch {
      return undefined
    }
  }

  /** A replica of it was born here, after its topic had a name on the disk, and is not to be rebuilt. */
  async #hasLog(topic: Topic, mine: ReadonlyArray<{partition: number}>): Promise<boolean> {
    for (const {partition} of mine) {
      if (!this.#groups.listed(groupName(topic.name, partition))) continue
      if (!(await this.#io.disk.list(`wal/${topic.name}/${partition}`)).includes(REBUILD_FILE)) return true
    }
    return false
  }
}

function asideName(topic: string, id: string): string {
  return `${topic}.deleted-${id}`
}

const placesOf = (mine: ReadonlyArray<{partition: number}>): string => mine.map(at => at.partition).join()
