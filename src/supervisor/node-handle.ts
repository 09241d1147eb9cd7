import {isDeepStrictEqual} from 'node:util'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {Action} from '../contracts/action.ts'
import type {InsideAnswers, InsideOrder} from '../contracts/inside.ts'
import type {NodeConfig, ReadyLine} from '../contracts/node-config.ts'
import type {MembersOrder} from '../contracts/node-control.ts'
import type {GroupChange, GroupState, NodeLive} from '../contracts/node-state.ts'
import type {NodeReading, NodeStateWord} from '../contracts/supervisor-protocol.ts'
import type {Attendance} from '../engines/engine.ts'
import type {ProcessId} from './process-id.ts'

const ASK_MS = 2_000
const MEMBERS_MS = 12_000

export interface NodeEvents {
  /** Something about the node is different: its state word, or what it told of itself. */
  changed(): void
  group(change: GroupChange): void
  /** Its process is about to be started; it waits for this. */
  starting(): Promise<void>
  /** It has said that it is ready. */
  ready(): Promise<void>
  /** A command of the user's own was run for it. */
  ran(verb: string, how: string, data: Record<string, unknown>): void
  /** It was seen to serve, and nobody here had asked for that. */
  noticed(what: string): void
  /** A node that the lab did not start answers no more, and nobody here had asked for that. */
  vanished(how: string): void
  exited(how: string, asked: string | undefined): void
  /** Its log was too long and has been emptied: so many bytes are gone. */
  flooded(bytes: number): void
}

/** One node: what it is known to do, and what can be done to it. All of it is measured. */
export abstract class NodeHandle {
  readonly config: NodeConfig
  readonly logFile: string
  protected readonly events: NodeEvents
  state: NodeStateWord = 'stopped'
  detail: string | undefined
  sinceWallMs = Date.now()
  restarts = 0
  /** Its process, where that is known. */
  id: ProcessId | undefined
  incarnation: string | undefined
  live: NodeLive | undefined
  asOfWallMs: number | undefined
  logFrom = 0
  startedMs = 0
  /** How long the life before this one lasted. */
  endedAfterMs = 0
  paused = false
  protected attendance: Attendance | undefined

  constructor(config: NodeConfig, logFile: string, events: NodeEvents) {
    this.config = config
    this.logFile = logFile
    this.events = events
  }

  abstract get running(): boolean
  /** Settles when the life that runs now is over; refused when an order to end it failed. */
  abstract get exited(): Promise<void>
  /** Settles when what its death makes necessary is done: its files fetched. */
  get kept(): Promise<void> {
    return Promise.resolve()
  }

  /** How it is called in what people read: `pid 4711`. */
  abstract get called(): string
  /** Why this cannot be done to it, with what it would need. Asked before anything is done. */
  abstract refuses(action: Action): string | undefined
  /** When its cluster comes up: started, or looked for. */
  abstract begin(): Promise<{said: string} | Extract<ReadyLine, {failed: unknown}>>
  /** Settles with its first word: ready, refused to start, or dead. `dieAt`: the point at which it dies, which `by` asked for. */
  abstract start(o?: {dieAt: string; by: string}): Promise<ReadyLine>
  /** The end that it brings is expected from now on. False: it was gone already. */
  abstract signal(signal: NodeJS.Signals, becomes: NodeStateWord, by: string): boolean
  /** That it ends itself by SIGKILL is expected from now on, and no other end; undefined: not any more. */
  abstract expectKilled(by: string | undefined): void
  /** Makes the node suffer from within; gives what it measured. */
  abstract inject<O extends InsideOrder>(order: O): Promise<InsideAnswers[O['call']]>
  /** In force when `held` says so. False: it was gone already. */
  abstract pause(): Promise<boolean>
  /** What shows that nothing of it is carried out; undefined: nothing did in time. */
  abstract held(): Promise<string | undefined>
  abstract resume(): Promise<boolean>
  /** Its cluster goes down: by SIGTERM, then SIGKILL, or by SIGKILL; notes what was needed. A node that is not the lab's own goes on, and is watched no more. */
  abstract end(mode: 'stop' | 'kill', by: string): Promise<{stopped: boolean; note?: string}>
  /** What this life printed last, for people. */
  abstract lastLines(count: number): string[]

  protected become(state: NodeStateWord, detail?: string): void {
    this.state = state
    this.detail = detail
    this.sinceWallMs = Date.now()
    this.events.changed()
  }

  /** What the log of this life says, of engines that tell of their recovery nowhere else. */
  told(): NodeReading['told'] {
    return this.attendance?.told?.()
  }

  /** Its disk is not the one with which the others know it: they refuse it. */
  get otherDisk(): boolean {
    const {directoryId: told} = this.live ?? {}
    const {directoryId: known} = this.config
    return Boolean(told && known) && told !== known
  }

  /** Tells the node of a change of the members. */
  async members(order: MembersOrder): Promise<void> {
    const {attendance} = this
    if (!this.running || this.paused || !attendance?.members)
      throw new ChronikError('CHRONIK_NOT_RUNNING', EXIT.labState, `n${this.config.node} is ${this.state}.`)
    await attendance.members(order, MEMBERS_MS)
  }

  group(name: string): GroupState | undefined {
    return this.live?.groups.find(g => g.group === name)
  }

  protected took(live: NodeLive): void {
    // A copy: what is kept goes on with every change that the node tells, and who asked gets the answer as it came.
    const before = this.live
    this.live = {...live, groups: live.groups.map(g => ({...g}))}
    this.asOfWallMs = Date.now()
    // Some lives tell how far they are in nothing but such answers, and others wait for that. An answer without news wakes nobody: whoever asks when
    // something changed would ask for ever.
    if (!isDeepStrictEqual(before?.groups, live.groups) || !isDeepStrictEqual(before?.refused, live.refused))
      this.events.changed()
  }

  protected change(change: GroupChange): void {
    const group = this.group(change.group)
    if (group) {
      const {role, leader, term, vote, commit, applied, lastIndex, synced, syncedTerm, serving} = change
      Object.assign(group, {role, leader, term, vote, commit, applied, lastIndex, synced, syncedTerm, serving})
      // Beside what it has applied by now, members of before would be a configuration that nobody has.
      const {voters = group.voters, votersOutgoing, learners} = change.members ?? group
      Object.assign(group, {voters, votersOutgoing, learners})
      // It was the hash of what had been applied then.
      group.stateHash = undefined
    }
    this.asOfWallMs = Date.now()
    this.events.group(change)
    this.events.changed()
  }

  /** A fresh answer of the node, or why there is none. */
  async ask(): Promise<NodeReading> {
    const {node} = this.config
    const {attendance} = this
    const reading = (live: NodeLive | undefined, why?: string): NodeReading => {
      const told = attendance?.told?.()
      return {
        node,
        source: attendance?.source ?? 'control',
        pushed: false,
        incarnation: live?.incarnation ?? this.incarnation ?? '',
        monotonicMs: performance.now(),
        wallMs: Date.now(),
        ...(live ? {live} : {}),
        ...(told ? {told} : {}),
        ...(why ? {why} : {}),
      }
    }
    if (!this.running || !attendance) return reading(undefined, `n${node} is ${this.state}`)
    if (this.paused) return reading(undefined, `n${node} is paused`)
    const live = await attendance.ask(ASK_MS)
    return live ? reading(live) : reading(undefined, `n${node} did not answer within ${ASK_MS} ms`)
  }
}
