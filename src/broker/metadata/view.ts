import {groupAddress, groupName, type NodeId} from '../../base/ids.ts'
import type {NodeConfig} from '../../contracts/node-config.ts'
import type {BrokerView, MetadataView, PartitionView, QuorumView, TopicView} from '../backend.ts'
import type {Group} from '../group.ts'
import type {Leaders} from '../leaders.ts'
import type {PartitionReplica} from '../partition/partition.ts'
import type {MetadataImage, Topic} from './image.ts'

/** The image as clients are shown it: with the leaders known here beside it. */
export class ImageView implements MetadataView {
  readonly #config: NodeConfig
  readonly #image: MetadataImage
  readonly #leaders: Leaders
  readonly #replica: (topic: string, partition: number) => PartitionReplica | undefined
  readonly #group: () => Group | undefined

  constructor(
    config: NodeConfig,
    image: MetadataImage,
    leaders: Leaders,
    replica: (topic: string, partition: number) => PartitionReplica | undefined,
    group: () => Group | undefined,
  ) {
    this.#config = config
    this.#image = image
    this.#leaders = leaders
    this.#replica = replica
    this.#group = group
  }

  brokers(): BrokerView[] {
    const {node, kafka, peers, voters} = this.#config
    const known = new Map<NodeId, BrokerView>()
    // Those that the cluster was born with are there before they register; those that leave lead until others have taken over.
    for (const {node: id, kafka: at} of [{node, kafka}, ...peers])
      if (voters.includes(id) || this.#image.retired.has(id)) known.set(id, {node: id, host: at.host, port: at.port})
    for (const broker of this.#image.brokers.values())
      known.set(broker.node, {node: broker.node, host: broker.host, port: broker.port})
    return [...known.values()].sort((a, b) => a.node - b.node)
  }

  alive(): ReadonlySet<NodeId> {
    const alive = new Set<NodeId>([this.#config.node])
    for (const peer of this.#config.peers) if (this.#leaders.alive(peer.node)) alive.add(peer.node)
    return alive
  }

  controller(): NodeId {
    return this.#group()?.raft.leader ?? 0
  }

  quorum(): QuorumView | undefined {
    const group = this.#group()
    const replicas = group?.replicasSeen()
    if (!group || !replicas) return undefined
    return {
      leader: this.#config.node,
      epoch: group.term,
      highWatermark: group.raft.commit + 1,
      voters: replicas.map(r => ({...r, directoryId: this.#image.brokers.get(r.node)?.directoryId ?? '0'.repeat(32)})),
    }
  }

  topic(name: string): TopicView | undefined {
    const topic = this.#image.topics.get(name)
    return topic && this.#view(topic)
  }

  topicById(id: string): TopicView | undefined {
    const topic = this.#image.topicsById.get(id)
    return topic && this.#view(topic)
  }

  *topics(): Iterable<TopicView> {
    for (const topic of this.#image.topics.values()) yield this.#view(topic)
  }

  caughtUp(): Promise<boolean> {
    return this.#group()?.readable() ?? Promise.resolve(false)
  }

  current(): boolean {
    const group = this.#group()
    return group !== undefined && group.raft.leader !== 0 && group.applied >= group.raft.commit
  }

  #view(topic: Topic): TopicView {
    const {name, id, configs} = topic
    return {name, id, configs, partitions: topic.replicas.map((r, partition) => this.#partition(topic, partition, r))}
  }

  #partition(topic: Topic, partition: number, replicas: NodeId[]): PartitionView {
    const local = this.#replica(topic.name, partition)
    const told = this.#leaders.of(groupAddress(groupName(topic.name, partition), topic.id))
    let leader = local?.leader ?? 0
    let epoch = local?.epoch ?? 0
    if (told && (leader === 0 ? told.term >= epoch : told.term > epoch)) {
      leader = told.node
      epoch = told.term
    }
    const alive = this.alive()
    const isr = local?.leading ? local.isr() : replicas.filter(r => r === leader || alive.has(r))
    return {partition, replicas: [...replicas], leader, epoch, isr}
  }
}
