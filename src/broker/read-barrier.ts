import {readInt64, viewOf, writeInt64} from '../base/bytes.ts'
import type {Index, NodeId, Term} from '../base/ids.ts'
import type {RawNode} from '../raft/types.ts'

type Waiter = (mayRead: boolean) => void

interface Round {
  number: number
  askedMs: number
  waiters: Waiter[]
  /** Known once a quorum has confirmed it. */
  index?: Index
}

/**
 * Reads of a group's state that must see every write answered before them (Raft thesis 6.4). All that come in one turn share a question to the core;
 * they may read when its answer, an index, is applied here. When the leader changes, or no answer comes in time, they may not.
 */
export class ReadBarrier {
  readonly #raft: RawNode
  readonly #withinMs: number
  #next: Waiter[] = []
  #rounds: Round[] = []
  #number = 0
  #asked: {term: Term; leader: NodeId} = {term: 0, leader: 0}

  constructor(raft: RawNode, withinMs: number) {
    this.#raft = raft
    this.#withinMs = withinMs
  }

  /** Settles to true when the state may be read, in the same turn. */
  wait(): Promise<boolean> {
    return new Promise(resolve => this.#next.push(resolve))
  }

  get idle(): boolean {
    return this.#next.length === 0 && this.#rounds.length === 0
  }

  /** Asks the core for those that came since the last time. */
  ask(nowMs: number): void {
    if (this.#next.length === 0) return
    const {term, leader} = this.#raft
    if (term !== this.#asked.term || leader !== this.#asked.leader) this.#refuseAsked()
    this.#asked = {term, leader}
    const round: Round = {number: ++this.#number, askedMs: nowMs, waiters: this.#next}
    this.#next = []
    this.#rounds.push(round)
    if (leader === 0) {
      this.#refuseAsked()
      return
    }
    const context = new Uint8Array(8)
    writeInt64(viewOf(context), 0, round.number, true)
    this.#raft.readIndex(context)
  }

  confirmed(context: Uint8Array, index: Index): void {
    const number = context.length === 8 ? readInt64(viewOf(context), 0, true) : undefined
    const round = this.#rounds.find(r => r.number === number)
    if (round) round.index = index
  }

  /** After a turn: who may read by now does, who never will is told. */
  settle(applied: Index, nowMs: number): void {
    if (this.#rounds.length === 0) return
    const {term, leader} = this.#raft
    if (term !== this.#asked.term || leader !== this.#asked.leader) this.#refuseAsked()
    const waiting: Round[] = []
    for (const round of this.#rounds)
      if (round.index !== undefined && round.index <= applied) for (const waiter of round.waiters) waiter(true)
      else if (nowMs - round.askedMs > this.#withinMs) for (const waiter of round.waiters) waiter(false)
      else waiting.push(round)
    this.#rounds = waiting
  }

  #refuseAsked(): void {
    const rounds = this.#rounds
    this.#rounds = []
    for (const round of rounds) for (const waiter of round.waiters) waiter(false)
  }

  close(): void {
    this.#refuseAsked()
    for (const waiter of this.#next.splice(0)) waiter(false)
  }
}
