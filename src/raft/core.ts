import type {Index, NodeId, Term} from '../base/ids.ts'
import {invariant} from '../base/invariant.ts'
import {entrySize} from '../formats/eraftpb.ts'
import {RaftLog} from './log.ts'
import {isTermless} from './messages.ts'
import {defaultRaftParts} from './parts.ts'
import {ReadRequests} from './read-requests.ts'
import {Tracker} from './tracker.ts'
import {type Message, MessageType, type RaftOptions, type RaftParts, type ReadState, type Role} from './types.ts'

/** Why a node campaigns: after a timeout it may have to ask first (pre-vote); asked by its leader it does not. */
export type Campaign = 'pre-election' | 'election' | 'transfer'

/** The state of one member of one group, and its way out: messages. What happens to it stands in the files beside this one. */
export class Core {
  readonly id: NodeId
  readonly options: RaftOptions
  readonly parts: RaftParts
  readonly log: RaftLog
  readonly tracker: Tracker
  reads: ReadRequests

  term: Term
  /** Who got this node's vote in this term. */
  vote: NodeId
  role: Role = 'follower'
  leader: NodeId = 0

  /** Ticks since the leader was heard or the campaign began; of a leader, since the last check-quorum. */
  electionElapsed = 0
  heartbeatElapsed = 0
  /** Drawn anew with each change of term or role: electionTicks to 2 × electionTicks - 1. */
  electionTimeout = 0

  /** Up to where this log is known to be that of this term's leader; what lies behind it may be another's. A leader sees to its own. */
  agreed: Index = 0

  /** To whom the leadership is being handed; proposals wait so long (thesis 3.10). */
  transferee: NodeId = 0
  /** Until this index is applied a leader takes no change of the configuration (thesis 4.1). */
  pendingConfIndex: Index = 0
  /** Bytes of proposals in the log that are not committed yet; leaders only. */
  uncommittedBytes = 0

  /** Messages that may leave now. */
  messages: Message[] = []
  /** Messages that promise something: they wait for the next unit of the log. */
  afterAppend: Message[] = []
  readStates: ReadState[] = []
  /** Read requests that wait until an entry of this leader's term is committed (thesis 6.4). */
  readsTooEarly: Message[] = []

  /** Followers whose next entries are being read from the disk. */
  readonly fetching = new Set<NodeId>()
  /** A campaign that waits for entries to be read from the disk. */
  waitingCampaign: Campaign | undefined
  /** Proposals were taken whose appends leave with the next Ready. */
  unsent = false
  /** This leader's acknowledgement of its own appends, while it waits for the next unit. */
  ownAnswer: Message | undefined

  readonly debug: ((line: string) => void) | undefined
  readonly info: ((line: string) => void) | undefined
  readonly warn: ((line: string) => void) | undefined
  readonly error: ((line: string) => void) | undefined

  constructor(options: RaftOptions) {
    this.options = options
    this.id = options.id
    this.parts = options.parts ?? defaultRaftParts
    const {log} = options
    this.debug = log && options.debug ? line => log('DEBUG', line) : undefined
    this.info = log && (line => log('INFO', line))
    this.warn = log && (line => log('WARN', line))
    this.error = log && (line => log('ERROR', line))
    const {storage} = options
    this.log = new RaftLog(storage, {
      maxApplyingBytes: options.maxCommittedSizePerReady || options.maxSizePerMessage,
      entrySize: options.entrySize ?? entrySize,
      info: this.info,
    })
    this.tracker = new Tracker(this.parts, options.maxInflightMessages, options.maxInflightBytes ?? 0)
    this.reads = new ReadRequests()
    const start = this.parts.startFrom(storage.initialState().hardState)
    this.term = start.term
    this.vote = start.vote
    if (start.term || start.vote || start.commit) {
      const {committed, lastIndex} = this.log
      invariant(start.commit >= committed && start.commit <= lastIndex, 'the recovered commit index is in the log', {
        commit: start.commit,
        committed,
        lastIndex,
      })
      this.log.committed = start.commit
    }
    if (options.applied) this.log.appliedTo(options.applied, 0)
  }

  /** May this node be elected and campaign? Learners may not, nor may who waits for a snapshot. */
  get promotable(): boolean {
    const own = this.tracker.get(this.id)
    return own !== undefined && !own.learner && !this.log.unstable.snapshot
  }

  /** The number as the log lines show it. */
  get name(): string {
    return hex(this.id)
  }

  /** Queues a message of this node: what promises something waits for the log, the rest leaves at once. */
  send(m: Message): void {
    if (m.from === 0) m.from = this.id
    const {type} = m
    // Votes and their answers name the term that they are about; proposals and reads none, for whoever leads by then may take them.
    if (m.term === 0 && !isTermless(type)) m.term = this.term
    if (type === MessageType.MsgAppResp || type === MessageType.MsgVoteResp || type === MessageType.MsgPreVoteResp)
      this.afterAppend.push(m)
    else {
      invariant(m.to !== this.id, 'nothing but answers is sent to oneself', {type})
      this.messages.push(m)
    }
  }
}

export function hex(node: NodeId): string {
  return node.toString(16)
}
