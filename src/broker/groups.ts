import {type GroupAddress, type GroupName, type NodeId, splitGroupName} from '../base/ids.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import type {GroupChange, RefusedGroup, WalFigures} from '../contracts/node-state.ts'
import type {Io} from '../io/ports.ts'
import {createRawNode} from '../raft/raw-node.ts'
import type {Message} from '../raft/types.ts'
import {COMMIT_PROFILES, CommitTurns} from '../wal/commit-turns.ts'
import {openGroupLog} from '../wal/group-log.ts'
import type {GroupsFile} from '../wal/groups-file.ts'
import type {Reserve} from '../wal/reserve.ts'
import {SegmentChecks} from '../wal/segment-checks.ts'
import {snapshotName} from '../wal/snapshot-files.ts'
import {TailBudget} from '../wal/tail-cache.ts'
import type {Damage, GroupLog, GroupLogOptions} from '../wal/types.ts'
import {HEARTBEAT_TICKS, type Led} from './beat.ts'
import {FullDisk} from './full-disk.ts'
import {Group, type GroupHost, type GroupNews, type Machine} from './group.ts'
import type {BrokerParts} from './parts.ts'
import {Quiescence} from './quiescence.ts'
import {emptyForRebuild, endRebuild, readRebuild} from './rebuild.ts'

const TICK_MS = 10
const CALM = 5
const ELECTION_TICKS = 15
/** A timeout is over up to one tick early. */
const PROMISE_TICKS = ELECTION_TICKS - 1
/** How long a leader counts on a promise: the clocks of two nodes may run apart by a quarter. */
const LEASE_TICKS = 11
/** Payload of the newest entries kept in memory, over all groups. */
const TAIL_BYTES_MAX = 8 * 1024 * 1024
/** Proposed and not committed, a group: beyond this a leader refuses. What waits for the disk is bounded before that. */
const UNCOMMITTED_BYTES_MIN = 64 * 1024 * 1024
/** Messages kept for groups that this node does not have yet: their creation is under way. */
const EARLY_MESSAGES_MAX = 256

export interface GroupsEvents {
  send(group: GroupAddress, message: Message): void
  /** A node heartbeat for one peer: it leaves with the next flush. */
  beat(to: NodeId, body: Uint8Array): void
  /** A peer's heartbeat came, and perhaps what it leads. */
  heard(from: NodeId, led: Led | undefined): void
  /** The turn is over: what was sent may leave. */
  flush(): void
  changed(change: Omit<GroupChange, 'sequence'>): void
  full(full: boolean): void
}

export interface OpenGroup {
  name: GroupName
  topic: string
  /** Hex; empty for the metadata. */
  topicId: string
  partition: number
  dir: string
  snapshotDir: string
  voters: readonly NodeId[]
  machine: Machine & {attach(group: Group): void}
  /** Its log is compacted by snapshots. */
  compacted: boolean
  /** Size and age at which a segment ends; else the node's. */
  segmentBytes?: number
  segmentMs?: number
}

/** All groups of a node: one timer, one list of groups that have work, one flush at the end of each turn. */
export class Groups {
  readonly #io: Io
  readonly #node: NodeId
  readonly #settings: NodeSettings
  readonly #parts: BrokerParts
  readonly #listing: GroupsFile
  readonly #events: GroupsEvents
  readonly #reserve: Reserve
  readonly #turns: CommitTurns
  readonly #checks: SegmentChecks
  readonly #groups = new Map<GroupName, Group>()
  readonly #addressed = new Map<GroupAddress, Group>()
  readonly #tails = new TailBudget(TAIL_BYTES_MAX)
  readonly refused: RefusedGroup[] = []
  #dirty: Group[] = []
  #scheduled = false
  #early: Array<{to: GroupAddress; message: Message}> = []
  #ticks = 0
  #stopped = false
  /** Told at each change while leaderships are handed over: several may ask for it at once. */
  readonly #handingOver = new Set<() => void>()
  readonly electionMs: number
  readonly #tickMs: number
  readonly #host: GroupHost
  readonly #quiescence: Quiescence<Group>
  readonly #full: FullDisk
  #lastBeatMs: number

  constructor(
    io: Io,
    node: NodeId,
    settings: NodeSettings,
    parts: BrokerParts,
    listing: GroupsFile,
    events: GroupsEvents,
    at: {talkative: GroupName; incarnation: string; peers: readonly NodeId[]; reserve: Reserve},
  ) {
    this.#io = io
    this.#node = node
    this.#settings = settings
    this.#parts = parts
    this.#listing = listing
    this.#events = events
    this.#reserve = at.reserve
    this.#checks = new SegmentChecks(io.clock)
    this.#turns = new CommitTurns(COMMIT_PROFILES[settings['wal.profile']])
    this.#tickMs = TICK_MS * (settings.timing === 'calm' ? CALM : 1)
    this.electionMs = this.#tickMs * ELECTION_TICKS
    this.#host = {
      now: () => parts.group.contact.nowMs(io.clock),
      monotonicMs: () => io.clock.monotonicMs(),
      send: (group, message) => events.send(group, message),
      dirty: group => this.#mark(group),
      changed: (group, news) => this.#changed(group, news),
      log: line => io.log('INFO', line),
      electionMs: this.electionMs,
      tickMs: this.#tickMs,
      promiseMs: this.#tickMs * PROMISE_TICKS,
      leaseMs: this.#tickMs * LEASE_TICKS,
      startedMs: io.clock.monotonicMs(),
      wake: group => this.#quiescence.wake(group),
      provenMs: node => this.#quiescence.provenMs(node),
      talkative: group => group === at.talkative,
    }
    this.#full = new FullDisk({
      clock: io.clock,
      handOverMs: 2 * this.electionMs,
      groups: () => this.#groups.values(),
      changed: full => {
        events.full(full)
        // Writes that wait for a log with less to do are to be refused; a group that has nobody to talk to gets no other turn.
        for (const group of this.#groups.values()) this.#mark(group)
      },
    })
    this.#lastBeatMs = io.clock.monotonicMs()
    this.#quiescence = new Quiescence(
      {
        now: () => parts.group.contact.nowMs(io.clock),
        groups: () => this.#groups.values(),
        group: address => this.#addressed.get(address),
        send: (to, body) => events.beat(to, body),
        heard: (from, led) => events.heard(from, led),
      },
      {
        node,
        incarnation: at.incarnation,
        peers: at.peers,
        beatTicks: HEARTBEAT_TICKS,
        // It wakes before what the echoes prove is over.
        staleMs: this.#tickMs * (LEASE_TICKS - 1),
      },
    )
  }

  /** The other nodes are these now. */
  peers(nodes: readonly NodeId[]): void {
    this.#quiescence.peers(nodes)
  }

  start(): void {
    this.#quiescence.beat()
    this.#events.flush()
    this.#io.clock.after(this.#tickMs, () => this.#tick())
  }

  get(name: GroupName): Group | undefined {
    return this.#groups.get(name)
  }

  /** A replica of it was born here, by what groups.log says. */
  listed(name: GroupName): boolean {
    return this.#listing.listed(name) !== undefined
  }

  walFigures(): WalFigures {
    const {running} = this.#turns
    const sum = {
      profile: this.#settings['wal.profile'],
      batches: 0,
      writes: 0,
      bytes: 0,
      syncMs: 0,
      waiting: 0,
      running,
    }
    for (const {log} of this.#groups.values()) {
      const {batches, bytes, syncMs, waiting, writes} = log.figures()
      sum.batches += batches
      sum.writes += writes
      sum.bytes += bytes
      sum.syncMs += syncMs
      sum.waiting += waiting
    }
    return sum
  }

  all(): Iterable<Group> {
    return this.#groups.values()
  }

  /** Opens a group from its log, or gives birth to it. Undefined when its log is damaged: the group is refused. */
  async open(spec: OpenGroup): Promise<Group | undefined> {
    const {clock, disk, random} = this.#io
    const newLogId = new Uint8Array(8)
    for (let i = 0; i < 8; i++) newLogId[i] = random.below(256)
    let group: Group | undefined
    const rebuild = await readRebuild(disk, spec)
    // Born again, listed or not, it never votes below what the others had heard of it.
    const reborn = rebuild && {birthHardState: {term: rebuild.term, vote: rebuild.vote, commit: 0}}
    const options: GroupLogOptions = {
      group: spec.name,
      topic: spec.topic,
      partition: spec.partition,
      dir: spec.dir,
      snapshotDir: spec.snapshotDir,
      logId: this.#listing.listed(spec.name),
      newLogId,
      ...reborn,
      birthConfState: {voters: [...spec.voters], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
      segmentBytesMax: spec.segmentBytes ?? this.#settings['segment.bytes'],
      segmentMsMax: spec.segmentMs ?? this.#settings['segment.ms'],
      tails: this.#tails,
      parts: this.#parts.wal,
      disk: this.#parts.wal.disk(disk),
      clock,
      reserve: this.#reserve,
      sidecars: spec.machine.resume !== undefined && !spec.compacted,
      checks: this.#checks,
      turns: this.#turns,
      listed: logId => this.#parts.group.listed(() => this.#listing.add(spec.name, logId)),
      fail: (error, file) => {
        this.#io.log('ERROR', `disk failed at ${file}: ${(error as Error).message}; this node ends`)
        this.#io.exit(74)
      },
      full: full => this.#full.told(spec.name, full),
      fetched: want => {
        group?.raft.entriesFetched(want)
        if (group) this.#mark(group)
      },
    }
    let opened = await openGroupLog(options)
    if ('refused' in opened && rebuild) {
      await emptyForRebuild(disk, spec)
      opened = await openGroupLog({...options, logId: undefined})
    }
    if ('refused' in opened) return this.refuse(spec.name, opened.refused)
    const {recovered} = opened.log
    if (recovered)
      try {
        spec.machine.restore(recovered.data)
      } catch (error) {
        await opened.log.close()
        const {index, term} = recovered.metadata
        const why = `its state is none of this group: ${(error as Error).message}`
        return this.refuse(spec.name, {file: `${spec.snapshotDir}/${snapshotName({index, term})}`, at: 0, why})
      }
    this.#resume(spec, opened.log)
    const core = this.#parts.group.core({
      id: this.#node,
      storage: opened.log,
      applied: opened.log.resumed?.index,
      random,
      electionTicks: ELECTION_TICKS,
      heartbeatTicks: HEARTBEAT_TICKS,
      preVote: true,
      checkQuorum: this.#parts.group.contact.required(),
      asyncStorageWrites: true,
      maxSizePerMessage: 1024 * 1024,
      maxCommittedSizePerReady: 4 * 1024 * 1024,
      maxUncommittedSize: Math.max(UNCOMMITTED_BYTES_MIN, 2 * this.#turns.profile.bytesMax),
      maxInflightMessages: 256,
      maxInflightBytes: 16 * 1024 * 1024,
      disableProposalForwarding: true,
      stepDownOnRemoval: true,
      acceptSnapshotOfOthers: true,
      coalesceProposals: true,
      log: (level, line) => this.#say(spec.name, level, line),
      parts: this.#parts.raft,
    })
    const raft = createRawNode(core)
    group = new Group(spec.name, this.#node, this.#host, {
      topicId: spec.topicId,
      raft,
      log: opened.log,
      machine: spec.machine,
      snapshotEvery: spec.compacted ? this.#settings['snapshot.interval.entries'] : undefined,
      quorum: voters => this.#parts.raft.quorum(voters),
      rules: this.#parts.group,
      ...(rebuild ? {rebuild: {until: rebuild.until, done: () => this.#rebuilt(spec)}} : {}),
    })
    spec.machine.attach(group)
    this.#groups.set(spec.name, group)
    const {address} = group
    this.#addressed.set(address, group)
    this.#quiescence.opened(group)
    this.#mark(group)
    const early = this.#early.filter(e => e.to === address)
    this.#early = this.#early.filter(e => e.to !== address)
    for (const {message} of early) group.receive(message)
    return group
  }

  /** What was applied before need not be applied again where the log's sidecars say what that came to. */
  #resume({machine, name}: OpenGroup, log: GroupLog): void {
    if (log.states.length === 0 || !machine.resume) return
    try {
      machine.resume(log.states, log.report.lastIndex)
    } catch (error) {
      this.#io.log('WARN', `${name} is applied from its log again: ${(error as Error).message}`)
      return
    }
    log.resume()
    machine.dropped(log.firstIndex() - 1)
    this.#io.log('INFO', `${name} goes on behind index ${log.resumed?.index}, by its sidecars`)
  }

  async #rebuilt(spec: OpenGroup): Promise<void> {
    try {
      await endRebuild(this.#io.disk, spec)
    } catch (error) {
      this.#io.log('ERROR', `disk failed in ${spec.dir}: ${(error as Error).message}; this node ends`)
      this.#io.exit(74)
    }
  }

  refuse(group: GroupName, {at, file, why}: Damage): undefined {
    this.refused.push({group, file, at, why})
    this.#io.log('ERROR', `refuses ${group}: ${file}@${at} ${why}`)
  }

  /** What was refused of this topic, or of it for this file alone, is not any more: what lies there is another's by now. */
  accept(topic: string, file?: string): void {
    for (let at = this.refused.length - 1; at >= 0; at--) {
      const refused = this.refused[at]
      if (splitGroupName(refused.group).topic === topic && (file === undefined || refused.file === file))
        this.refused.splice(at, 1)
    }
  }

  async close(name: GroupName): Promise<void> {
    const group = this.#groups.get(name)
    this.#groups.delete(name)
    this.#full.told(name, false)
    if (!group) return
    this.#addressed.delete(group.address)
    this.#quiescence.closed(group)
    await group.close()
  }

  /** No replica of this topic was ever born here, or refused. */
  async forget(topic: string): Promise<void> {
    this.accept(topic)
    for (const group of [...this.#listing.all().keys()])
      if (splitGroupName(group).topic === topic) await this.#listing.remove(group)
  }

  receive(to: GroupAddress, message: Message): void {
    const group = this.#addressed.get(to)
    if (group) group.receive(message)
    else {
      if (this.#early.length >= EARLY_MESSAGES_MAX) this.#early.shift()
      this.#early.push({to, message})
    }
  }

  /** A heartbeat of another node. Gives why it is none, or undefined. */
  heartbeat(from: NodeId, body: Uint8Array): string | undefined {
    return this.#quiescence.heard(from, body)
  }

  snapshotSent(address: GroupAddress, to: NodeId, ok: boolean): void {
    const group = this.#addressed.get(address)
    if (!group) return
    group.raft.reportSnapshot(to, ok)
    this.#mark(group)
  }

  /** Another process of this node is heard. */
  restarted(node: NodeId): void {
    for (const group of this.#groups.values()) group.restarted(node)
  }

  unreachable(node: NodeId): void {
    this.#quiescence.lost(node)
    for (const group of this.#groups.values()) {
      group.raft.reportUnreachable(node)
      this.#mark(group)
    }
  }

  /**
   * A node is dead: it closed its connection and refuses a new one. Its followers need not wait for the timeout; they campaign one after the
   * other, by their place among the voters, so that votes are not split.
   */
  dead(node: NodeId): void {
    this.#quiescence.lost(node)
    for (const group of this.#groups.values()) {
      if (group.raft.leader !== node) continue
      group.forgetLeader()
      const others = group.voters.filter(v => v !== node)
      const rank = (others.indexOf(this.#node) + others.length - (group.raft.term % others.length)) % others.length
      this.#io.clock.after(rank * 4 * this.#tickMs, () => {
        if (group.raft.leader === 0 && group.raft.role === 'follower' && !group.promised) group.campaign()
      })
      this.#mark(group)
    }
  }

  /** The core's lines begin with this node's number: everything in this log is this node's. */
  #say(group: GroupName, level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR', line: string): void {
    const name = `${this.#node.toString(16)} `
    const what = line.startsWith(name) ? line.slice(name.length) : line
    if (this.#host.talkative(group)) this.#io.log(level, what)
    else if (what.startsWith('became leader')) this.#io.log(level, `${group} ${what}`)
  }

  #mark(group: Group): void {
    if (!group.queued) {
      group.queued = true
      this.#dirty.push(group)
    }
    if (this.#scheduled) return
    this.#scheduled = true
    // All that the events at hand bring joins one turn: one write and one sync a group, one frame a peer.
    this.#io.clock.soon(() => this.#turn())
  }

  #turn(): void {
    this.#scheduled = false
    const dirty = this.#dirty
    this.#dirty = []
    for (const group of dirty) {
      group.queued = false
      group.process()
    }
    this.#events.flush()
  }

  #tick(): void {
    if (this.#stopped) return
    const now = this.#io.clock.monotonicMs()
    // However late, it counts once.
    this.#quiescence.tick()
    // All groups that are led here beat in the same tick, and the node with them: one write a peer.
    const together = ++this.#ticks % HEARTBEAT_TICKS === 0
    // By the clock, not by ticks: a busy node that ticks late is alive. A beat that is due soon goes with the groups'; before them, for a group that
    // has something to send is not at rest.
    const beats = now - this.#lastBeatMs >= (together ? 1 : HEARTBEAT_TICKS) * this.#tickMs - 1
    if (beats) {
      this.#lastBeatMs = now
      this.#quiescence.beat()
    }
    for (const group of this.#quiescence.awake) group.tick(together)
    if (beats && !this.#scheduled) this.#events.flush()
    this.#io.clock.after(this.#tickMs, () => this.#tick())
  }

  #changed(group: Group, news: GroupNews): void {
    this.#quiescence.leads(group)
    const {raft, log} = group
    for (const look of this.#handingOver) look()
    this.#events.changed({
      monotonicMs: this.#io.clock.monotonicMs(),
      wallMs: this.#io.clock.wallMs(),
      group: group.name,
      ...(group.topicId === '' ? {} : {topicId: group.topicId}),
      role: raft.role,
      leader: raft.leader,
      term: raft.term,
      vote: group.vote,
      commit: raft.commit,
      applied: group.applied,
      lastIndex: raft.lastIndex,
      synced: log.syncedIndex,
      syncedTerm: log.syncedHardState.term,
      serving: group.serving,
      ...news,
    })
  }

  /**
   * Before a clean stop, or when this node is to leave: every group led here is handed to another member, so that nobody waits for a timeout. Gives up after two election timeouts; then
   * the others elect somebody as after a crash.
   */
  async handOver(): Promise<void> {
    const going = [...this.#groups.values()].filter(group => group.handOver())
    if (going.length === 0) return
    await new Promise<void>(resolve => {
      const settle = (): void => {
        late.cancel()
        this.#handingOver.delete(look)
        resolve()
      }
      const look = (): void => {
        if (!going.some(group => group.raft.role === 'leader' && !group.closed)) settle()
      }
      const late = this.#io.clock.after(2 * this.electionMs, settle)
      this.#handingOver.add(look)
    })
    const left = going.filter(group => group.raft.role === 'leader').length
    this.#io.log('INFO', `handed over ${going.length - left} of ${going.length} leaderships`)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#groups.keys()].map(name => this.close(name)))
    await this.#listing.close()
  }
}
