import {EMPTY, fromUtf8} from '../base/bytes.ts'
import {
  type GroupAddress,
  type GroupName,
  type Index,
  METADATA_GROUP,
  type NodeId,
  splitGroupName,
  type Term,
} from '../base/ids.ts'
import {membersInWords} from '../base/members-in-words.ts'
import type {Group} from '../broker/group.ts'
import type {NodeLook} from '../broker/node.ts'
import {PartitionReplica} from '../broker/partition/partition.ts'
import {eachFrame, FrameKind} from '../broker/peer-frame.ts'
import type {ConfChangeV2, ConfState, HardState} from '../formats/eraftpb.ts'
import {ProtobufReader} from '../formats/protobuf.ts'
import {iterateRecords} from '../formats/record-batch.ts'
import {TAG_BATCH} from '../inspect/batches.ts'
import {decodeMessage} from '../raft/codec.ts'
import {type Message, MessageType} from '../raft/types.ts'
import type {BadCopies} from './bad-copies.ts'
import {decides, sameMembers} from './configurations.ts'
import {FULL_EVERY, fullPass, notHeld} from './full-pass.ts'
import {type Incarnation, idOf, incarnation, incarnationOf, nameOf, topicIdOn, topicKey} from './incarnation.ts'
import type {Life, Machine} from './machine.ts'
import {type GroupTruth, newTruth, type Violation} from './truth.ts'
import {type LogMirror, WalMirror, type WrittenEntry} from './wal-mirror.ts'

interface Seen {
  group: Group
  is: Incarnation
  term: Term
  role: string
  commit: Index
  applied: Index
  asleep: boolean
  /** It waited for its turn when it was last looked at. */
  queued: boolean
  configuration: ConfState | undefined
  /** A new leader whose log is still to be held against what is committed. */
  newLeader: boolean
}

export interface InvariantsHost {
  machines: readonly Machine[]
  bad: BadCopies
  event(): number
  now(): number
  violated(violation: Violation): void
}

/** The messages that say something about what their sender keeps, or asks for. */
const PROMISES: ReadonlySet<number> = new Set([MessageType.MsgVote, MessageType.MsgAppResp, MessageType.MsgVoteResp])

/** Whatever moves a group marks it for its node's next turn: one that neither waits for it nor has just had it is as it was. */
function mayHaveMoved(group: Group, seen: Seen): boolean {
  return group.queued || seen.queued || seen.newLeader || group.asleep !== seen.asleep || group.applied !== seen.applied
}

/** The type of an encoded message: its first field, left out when it is 0. No type is above 127. */
function typeOf(message: Uint8Array): number {
  return message[0] === 1 << 3 ? message[1] : 0
}

/**
 * What must hold after every event, over all nodes and all their lives. Only the node that the event touched is looked at; what it wrote and
 * what it sent is decoded from the bytes.
 */
export class Invariants {
  readonly #host: InvariantsHost
  readonly #truths = new Map<Incarnation, GroupTruth>()
  /** The first digits of the id of each topic whose deletion somebody has applied. */
  readonly #deleted = new Set<string>()
  readonly mirrors = new Map<NodeId, WalMirror>()
  /** Logs that were moved aside, the last of each node and group: `2 orders/1`. */
  readonly #aside = new Map<string, LogMirror>()
  /** Of each life its groups, in their order: they are looked at after every event. */
  readonly #seen = new WeakMap<Life, Seen[]>()
  /** What each leading replica showed when it was last looked at. */
  readonly #shown = new WeakMap<PartitionReplica, {epoch: Term; offset: number}>()
  /** How often each state of the code was reached. */
  readonly reached = new Map<string, number>()

  constructor(host: InvariantsHost) {
    this.#host = host
    for (const machine of host.machines) {
      const events = {
        written: (log: LogMirror, entry: WrittenEntry) => this.#written(machine, log, entry),
        overwritten: (group: Incarnation, from: Index) => this.#overwritten(machine, group, from),
        rotated: () => this.count('rotated'),
        synced: (group: Incarnation, m: LogMirror, states: readonly HardState[]) =>
          this.#synced(machine, group, m, states),
      }
      const mirror = new WalMirror(events, topic => topicIdOn(machine.disk, topic))
      machine.disk.watcher = mirror
      this.mirrors.set(machine.id, mirror)
    }
  }

  /** The topics, by name, that are deleted and made again: of what is written to them it is kept which one it was written to. */
  again: ReadonlySet<string> = new Set()
  /** By value of a record: the topics, each as `topicKey` names it, into whose logs it was written. */
  readonly writtenTo = new Map<string, Set<string>>()

  /** By `topicKey`: when a node last had it in its metadata, µs. */
  readonly lastKnown = new Map<string, number>()
  /** Which one each life knew by each name when it was last looked at. */
  readonly #knows = new WeakMap<Life, Map<string, string>>()

  /** Its deletion is committed: what was said of it holds, and nobody owes it anything any more. */
  isDeleted(group: Incarnation): boolean {
    return this.#deleted.has(idOf(group))
  }

  /** Told of every change of role. */
  became: (life: Life, role: string, group: GroupName) => void = () => {}

  count(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1)
  }

  #fail(check: string, text: string): void {
    this.#host.violated({check, text, event: this.#host.event(), at: this.#host.now()})
  }

  #truth(group: Incarnation): GroupTruth {
    let truth = this.#truths.get(group)
    if (!truth) {
      truth = newTruth()
      this.#truths.set(group, truth)
    }
    return truth
  }

  /** Log matching, on the bytes: the same index and term is the same entry behind the same entry, on every node that ever wrote it. */
  #written(machine: Machine, log: LogMirror, entry: WrittenEntry): void {
    const {group, written} = log
    const {index, crc, change} = entry
    if (entry.tag === TAG_BATCH && this.again.size > 0) this.#recordsWritten(machine, group, entry.data)
    const term = written.term(index) as Term
    const before = written.term(index - 1)
    if (change) this.#changeWritten(machine, log, index, term, change)
    const {entries, committed} = this.#truth(group)
    const key = `${index} ${term}`
    const known = entries.get(key)
    if (!known) entries.set(key, {crc, before})
    else if (known.crc !== crc)
      this.#fail('L6', `n${machine.id} writes another entry ${index} of term ${term} of ${group}`)
    else if (known.before !== undefined && before !== undefined && known.before !== before)
      this.#fail(
        'L6',
        `n${machine.id} writes entry ${index} of term ${term} of ${group} behind one of term ${before}, others have it behind term ${known.before}`,
      )
    const is = committed[index]
    if (is !== undefined && is !== term && this.#appliedBy(machine, group) >= index)
      this.#fail('L3', `n${machine.id} overwrites entry ${index} of ${group}, committed in term ${is}, by term ${term}`)
  }

  /** What is committed stays on a majority of disks, also while a log is being overwritten. */
  #overwritten(machine: Machine, group: Incarnation, from: Index): void {
    this.count('overwrote entries')
    if (this.isDeleted(group)) return
    const short = notHeld({mirrors: this.mirrors, bad: this.#host.bad}, group, this.#truth(group), from)
    if (short) this.#fail('D7', `n${machine.id} overwrites its log of ${group} from entry ${from} on: ${short}`)
  }

  /** Thesis 4.1: who leads begins a change only when it has applied every one before it, and all that lies before its term is committed. */
  #changeWritten(machine: Machine, {group, written}: LogMirror, index: Index, term: Term, change: ConfChangeV2): void {
    const {configurations} = this.#truth(group)
    configurations.wrote(index, term, change)
    this.count('members changed')
    const here = this.#here(machine, group)
    if (here?.raft.role !== 'leader' || here.raft.term !== term) return
    for (let at = here.applied + 1; at < index; at++)
      if (configurations.isChange(at, written.term(at)))
        this.#fail('L7', `n${machine.id} leads ${group} and begins change ${index}; change ${at} is not applied yet`)
    let first = index
    while (first > written.base + 1 && written.term(first - 1) === term) first--
    if (here.raft.commit < first - 1)
      this.#fail(
        'L7',
        `n${machine.id} leads ${group} and begins change ${index}; what lies before its term ${term} (up to ${first - 1}) is committed up to ${here.raft.commit} only`,
      )
  }

  #appliedBy(machine: Machine, group: Incarnation): Index {
    return this.#here(machine, group)?.applied ?? 0
  }

  /** The open replica of this one; another topic's under its name is none. */
  #here(machine: Machine, group: Incarnation): Group | undefined {
    const here = machine.life?.look?.group(nameOf(group))
    return here && incarnationOf(here) === group ? here : undefined
  }

  /** These clients send a record once: it stands in one topic. */
  #recordsWritten(machine: Machine, group: Incarnation, batch: Uint8Array): void {
    const {topic} = splitGroupName(nameOf(group))
    if (!this.again.has(topic)) return
    const key = topicKey(topic, idOf(group))
    for (const {value} of iterateRecords(batch)) {
      const text = fromUtf8(value ?? EMPTY)
      const to = this.writtenTo.get(text)
      if (!to) this.writtenTo.set(text, new Set([key]))
      else if (!to.has(key)) {
        this.#fail(
          'H4',
          `n${machine.id} writes ${text} to the log of ${key}; it was sent once, and is in that of ${[...to]}`,
        )
        to.add(key)
      }
    }
  }

  #synced(machine: Machine, group: Incarnation, mirror: LogMirror, states: readonly HardState[]): void {
    let before = mirror.hardState
    const promised = this.#truth(group).promised.get(`${machine.id}.${machine.disks}`) ?? 0
    for (const state of states) {
      if (state.term < promised)
        this.#fail(
          'L2',
          `n${machine.id} ${group}: the synced term is ${state.term}; it had promised something to another node in term ${promised}`,
        )
      if (state.term < before.term)
        this.#fail('L2', `n${machine.id} ${group}: the synced term falls from ${before.term} to ${state.term}`)
      else if (state.term === before.term && before.vote !== 0 && state.vote !== before.vote)
        this.#fail(
          'D5',
          `n${machine.id} ${group}: in term ${state.term} the synced vote changes from ${before.vote} to ${state.vote}`,
        )
      if (state.commit < before.commit)
        this.#fail('L3', `n${machine.id} ${group}: the synced commit falls from ${before.commit} to ${state.commit}`)
      if (state.vote !== 0) this.#vote(machine, group, state.term, state.vote, 'synced')
      else if (this.#truth(group).asked.has(`${machine.id}.${machine.lives} ${state.term}`))
        this.#fail('D5', `n${machine.id} campaigns in ${group} in term ${state.term}, and stores no vote for itself`)
      before = state
    }
  }

  #vote({id: voter, disks}: Machine, group: Incarnation, term: Term, candidate: NodeId, where: string): void {
    const {votes} = this.#truth(group)
    const key = `${voter}.${disks} ${term}`
    const given = votes.get(key)
    if (given === undefined) votes.set(key, candidate)
    else if (given !== candidate)
      this.#fail('D5', `n${voter} votes in ${group}, term ${term}, for ${given} and for ${candidate} (${where})`)
  }

  /** Everything that a node writes to a peer, before it can arrive: one write holds whole frames. */
  sent(life: Life, bytes: Uint8Array): void {
    // The others refuse a node whose disk was replaced: it promises nothing to anybody.
    if (this.#host.bad.isWiped(life.machine)) return
    eachFrame(bytes, (kind, body) => {
      if (kind !== FrameKind.Raft) return
      const r = new ProtobufReader(body)
      while (r.next()) {
        const inner = new ProtobufReader(r.view())
        let group: Uint8Array = EMPTY
        while (inner.next())
          if (inner.field === 1) group = inner.view()
          else if (inner.field === 2) {
            const message = inner.view()
            if (PROMISES.has(typeOf(message)))
              this.#message(life.machine, this.#addressed(life, fromUtf8(group)), decodeMessage(message))
          } else inner.skip()
      }
    })
  }

  /** Whoever names no topic speaks for the one that it has open. */
  #addressed({look}: Life, address: GroupAddress): Incarnation {
    if (address === METADATA_GROUP || idOf(address) !== '') return address
    const open = look?.group(address)
    return open ? incarnationOf(open) : address
  }

  #message(machine: Machine, group: Incarnation, m: Message): void {
    const mirror = this.mirrors.get(machine.id)?.groups.get(group)
    if (m.type === MessageType.MsgVote) {
      // Who asks for votes has given its own to itself: within this life no HardState of that term is without it.
      this.#truth(group).asked.add(`${machine.id}.${machine.lives} ${m.term}`)
      // A term that is forgotten could be won once more, with another log.
      const synced = mirror?.hardState.term ?? 0
      if (synced < m.term)
        this.#fail(
          'S1',
          `n${machine.id} asks for votes in ${group} in term ${m.term}; the synced HardState is of term ${synced}`,
        )
      return
    }
    if (!mirror) {
      this.#fail('S1', `n${machine.id} answers in ${group}, of which nothing was ever written here`)
      return
    }
    const promises = m.type === MessageType.MsgAppResp ? m.index > 0 : true
    const listed =
      this.#host.bad.isDamaged(machine.id, nameOf(group)) ||
      this.mirrors.get(machine.id)?.listed.has(group) ||
      // Said before its line was taken back, and sent after that.
      this.isDeleted(group)
    if (promises && !m.reject && !listed)
      this.#fail('S1', `n${machine.id} promises something in ${group}, which its groups.log does not list yet`)
    const {hardState, synced} = mirror
    if (m.type === MessageType.MsgVoteResp) {
      if (m.reject) return
      this.#vote(machine, group, m.term, m.to, 'answered')
      this.#promises(machine, group, m.term)
      if (hardState.term < m.term || (hardState.term === m.term && hardState.vote !== m.to))
        this.#fail(
          'S1',
          `n${machine.id} grants its vote in ${group}, term ${m.term}, to n${m.to}; synced are term ${hardState.term} and vote ${hardState.vote}`,
        )
      return
    }
    if (m.reject || m.index === 0) return
    this.#promises(machine, group, m.term)
    if (hardState.term < m.term)
      this.#fail(
        'S1',
        `n${machine.id} acknowledges in ${group} in term ${m.term}; the synced HardState is of term ${hardState.term}`,
      )
    if (synced.last < m.index)
      this.#fail(
        'S1',
        `n${machine.id} acknowledges entry ${m.index} of ${group}; synced is the log up to ${synced.last}`,
      )
  }

  /** The logs of these groups were moved aside; what their node promised to others in them holds all the same. */
  aside({id, disks}: Machine, groups: ReadonlySet<GroupName>): void {
    const mirror = this.mirrors.get(id)
    for (const [group, log] of [...(mirror?.groups ?? [])]) {
      if (!groups.has(nameOf(group))) continue
      mirror?.groups.delete(group)
      this.#aside.set(`${id} ${group}`, log)
    }
    for (const [group, {votes}] of this.#truths) {
      if (!groups.has(nameOf(group))) continue
      // What it promised to itself as a candidate is over with that life.
      for (const [key, candidate] of votes) if (candidate === id && key.startsWith(`${id}.${disks} `)) votes.delete(key)
    }
  }

  #promises({id, disks}: Machine, group: Incarnation, term: Term): void {
    const {promised} = this.#truth(group)
    const key = `${id}.${disks}`
    promised.set(key, Math.max(term, promised.get(key) ?? 0))
  }

  /** Over everything, now and then and at the end. */
  full(): void {
    const {machines, bad} = this.#host
    fullPass({
      machines,
      bad,
      mirrors: this.mirrors,
      truths: this.#truths,
      isDeleted: group => this.isDeleted(group),
      fail: (check, text) => this.#fail(check, text),
    })
  }

  /** After an event; `life` is whose it was. */
  after(life: Life | undefined): void {
    if (life) this.#touched(life)
    if (this.#host.event() % FULL_EVERY === 0) this.full()
  }

  /** A node answers for the topic that it knows by that name, and for no other one. */
  #knowsNow(life: Life, {image}: NodeLook): void {
    const before = this.#knows.get(life) ?? new Map<string, string>()
    this.#knows.set(life, before)
    for (const name of this.again) {
      const topic = image.topics.get(name)
      const key = topic && topicKey(name, topic.id)
      const last = before.get(name)
      // It may have answered in the event that ended it.
      if (last !== undefined && last !== key) this.lastKnown.set(last, this.#host.now())
      if (key !== undefined) this.lastKnown.set(key, this.#host.now())
      if (key !== undefined) before.set(name, key)
      else before.delete(name)
    }
  }

  #touched(life: Life): void {
    const {look} = life
    if (!look || !life.alive) return
    this.#knowsNow(life, look)
    if (this.#host.bad.isWiped(life.machine)) {
      for (const {name, raft} of look.groups())
        if (raft.role === 'leader')
          this.#fail('L5', `${life.name} leads ${name}; its disk was replaced by an empty one`)
      return
    }
    let at = 0
    for (const group of look.groups()) {
      const seen = this.#seenOf(life, group, at++)
      if (!mayHaveMoved(group, seen)) continue
      seen.queued = group.queued
      this.#group(life, group, seen)
      // Between an event and the turn of its group a replica that was deposed still has the leader's state, and shows it to nobody.
      if (group.raft.role !== 'leader') continue
      const {machine} = group
      if (machine instanceof PartitionReplica && machine.leading && group.leading) this.#highWatermark(life, machine)
    }
  }

  #group(life: Life, group: Group, seen: Seen): void {
    const {raft, applied} = group
    const {term, role, commit} = raft
    if (term !== seen.term) {
      if (term < seen.term) this.#fail('L2', `${life.name} ${group.name}: the term falls from ${seen.term} to ${term}`)
      seen.term = term
    }
    if (commit !== seen.commit) {
      if (commit < seen.commit)
        this.#fail('L3', `${life.name} ${group.name}: the commit index falls from ${seen.commit} to ${commit}`)
      else if (role === 'leader' && seen.role === 'leader') this.#ledCommit(life, group)
      seen.commit = commit
    }
    if (group.asleep !== seen.asleep) {
      if (group.asleep) this.count('asleep')
      seen.asleep = group.asleep
    }
    if (role !== seen.role) {
      this.count(role)
      this.became(life, role, group.name)
      if (role === 'leader') this.#leads(life, group, seen)
      seen.role = role
    }
    if (applied !== seen.applied) {
      this.#applied(life, group, seen)
      seen.applied = applied
      this.#configured(life, group, seen)
    }
    if (seen.newLeader) this.#complete(life, group, seen)
  }

  /** `at` is its place among the groups of this life. */
  #seenOf(life: Life, group: Group, at: number): Seen {
    let all = this.#seen.get(life)
    if (!all) {
      all = []
      this.#seen.set(life, all)
    }
    // Groups that are closed move the places of those behind them.
    if (all[at]?.group !== group) {
      const elsewhere = all.findIndex(s => s.group === group)
      const [seen] = elsewhere < 0 ? [this.#first(life, group)] : all.splice(elsewhere, 1)
      all.splice(at, 0, seen)
    }
    return all[at]
  }

  #first(life: Life, group: Group): Seen {
    const is = incarnationOf(group)
    const mirror = this.mirrors.get(life.machine.id)?.groups.get(is)
    const {term, commit} = group.raft
    this.#truth(is).configurations.born(group.configuration)
    if (mirror && term < mirror.hardState.term)
      this.#fail('L2', `${life.name} ${group.name} starts in term ${term}; synced was term ${mirror.hardState.term}`)
    if (mirror && commit < mirror.hardState.commit)
      this.#fail('L3', `${life.name} ${group.name} starts with commit ${commit}; synced was ${mirror.hardState.commit}`)
    // Whatever it is, it became that: a node that leads from its first moment on is a new leader.
    return {
      group,
      is,
      term,
      role: 'follower',
      commit,
      applied: 0,
      newLeader: false,
      asleep: false,
      queued: true,
      configuration: undefined,
    }
  }

  #leads(life: Life, group: Group, seen: Seen): void {
    const {leaders} = this.#truth(seen.is)
    const {term} = group.raft
    const other = leaders.get(term)
    if (other !== undefined && other !== life.name)
      this.#fail('L1', `${other} and ${life.name} both lead ${group.name} in term ${term}`)
    leaders.set(term, life.name)
    seen.newLeader = true
    this.#elected(life, group, seen.is)
  }

  /** Who leads has the votes of a majority of the members that it believes in: of both halves while they are two. */
  #elected({name, machine}: Life, group: Group, is: Incarnation): void {
    const {term} = group.raft
    const {votes} = this.#truth(is)
    const has = (voter: NodeId): boolean => {
      for (let disk = this.#host.machines[voter - 1]?.disks ?? 0; disk > 0; disk--)
        if (votes.get(`${voter}.${disk} ${term}`) === machine.id) return true
      return false
    }
    if (!decides(group.configuration, has))
      this.#fail(
        'L7q',
        `${name} leads ${group.name} in term ${term} by the votes of ${group.voters.filter(has).join(' ')} of ${membersInWords(group.configuration)}`,
      )
  }

  /** Leader completeness, as soon as its first entry of its term is in its bytes: then everything of earlier terms before it is too. Later ones are its own. */
  #complete(life: Life, group: Group, seen: Seen): void {
    if (group.raft.role !== 'leader') {
      seen.newLeader = false
      return
    }
    const written = this.mirrors.get(life.machine.id)?.groups.get(seen.is)?.written
    if (!written || written.term(written.last) !== group.raft.term) return
    seen.newLeader = false
    if (this.isDeleted(seen.is)) return
    const {committed, committedBy} = this.#truth(seen.is)
    for (let at = committed.length - 1; at > Math.max(0, written.base); at--) {
      const is = committed[at]
      // A leader that was paused for a while may learn late that others lead by now, and commit: it owes what was committed before its term.
      if (is === undefined || committedBy[at] >= group.raft.term || written.term(at) === is) continue
      this.#fail(
        'L5',
        `${life.name} leads ${group.name} in term ${group.raft.term}; its entry ${at} is of term ${written.term(at) ?? 'none'}, committed was term ${is}`,
      )
      return
    }
  }

  #applied(life: Life, group: Group, seen: Seen): void {
    const truth = this.#truth(seen.is)
    const mirror = this.mirrors.get(life.machine.id)?.groups.get(seen.is)
    const {applied} = group
    if (applied < seen.applied)
      this.#fail('L3', `${life.name} ${group.name}: what is applied falls from ${seen.applied} to ${applied}`)
    for (let at = seen.applied + 1; at <= applied; at++) {
      const term = mirror?.synced.term(at) ?? mirror?.written.term(at)
      if (term === undefined) {
        if (at > (mirror?.written.base ?? 0))
          this.#fail('D7', `${life.name} applies entry ${at} of ${group.name}, which is not in its bytes`)
        continue
      }
      const is = truth.committed[at]
      if (is === undefined) {
        truth.committed[at] = term
        truth.committedBy[at] = group.raft.term
        this.#onQuorum(life, group, seen.is, at, term)
        truth.configurations.committed(at, term)
      } else if (is !== term)
        this.#fail(
          'L3',
          `${life.name} applies entry ${at} of ${group.name} of term ${term}; committed was term ${is} there`,
        )
    }
    if (group.name === METADATA_GROUP) this.#deletions(life)
    const hash = group.machine.stateHash()
    const known = truth.states.get(applied)
    if (!known) truth.states.set(applied, {hash, by: life.name})
    else if (known.hash !== hash)
      this.#fail('L4', `${life.name} and ${known.by} have other states of ${group.name} at applied index ${applied}`)
  }

  /** What one node has applied is committed. */
  #deletions({look}: Life): void {
    for (const id of look?.image.deleted ?? []) {
      const digits = idOf(incarnation('', id))
      if (this.#deleted.has(digits)) continue
      this.#deleted.add(digits)
      this.count('topic deleted')
    }
  }

  /** Paper 5.4.2: a leader counts replicas for entries of its own term only; what lies before is committed with them. */
  #ledCommit(life: Life, group: Group): void {
    const {term, commit} = group.raft
    const is = this.mirrors.get(life.machine.id)?.groups.get(incarnationOf(group))?.written.term(commit)
    if (is !== undefined && is !== term)
      this.#fail('L5', `${life.name} leads ${group.name} in term ${term} and commits entry ${commit} of term ${is}`)
  }

  /** Committed is what lies synced on a majority. */
  #onQuorum(life: Life, group: Group, is: Incarnation, at: Index, term: Term): void {
    // Of a topic that is deleted a node that knows of it keeps nothing, and one that does not may go on with the others that do not.
    if (this.isDeleted(is)) return

    const holds = (log: LogMirror | undefined): boolean => log?.synced.term(at) === term
    // What a log held that was moved aside is in the order by which it is rebuilt: it was acknowledged, and the acknowledgement may be on its way.
    const has = (voter: NodeId): boolean =>
      holds(this.mirrors.get(voter)?.groups.get(is)) ||
      (this.#host.bad.isDamaged(voter, group.name) && holds(this.#aside.get(`${voter} ${is}`)))
    const deciding = this.#truth(is).configurations.deciding(at)
    if (deciding.some(state => decides(state, has))) return
    const holders = group.voters.filter(has).length
    this.#fail(
      'D7',
      `${life.name} applies entry ${at} of ${group.name}, term ${term}: it is synced on ${holders} of ${group.voters.length} nodes`,
    )
  }

  /** The configuration in force is the one that the log makes up to what is applied, and who leads is a voter in it. */
  #configured(life: Life, {name, applied, configuration, voters, raft}: Group, seen: Seen): void {
    const {configurations} = this.#truth(seen.is)
    const is = configurations.at(applied)
    if (is && !sameMembers(is, configuration))
      this.#fail(
        'L7',
        `${life.name} ${name}: in force at applied index ${applied} are ${membersInWords(configuration)}; by the log they are ${membersInWords(is)}`,
      )
    if (seen.configuration !== configuration) {
      seen.configuration = configuration
      // The core may have taken a newer snapshot already, which is not in place yet.
      const {confState} = raft.status()
      if (is && !configurations.isFrom(applied, confState))
        this.#fail(
          'L7',
          `${life.name} ${name}: the core goes by ${membersInWords(confState)} at applied index ${applied}; by the log they are ${membersInWords(is)}`,
        )
    }
    if (raft.role === 'leader' && !voters.includes(life.machine.id))
      this.#fail(
        'L7',
        `${life.name} leads ${name} in term ${raft.term}; its voters are ${membersInWords(configuration)}`,
      )
  }

  /** What leaders of later terms show is never below what leaders of earlier ones showed. */
  #highWatermark(life: Life, replica: PartitionReplica): void {
    const {highWatermark: offset, epoch} = replica
    const last = this.#shown.get(replica)
    if (last && last.epoch === epoch && last.offset === offset) return
    this.#shown.set(replica, {epoch, offset})
    const {name} = replica.group
    const {highWatermarks: shown} = this.#truth(incarnationOf(replica.group))
    for (const other of shown) {
      const fell = other.epoch <= epoch ? other.offset > offset : other.offset < offset
      if (fell)
        this.#fail(
          'L3',
          `${life.name} shows high watermark ${offset} of ${name} in epoch ${epoch}; ${other.by} had shown ${other.offset} in epoch ${other.epoch}`,
        )
    }
    const own = shown.find(s => s.epoch === epoch)
    if (own) own.offset = Math.max(own.offset, offset)
    else shown.push({epoch, offset, by: life.name})
  }

  committedOf(group: GroupName): Index {
    let entries = 0
    for (const [is, {committed}] of this.#truths) if (nameOf(is) === group) entries += Math.max(0, committed.length - 1)
    return entries
  }
}
