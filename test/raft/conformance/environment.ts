import {concat, EMPTY, utf8} from '../../../src/base/bytes.ts'
import type {Index, NodeId, Term} from '../../../src/base/ids.ts'
import {SeededRandom} from '../../../src/base/random.ts'
import {
  type ConfChange,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  type ConfState,
  decodeConfChange,
  decodeConfChangeV2,
  type Entry,
  EntryType,
  entrySize,
  type HardState,
  type Snapshot,
} from '../../../src/formats/eraftpb.ts'
import {isStorage, newMessage} from '../../../src/raft/messages.ts'
import {createRawNode} from '../../../src/raft/raw-node.ts'
import {
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  MessageType,
  type RaftOptions,
  type RawNode,
} from '../../../src/raft/types.ts'
import type {Directive} from './datadriven.ts'
import {describeEntries, describeMessage, describeReady, ROLE_WORDS} from './describe.ts'
import {emptySnapshot, MemoryLog, StorageError} from './storage.ts'

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'NONE']
const NO_LIMIT = Number.MAX_SAFE_INTEGER
const REFUSALS = {
  localMessage: 'raft: cannot step raft local message',
  unknownPeer: 'raft: cannot step as peer not found',
  proposalDropped: 'raft proposal dropped',
}

/** A directive that could not be carried out; the text is part of the recorded output. */
class DirectiveError extends Error {}

interface Member {
  id: NodeId
  raft: RawNode
  log: MemoryLog
  async: boolean
  /** As of the last Ready. */
  hardState: HardState
  appendWork: Message[]
  applyWork: Message[]
  /** Snapshots of the state machine, one an applied entry. */
  history: Snapshot[]
}

/** A group of nodes in one process, driven by directives; what they print is what the recorded files hold. */
export class InteractionEnvironment {
  readonly #members: Member[] = []
  #inFlight: Message[] = []
  #level = 0
  #output = ''
  /** Index of each term's first entry: the empty one of its leader. */
  readonly #termBegins = new Map<Term, Index>()

  run(directive: Directive): string {
    this.#output = ''
    try {
      this.#handle(directive)
    } catch (error) {
      if (!(error instanceof DirectiveError || error instanceof StorageError)) throw error
      if (this.#quiet) return `${error.message}\n`
      this.#write(error.message)
    }
    if (this.#output === '') return 'ok\n'
    return this.#output.endsWith('\n') ? this.#output : `${this.#output}\n`
  }

  get #quiet(): boolean {
    return this.#level === LEVELS.length - 1
  }

  #write(text: string): void {
    if (!this.#quiet) this.#output += text
  }

  #log(level: string, line: string): void {
    if (LEVELS.indexOf(level) >= this.#level) this.#write(`${level} ${line}\n`)
  }

  #indented(run: () => void): void {
    const before = this.#output
    this.#output = ''
    try {
      run()
    } finally {
      const lines = this.#output.split('\n')
      if (lines[lines.length - 1] === '') lines.pop()
      this.#output = before + lines.map(line => `  ${line}\n`).join('')
    }
  }

  #handle(d: Directive): void {
    const node = () => this.#member(Number(d.args[0].key))
    switch (d.command) {
      case 'add-nodes':
        return void this.#addNodes(d)
      case 'campaign':
        return void node().raft.campaign()
      case 'propose':
        return void this.#proposed(node().raft.propose(utf8(d.args[1].key)))
      case 'propose-conf-change':
        return void this.#proposed(node().raft.proposeConfChange(changeOf(d)))
      case 'forget-leader':
        return void node().raft.forgetLeader()
      case 'transfer-leadership':
        return void this.#member(numberOf(d, 'from')).raft.transferLeader(numberOf(d, 'to'))
      case 'report-unreachable': {
        const [on, of] = nodesOf(d)
        return void this.#member(on).raft.reportUnreachable(of)
      }
      case 'tick-heartbeat':
        return void node().raft.tick()
      case 'tick-election':
        for (let n = 0; n < ELECTION_TICKS; n++) node().raft.tick()
        return
      case 'set-randomized-election-timeout':
        return void node().raft.pinElectionTimeout(numberOf(d, 'timeout'))
      case 'process-ready':
        return void this.#each(d, 'handling Ready', m => this.#processReady(m))
      case 'process-append-thread':
        return void this.#each(d, 'processing append thread', m => this.#processAppend(m))
      case 'process-apply-thread':
        return void this.#each(d, 'processing apply thread', m => this.#processApply(m))
      case 'deliver-msgs':
        return void this.#deliverAll(d)
      case 'stabilize':
        return void this.#stabilizeAt(d)
      case 'send-snapshot': {
        const [from, to] = nodesOf(d)
        return void this.#sendSnapshot(from, to)
      }
      case 'compact':
        node().log.compact(Number(d.args[1].key))
        return void this.#raftLog(node())
      case 'raft-log':
        return void this.#raftLog(node())
      case 'raft-state':
        return void this.#raftState()
      case 'status':
        for (const [id, progress] of node().raft.progress) this.#write(`${id}: ${progress}\n`)
        return
      case 'log-level':
        return void this.#setLevel(d.args[0].key)
      default:
        throw new DirectiveError('unknown command')
    }
  }

  #member(id: NodeId): Member {
    const member = this.#members[id - 1]
    if (!member) throw new DirectiveError(`no node ${id}`)
    return member
  }

  #proposed(result: object): void {
    if ('dropped' in result) throw new DirectiveError(REFUSALS.proposalDropped)
  }

  #setLevel(name: string): void {
    const level = LEVELS.indexOf(name.toUpperCase())
    if (level < 0) throw new DirectiveError(`log levels must be either of [${LEVELS.join(' ')}]`)
    this.#level = level
  }

  #addNodes(d: Directive): void {
    const {options, snapshot} = nodeOptions(d)
    const bootstrap = JSON.stringify(snapshot) !== JSON.stringify(emptySnapshot())
    if (bootstrap && snapshot.metadata.index <= 1)
      throw new DirectiveError('index must be specified as > 1 due to bootstrap')
    if (bootstrap) snapshot.metadata.term = 1
    const size = (entry: Entry) => this.#entrySize(entry)
    for (let n = 0; n < Number(d.args[0].key); n++) {
      const id = this.#members.length + 1
      const history = [snapshot]
      const log = new MemoryLog(() => history[history.length - 1], size)
      if (bootstrap) log.applySnapshot(snapshot)
      const raft = createRawNode({
        ...options,
        id,
        storage: log,
        random: new SeededRandom(id),
        entrySize: size,
        acceptTermless: true,
        log: (level, line) => this.#log(level, line),
        debug: true,
      })
      const {hardState} = raft.status()
      const {asyncStorageWrites} = options
      this.#members.push({id, raft, log, async: asyncStorageWrites, hardState, appendWork: [], applyWork: [], history})
    }
  }

  /** A configuration change that was refused keeps an explicit type where it is recorded: two bytes more than the empty entry of a new leader. */
  #entrySize(entry: Entry): number {
    const begins = this.#termBegins.get(entry.term)
    const refused =
      entry.type === EntryType.Normal && entry.data.length === 0 && begins !== undefined && entry.index > begins
    return entrySize(entry) + (refused ? 2 : 0)
  }

  #each(d: Directive, what: string, run: (member: Member) => void): void {
    const nodes = nodesOf(d)
    for (const id of nodes)
      if (nodes.length > 1) {
        this.#write(`> ${id} ${what}\n`)
        this.#indented(() => run(this.#member(id)))
      } else run(this.#member(id))
  }

  #processReady(member: Member): void {
    const {id, raft} = member
    const ready = raft.ready()
    const {append, apply} = ready
    const entries = append?.entries ?? []
    for (const {term, index} of entries)
      this.#termBegins.set(term, Math.min(index, this.#termBegins.get(term) ?? index))
    const hardState = append?.hardState
    const before = member.hardState
    const mustSync =
      entries.length > 0 ||
      (hardState !== undefined && (hardState.term !== before.term || hardState.vote !== before.vote))
    if (hardState) member.hardState = hardState
    const messages = [...ready.messages]
    if (!member.async) messages.push(...(append?.after ?? []).filter(m => m.to !== id))
    else {
      if (append) messages.push(appendWork(id, append))
      if (apply) {
        const work = {...newMessage(MessageType.MsgStorageApply, LOCAL_APPLY_THREAD), from: id}
        messages.push({...work, entries: apply.entries, responses: [apply.done]})
      }
    }
    const {softState, readStates} = ready
    this.#write(
      describeReady({
        softState,
        hardState,
        readStates,
        entries,
        snapshot: append?.snapshot,
        committed: apply?.entries ?? [],
        messages,
        mustSync,
      }),
    )
    if (!member.async) {
      store(member, hardState, entries, append?.snapshot)
      applyAll(member, apply?.entries ?? [])
    }
    for (const m of messages)
      if (m.type === MessageType.MsgStorageAppend) member.appendWork.push(m)
      else if (m.type === MessageType.MsgStorageApply) member.applyWork.push(m)
      else this.#inFlight.push(m)
    if (!member.async) raft.advance()
  }

  #processAppend(member: Member): void {
    const work = member.appendWork.shift()
    if (!work) {
      this.#write('no append work to perform')
      return
    }
    this.#write(`Processing:\n${describeMessage({...work, responses: undefined})}\n`)
    const {term, vote, commit} = work
    store(member, term || vote || commit ? {term, vote, commit} : undefined, work.entries, work.snapshot)
    this.#respond(work)
  }

  #processApply(member: Member): void {
    const work = member.applyWork.shift()
    if (!work) {
      this.#write('no apply work to perform')
      return
    }
    this.#write(`Processing:\n${describeMessage({...work, responses: undefined})}\n`)
    applyAll(member, work.entries)
    this.#respond(work)
  }

  #respond(work: Message): void {
    this.#write('Responses:\n')
    for (const m of work.responses ?? []) {
      this.#write(`${describeMessage(m)}\n`)
      this.#inFlight.push(m)
    }
  }

  #deliverAll(d: Directive): void {
    let type: MessageType | undefined
    const recipients: Array<{id: NodeId; drop: boolean}> = []
    for (const {key, values} of d.args)
      if (values.length === 0) recipients.push({id: Number(key), drop: false})
      else if (key === 'type') type = MessageType[values[0] as keyof typeof MessageType]
      else if (key === 'drop') for (const value of values) recipients.push({id: Number(value), drop: true})
    let count = 0
    for (const {id, drop} of recipients) count += this.#deliver(id, drop, type)
    if (count === 0) this.#write('no messages\n')
  }

  /** The number of messages that were there. */
  #deliver(to: NodeId, drop: boolean, type?: MessageType): number {
    const mine = (m: Message) => m.to === to && !(drop && isInternal(m)) && (type === undefined || m.type === type)
    const messages = this.#inFlight.filter(mine)
    this.#inFlight = this.#inFlight.filter(m => !mine(m))
    for (const m of messages) {
      this.#write(`${drop ? 'dropped: ' : ''}${describeMessage(m)}\n`)
      const refused = drop ? undefined : this.#member(to).raft.step(m)
      if (refused) this.#write(`${REFUSALS[refused]}\n`)
    }
    return messages.length
  }

  #stabilizeAt(d: Directive): void {
    const before = this.#level
    try {
      for (const {key, values} of d.args) if (key === 'log-level') this.#setLevel(values[0])
      const nodes = nodesOf(d)
      this.#stabilize(nodes.length > 0 ? nodes.map(id => this.#member(id)) : this.#members)
    } finally {
      this.#level = before
    }
  }

  #stabilize(members: readonly Member[]): void {
    for (let done = false; !done; ) {
      done = true
      const begin = (member: Member, what: string) => {
        this.#write(`> ${member.id} ${what}\n`)
        done = false
      }
      for (const member of members)
        if (member.raft.hasReady()) {
          begin(member, 'handling Ready')
          this.#indented(() => this.#processReady(member))
        }
      for (const member of members)
        if (this.#inFlight.some(m => m.to === member.id)) {
          begin(member, 'receiving messages')
          this.#indented(() => this.#deliver(member.id, false))
        }
      for (const member of members)
        if (member.appendWork.length > 0) {
          begin(member, 'processing append thread')
          while (member.appendWork.length > 0) this.#indented(() => this.#processAppend(member))
        }
      for (const member of members)
        if (member.applyWork.length > 0) {
          begin(member, 'processing apply thread')
          while (member.applyWork.length > 0) this.#indented(() => this.#processApply(member))
        }
    }
  }

  #sendSnapshot(from: NodeId, to: NodeId): void {
    const {raft, log} = this.#member(from)
    const m = {...newMessage(MessageType.MsgSnap, to, raft.term), from, snapshot: log.snapshot()}
    this.#inFlight.push(m)
    this.#write(describeMessage(m))
  }

  #raftLog({log}: Member): void {
    const entries = log.all()
    if (entries.length > 0) this.#write(describeEntries(entries))
    else this.#write(`log is empty: first index=${log.firstIndex()}, last index=${log.lastIndex()}`)
  }

  #raftState(): void {
    for (const {id, raft} of this.#members) {
      const {confState, hardState, role, leader} = raft.status()
      const voter = confState.voters.includes(id) || confState.votersOutgoing.includes(id)
      const word = voter ? '(Voter)' : '(Non-Voter)'
      this.#write(`${id}: ${ROLE_WORDS[role]} ${word} Term:${hardState.term} Lead:${leader}\n`)
    }
  }
}

const ELECTION_TICKS = 3

type NodeOptions = Omit<RaftOptions, 'id' | 'storage' | 'random'>

function nodeOptions(d: Directive): {options: NodeOptions; snapshot: Snapshot} {
  const options: NodeOptions = {
    electionTicks: ELECTION_TICKS,
    heartbeatTicks: 1,
    preVote: false,
    checkQuorum: false,
    asyncStorageWrites: false,
    maxSizePerMessage: NO_LIMIT,
    maxCommittedSizePerReady: 0,
    maxUncommittedSize: 0,
    maxInflightMessages: 2 ** 31 - 1,
  }
  const snapshot = emptySnapshot()
  const {metadata} = snapshot
  for (const {key, values} of d.args.slice(1))
    for (const value of values)
      switch (key) {
        case 'voters':
          metadata.confState = {...metadata.confState, voters: [...metadata.confState.voters, Number(value)]}
          break
        case 'learners':
          metadata.confState = {...metadata.confState, learners: [...metadata.confState.learners, Number(value)]}
          break
        case 'index':
          metadata.index = Number(value)
          options.applied = metadata.index
          break
        case 'content':
          snapshot.data = utf8(value)
          break
        case 'inflight':
          options.maxInflightMessages = Number(value)
          break
        case 'async-storage-writes':
          options.asyncStorageWrites = isTrue(value)
          break
        case 'prevote':
          options.preVote = isTrue(value)
          break
        case 'checkquorum':
          options.checkQuorum = isTrue(value)
          break
        case 'max-committed-size-per-ready':
          options.maxCommittedSizePerReady = Number(value)
          break
        case 'disable-conf-change-validation':
          options.disableConfChangeValidation = isTrue(value)
          break
        case 'read-only':
          if (value !== 'safe' && value !== 'lease-based')
            throw new DirectiveError(`invalid read-only option "${value}"`)
          options.readOnly = value
          break
        case 'step-down-on-removal':
          options.stepDownOnRemoval = isTrue(value)
          break
      }
  return {options, snapshot}
}

function isTrue(value: string): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)
}

function nodesOf(d: Directive): NodeId[] {
  return d.args.filter(a => a.values.length === 0).map(a => Number(a.key))
}

function numberOf(d: Directive, key: string): number {
  return Number(d.args.find(a => a.key === key)?.values[0])
}

const LETTERS: Record<string, ConfChangeType> = {
  v: ConfChangeType.AddNode,
  l: ConfChangeType.AddLearnerNode,
  r: ConfChangeType.RemoveNode,
  u: ConfChangeType.UpdateNode,
}
const TRANSITIONS: Record<string, ConfChangeTransition> = {
  auto: ConfChangeTransition.Auto,
  implicit: ConfChangeTransition.JointImplicit,
  explicit: ConfChangeTransition.JointExplicit,
}

/** `v1 l2 r3 u4` */
export function parseChanges(text: string): ConfChangeV2['changes'] {
  const tokens = text.trim() === '' ? [] : text.trim().split(' ')
  return tokens.map(token => {
    if (token.length < 2) throw new DirectiveError(`unknown token ${token}`)
    const type = LETTERS[token[0]]
    if (type === undefined) throw new DirectiveError(`unknown input: ${token}`)
    return {type, nodeId: Number(token.slice(1))}
  })
}

function changeOf(d: Directive): ConfChange | ConfChangeV2 {
  let v1 = false
  let transition: ConfChangeTransition = ConfChangeTransition.Auto
  for (const {key, values} of d.args.slice(1))
    for (const value of values)
      if (key === 'v1') v1 = isTrue(value)
      else if (key === 'transition') {
        if (TRANSITIONS[value] === undefined) throw new DirectiveError(`unknown transition ${value}`)
        transition = TRANSITIONS[value]
      } else throw new DirectiveError(`unknown command ${key}`)
  const changes = parseChanges(d.input)
  if (!v1) return {transition, changes, context: EMPTY}
  if (changes.length !== 1 || transition !== ConfChangeTransition.Auto)
    throw new DirectiveError('v1 conf change can only have one operation and no transition')
  return {...changes[0], context: EMPTY}
}

/** What the storage is told to write, as one message. */
function appendWork(
  id: NodeId,
  append: {hardState?: HardState; entries: Entry[]; snapshot?: Snapshot; after: Message[]},
): Message {
  const {hardState, entries, snapshot, after} = append
  return {
    ...newMessage(MessageType.MsgStorageAppend, LOCAL_APPEND_THREAD, hardState?.term ?? 0),
    from: id,
    vote: hardState?.vote ?? 0,
    commit: hardState?.commit ?? 0,
    entries,
    snapshot,
    responses: after,
  }
}

function store(
  {log}: Member,
  hardState: HardState | undefined,
  entries: readonly Entry[],
  snapshot: Snapshot | undefined,
): void {
  if (hardState) log.setHardState(hardState)
  if (!snapshot) {
    log.append(entries)
    return
  }
  if (entries.length > 0) throw new DirectiveError("can't apply snapshot and entries at the same time")
  log.applySnapshot(snapshot)
}

/** The state machine: what it holds is everything that was applied, one behind the other. */
function applyAll({raft, history}: Member, entries: readonly Entry[]): void {
  for (const {type, data, index, term} of entries) {
    const last = history[history.length - 1]
    let update = data
    let confState: ConfState = last.metadata.confState
    if (type !== EntryType.Normal) {
      const change = type === EntryType.ConfChange ? decodeConfChange(data) : decodeConfChangeV2(data)
      update = change.context
      confState = raft.applyConfChange(change)
    }
    history.push({data: concat([last.data, update]), metadata: {index, term, confState}})
  }
}

/** Between a node and its own storage, or itself. */
function isInternal(m: Message): boolean {
  return m.from === m.to || isStorage(m.from) || isStorage(m.to)
}
