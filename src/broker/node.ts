import {fromUtf8} from '../base/bytes.ts'
import {ChronikError, EXIT, isDiskFull} from '../base/errors.ts'
import {type GroupName, METADATA_GROUP, METADATA_TOPIC, type NodeId} from '../base/ids.ts'
import type {InsideOrder} from '../contracts/inside.ts'
import type {NodeConfig, NodeIdentity} from '../contracts/node-config.ts'
import type {MembersOrder} from '../contracts/node-control.ts'
import type {GroupChange, NodeLive, RefusedGroup} from '../contracts/node-state.ts'
import type {Disk, Io} from '../io/ports.ts'
import {openGroupsFile} from '../wal/groups-file.ts'
import {isUnreadable, UNREADABLE} from '../wal/read-error.ts'
import {RESERVE_FILE, ReserveFile} from '../wal/reserve.ts'
import {readFile} from '../wal/segment-reader.ts'
import type {Damage} from '../wal/types.ts'
import {Control} from './control.ts'
import type {Group} from './group.ts'
import {Groups} from './groups.ts'
import {SERVER_LIMITS, type ServerLimits} from './kafka/limits.ts'
import {startKafkaServer} from './kafka/server.ts'
import {Leaders} from './leaders.ts'
import type {MetadataImage} from './metadata/image.ts'
import {MetadataMachine, type NewCommand} from './metadata/machine.ts'
import {ImageView} from './metadata/view.ts'
import {NodeBackend} from './node-backend.ts'
import {Outsider} from './outsider.ts'
import type {PartitionHost, PartitionReplica} from './partition/partition.ts'
import type {BrokerParts} from './parts.ts'
import {Peers} from './peers.ts'
import {Reconfiguration} from './reconfiguration.ts'
import {Retention} from './retention.ts'
import {Topics} from './topics.ts'

export const METADATA_DIR = `wal/__meta/${METADATA_TOPIC}/0`
export const METADATA_SNAPSHOT_DIR = `wal/__meta/${METADATA_TOPIC}/snapshots`
/** Descriptors that clients never get: segments, group directories, peers, control. */
const FILES_KEPT = 512
const CONNECTIONS_MIN = 16
/** A node that may not register asks again after this long. */
const REGISTER_AGAIN_MS = 1_000
/** How long a change of the members may take to be in the metadata. */
const MEMBERS_MS = 10_000
/** The first start does not wait for it. */
const RESERVE_AFTER_MS = 1_000

export interface RunningNode {
  ready: {incarnation: string; kafkaPort: number; raftPort: number}
  /** As over the control socket. */
  members(order: MembersOrder): Promise<unknown>
  /** Clean shutdown: nothing new is taken, what is queued is synced, files end with an idle mark. */
  stop(): Promise<void>
}

/** What only the process knows of itself. */
export interface ProcessFacts {
  pid: number
  residentBytes(): number
  /** Files and sockets that it may have open; undefined: as many as it likes. */
  openFilesMax?: number
  /** Told over the control socket to suffer something; absent: it cannot. */
  suffer?(order: InsideOrder): Promise<unknown>
  /** Asked to stop over the control socket. */
  stopAsked(): void
  /** Given once, before anything is recovered, to who watches this node from inside: only to look at. */
  look?(look: NodeLook): void
}

/** The inside of a running node, read-only: what a simulator's invariants look at after every event. */
export interface NodeLook {
  groups(): Iterable<Group>
  group(name: GroupName): Group | undefined
  replicas(): Iterable<PartitionReplica>
  refused: readonly RefusedGroup[]
  image: MetadataImage
}

/** Runs one node until `stop`. Rejects with a ChronikError when its directory is not its own, or its disk has no room for the start. */
export async function runNode(
  io: Io,
  config: NodeConfig,
  parts: BrokerParts,
  facts: ProcessFacts,
): Promise<RunningNode> {
  try {
    return await startNode(io, config, parts, facts)
  } catch (error) {
    if (!isDiskFull(error)) throw error
    const message = `n${config.node} cannot start: the disk is full (${(error as Error).message})`
    throw new ChronikError('CHRONIK_DISK_FULL', EXIT.diskFailed, message, {cause: error})
  }
}

async function startNode(io: Io, config: NodeConfig, parts: BrokerParts, facts: ProcessFacts): Promise<RunningNode> {
  const identity = await readIdentity(io.disk, config)
  const incarnation = hexOf(io, 2)
  const startedMs = io.clock.monotonicMs()
  const listing = await openGroupsFile(io.disk)
  if ('refused' in listing) throw refused(config.node, listing.refused)

  const reserve = await ReserveFile.open(io.disk)

  let sequence = 0
  let metadataGroup: Group | undefined
  const leaders = new Leaders(() => io.clock.monotonicMs())
  const machine = new MetadataMachine({
    io,
    node: config.node,
    voters: config.voters,
    forward: (to, command) => peers.forward(to, command),
    applied: () => {
      topics.reconcile()
      reconfiguration.lookAtAll()
    },
    rules: parts.metadata,
  })
  const peers: Peers = new Peers(
    io,
    config,
    {directoryId: identity.directoryId, incarnation},
    {
      message: (group, message) => {
        leaders.heard(message.from)
        groups.receive(group, message)
      },
      forwarded: (_from, command) => machine.forwarded(command),
      heartbeat: (from, body) => groups.heartbeat(from, body),
      snapshotSent: (group, to, ok) => groups.snapshotSent(group, to, ok),
      unreachable: node => groups.unreachable(node),
      refused: node => {
        io.log('INFO', `n${node} closed its connection and refuses a new one: it is dead`)
        leaders.dead(node)
        groups.dead(node)
      },
      restarted: node => groups.restarted(node),
      wiped: (node, directoryId) => {
        const known = machine.image.directoryOf(node) ?? config.peers.find(p => p.node === node)?.directoryId
        return !parts.metadata.mayCome(known, directoryId)
      },
    },
  )
  const control: Control = new Control({
    state: () => state(),
    stop: () => facts.stopAsked(),
    members,
    ...(facts.suffer ? {suffer: facts.suffer} : {}),
  })
  const groups: Groups = new Groups(
    io,
    config.node,
    config.settings,
    parts,
    listing.file,
    {
      send: (group, message) => peers.send(group, message),
      beat: (to, body) => peers.heartbeat(to, body),
      heard: (from, led) => {
        leaders.told(from, led)
        if (led?.some(([group]) => group === METADATA_GROUP)) outsider.told(from, metadataGroup)
      },
      flush: () => peers.flush(),
      changed: change => {
        const told: GroupChange = {sequence: ++sequence, ...change}
        control.changed(told)
        const group = groups.get(change.group)
        if (group) reconfiguration.look(group)
      },
      full: full => {
        backend.diskFull = full
        io.log(full ? 'ERROR' : 'INFO', full ? 'the disk is full: new produce is refused' : 'the disk has room again')
      },
    },
    {talkative: METADATA_GROUP, incarnation, peers: config.peers.map(p => p.node), reserve},
  )
  const outsider = new Outsider({
    now: () => io.clock.monotonicMs(),
    electionMs: groups.electionMs,
    handOver: () => void groups.handOver(),
  })
  const reconfiguration: Reconfiguration = new Reconfiguration(io.clock, machine.image, () => groups.all())
  const host: PartitionHost = {
    now: () => io.clock.monotonicMs(),
    diskFull: () => backend.diskFull,
    leadership: (partition, leading, epoch) => backend.leadership(partition.topic, partition.partition, leading, epoch),
  }
  const topics: Topics = new Topics(io, config, groups, machine.image, host, parts)
  const view = new ImageView(
    config,
    machine.image,
    leaders,
    (t, p) => topics.replica(t, p),
    () => metadataGroup,
  )
  const backend: NodeBackend = new NodeBackend(io, config, machine, view, () => topics)

  facts.look?.({
    groups: () => groups.all(),
    group: name => groups.get(name),
    replicas: () => topics.replicas(),
    refused: groups.refused,
    image: machine.image,
  })
  metadataGroup = await openMetadata(io, config, groups, machine)
  const raftPort = await peers.start()
  const kafka = metadataGroup
    ? await startKafkaServer(backend, config.kafkaListen ?? config.kafka, connectionLimits(io, facts.openFilesMax))
    : undefined
  await control.listen(io.network, config.controlPath)
  groups.start()
  io.clock.after(RESERVE_AFTER_MS, () => void fillReserve())
  const retention = new Retention(io, config.settings, machine.image, () => topics.replicas())
  if (metadataGroup?.log.report.born && config.voters[0] === config.node) metadataGroup.campaign()
  const kafkaPort = kafka && 'port' in kafka.address ? kafka.address.port : config.kafka.port
  let stopped = false
  const register = async (): Promise<void> => {
    while (!stopped && metadataGroup) {
      const known = machine.image.brokers.get(config.node)
      if (known && known.host === config.kafka.host && known.port === kafkaPort) return
      const {directoryId} = identity
      const applied = await machine.propose(
        {do: 'register-broker', node: config.node, directoryId, host: config.kafka.host, port: kafkaPort},
        30_000,
      )
      if (applied?.done === false) await new Promise<void>(resolve => io.clock.after(REGISTER_AGAIN_MS, resolve))
    }
  }
  void register()

  async function members(order: MembersOrder): Promise<unknown> {
    if (order.call === 'peers') {
      config.peers = order.peers
      peers.changed()
      groups.peers(config.peers.map(p => p.node))
      return {}
    }
    if (order.call === 'hand-over') {
      await groups.handOver()
      return {}
    }
    const {node} = order
    const command: NewCommand =
      order.call === 'admit'
        ? {do: 'admit-broker', node, directoryId: order.directoryId}
        : {do: 'retire-broker', node, returns: order.returns, directoryId: order.directoryId}
    const applied = await machine.propose(command, MEMBERS_MS)
    if (applied?.done) return {}
    const why = applied ? applied.why : 'the metadata group did not commit it in time'
    throw new ChronikError('CHRONIK_MEMBERS', EXIT.labState, `${order.call} n${node}: ${why}.`)
  }

  async function fillReserve(): Promise<void> {
    if (stopped) return
    try {
      await reserve.fill()
    } catch (error) {
      io.log('ERROR', `disk failed at ${RESERVE_FILE}: ${(error as Error).message}; this node ends`)
      io.exit(EXIT.diskFailed)
    }
  }

  function state(): NodeLive {
    return {
      node: config.node,
      clusterId: config.clusterId,
      directoryId: identity.directoryId,
      incarnation,
      pid: facts.pid,
      sequence,
      uptimeMs: io.clock.monotonicMs() - startedMs,
      monotonicMs: io.clock.monotonicMs(),
      kafka: {host: config.kafka.host, port: kafkaPort},
      raft: {host: config.raft.host, port: raftPort},
      groups: [...groups.all()].map(g => g.state()),
      refused: groups.refused,
      partitions: [...topics.replicas()].map(p => p.state()),
      topics: [...machine.image.topics.values()].map(t => ({name: t.name, id: t.id, partitions: t.replicas.length})),
      connections: kafka?.connections() ?? 0,
      wal: groups.walFigures(),
      heardMs: leaders.heardMs(),
      residentBytes: facts.residentBytes(),
    }
  }

  return {
    ready: {incarnation, kafkaPort, raftPort},
    members,
    async stop() {
      if (stopped) return
      stopped = true
      reconfiguration.stop()
      io.log('INFO', 'stopping')
      kafka?.close()
      await groups.handOver()
      retention.stop()
      topics.stop()
      await groups.stop()
      await reserve.close()
      peers.stop()
      control.close()
    },
  }
}

/** A client must never take the descriptor that the next WAL segment needs. */
function connectionLimits(io: Io, openFilesMax: number | undefined): Partial<ServerLimits> {
  if (openFilesMax === undefined) return {}
  const connectionsMax = Math.max(CONNECTIONS_MIN, openFilesMax - FILES_KEPT)
  if (connectionsMax >= SERVER_LIMITS.connectionsMax) return {}
  io.log(
    'WARN',
    `${openFilesMax} open files are allowed (ulimit -n): ${FILES_KEPT} are kept for logs and peers, so at most ${connectionsMax} clients are taken`,
  )
  const {connectionsPerAddressMax} = SERVER_LIMITS
  return {connectionsMax, connectionsPerAddressMax: Math.min(connectionsPerAddressMax, connectionsMax)}
}

async function openMetadata(
  io: Io,
  config: NodeConfig,
  groups: Groups,
  machine: MetadataMachine,
): Promise<Group | undefined> {
  io.log('INFO', `Starting Raft WAL recovery from "${METADATA_DIR}"`)
  if ((await io.disk.list(METADATA_DIR)).length === 0)
    io.log('INFO', 'No Raft WAL directory found - starting with empty state')
  const group = await groups.open({
    name: METADATA_GROUP,
    topic: METADATA_TOPIC,
    topicId: '',
    partition: 0,
    dir: METADATA_DIR,
    snapshotDir: METADATA_SNAPSHOT_DIR,
    voters: config.voters,
    machine,
    compacted: true,
  })
  if (!group) return undefined
  const {report} = group.log
  for (const cut of report.cuts) io.log('WARN', `cut ${cut.bytes} bytes at ${cut.file}@${cut.at}: ${cut.why}`)
  if (!report.born) {
    io.log('INFO', `Recovered ${report.entries} Raft entries (index ${report.firstIndex}-${report.lastIndex})`)
    io.log('INFO', `Recovered HardState: term=${report.term}, vote=${report.vote}, commit=${report.commit}`)
  }
  io.log('INFO', 'Raft WAL storage initialized (persistent)')
  return group
}

function refused(node: NodeId, {file, at, why}: Damage): ChronikError {
  return new ChronikError('CHRONIK_REFUSED', EXIT.environment, `n${node} refuses ${file}@${at}: ${why}`)
}

async function readIdentity(disk: Disk, config: NodeConfig): Promise<NodeIdentity> {
  const refuse = (message: string): ChronikError => new ChronikError('CHRONIK_NOT_OURS', EXIT.labState, message)
  let text: string
  try {
    text = fromUtf8(await readFile(disk, 'node.json', 65_536))
  } catch (error) {
    if (isUnreadable(error)) throw refused(config.node, {file: error.file, at: error.at, why: UNREADABLE})
    throw refuse(`${config.dataDir} has no readable node.json: ${(error as Error).message}`)
  }
  let identity: NodeIdentity
  try {
    identity = JSON.parse(text) as NodeIdentity
  } catch {
    throw refuse(`${config.dataDir}/node.json is no JSON`)
  }
  const same: Array<[string, unknown, unknown]> = [
    ['format version', identity.formatVersion, 1],
    ['cluster id', identity.clusterId, config.clusterId],
    ['node id', identity.node, config.node as NodeId],
  ]
  for (const [what, found, wanted] of same)
    if (found !== wanted)
      throw refuse(`${config.dataDir} has ${what} ${String(found)}, this node is started with ${String(wanted)}`)
  return identity
}

function hexOf(io: Io, words: number): string {
  return Array.from({length: words}, () => io.random.u32().toString(16).padStart(8, '0')).join('')
}
