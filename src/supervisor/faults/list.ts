import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {NodeId} from '../../base/ids.ts'
import type {Action, Asker} from '../../contracts/action.ts'
import type {FaultKind, FaultView} from '../../contracts/faults.ts'
import type {InsideOrder} from '../../contracts/inside.ts'
import type {Journal} from '../journal.ts'
import type {LinkHold} from '../links.ts'

/** How a fault is undone: plain data, written down before the fault acts. */
export type Undo = {release: LinkHold} | {act: Action} | {inside: InsideOrder}

export interface Fault extends FaultView {
  event: number
  undo: Undo
}

/** When wall and monotonic clock part by more than this, the machine slept. */
const SLEPT_MS = 5_000
const LOOK_MS = 1_000

/**
 * Every fault of a cluster that is not healed yet: a lease, with whose it is, how it is undone and when it ends. `faults.json` has them from before they
 * act until they are proven healed: what a supervisor that died has left is found there.
 */
export class FaultList {
  readonly #path: string
  readonly #journal: Journal
  readonly #expired: (fault: Fault) => void
  readonly #changed: () => void
  readonly #faults = new Map<string, Fault>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #clocks: {wallMs: number; monotonicMs: number} | undefined
  #looking: NodeJS.Timeout | undefined

  constructor(dir: string, journal: Journal, on: {expired(fault: Fault): void; changed(): void}) {
    this.#path = listPath(dir)
    this.#journal = journal
    this.#expired = on.expired
    this.#changed = on.changed
  }

  /** Writes the fault and its undoing down; from here on it may act. `undo` is given its name. */
  begin(
    o: {kind: FaultKind; what: string; nodes: NodeId[]; forMs?: number; data?: Record<string, unknown>},
    by: Asker,
    undo: (name: string) => Undo,
  ): Fault {
    const name = `f${this.#journal.number + 1}`
    const way = undo(name)
    // That it will end is all that is new of a kill or a stop: the act itself has an event of its own.
    const [kind, said] =
      o.kind === 'kill' || o.kind === 'stop' ? (['node', ''] as const) : (['fault', `${o.kind} `] as const)
    const event = this.#journal.add(kind, `${said}${o.what} by ${by.name} (pid ${by.pid}) [${name}]`, {
      ...of(o.nodes),
      data: {...o.data, fault: name, nodes: o.nodes, undo: way, ...(o.forMs === undefined ? {} : {forMs: o.forMs})},
    })
    const fault: Fault = {
      name,
      kind: o.kind,
      what: o.what,
      nodes: o.nodes,
      by: by.name,
      sinceWallMs: event.wallMs,
      ...(o.forMs === undefined ? {} : {endsWallMs: event.wallMs + o.forMs}),
      state: kind === 'node' ? 'in force' : 'asked',
      event: event.number,
      undo: way,
    }
    this.#faults.set(name, fault)
    if (o.forMs !== undefined)
      this.#timers.set(
        name,
        setTimeout(() => this.#expired(fault), o.forMs),
      )
    this.#save()
    this.#watchClocks()
    return fault
  }

  /** What was seen of it: `undefined` when it could not be seen in force. */
  proven(fault: Fault, proof: string | undefined, whyNot = ''): void {
    fault.state = proof === undefined ? 'not seen' : 'in force'
    fault.proof = proof ?? whyNot
    this.#journal.add(
      'proven',
      proof === undefined ? `${fault.name} NOT seen in force: ${whyNot}` : `${fault.name} in force: ${proof}`,
      {...of(fault.nodes), data: {fault: fault.name, inForce: proof !== undefined}},
    )
    this.#save()
  }

  /** It is over. */
  healed(fault: Fault, how: string): void {
    if (this.forget(fault)) this.say(fault, how)
  }

  /** That it is over, and what showed it. */
  say(fault: Fault, how: string): void {
    this.#journal.add('healed', `${fault.name} ${fault.kind} ${fault.what}: ${how}`, {
      ...of(fault.nodes),
      data: {fault: fault.name},
    })
  }

  /** What it did to this node has ended by itself or by another order; with its last node it is over. */
  over(kinds: readonly FaultKind[], node: NodeId, how: string): void {
    for (const fault of this.all()) {
      if (!kinds.includes(fault.kind) || !fault.nodes.includes(node)) continue
      const left = fault.nodes.filter(n => n !== node)
      if (left.length === 0) this.healed(fault, how)
      else {
        fault.nodes = left
        this.#save()
      }
    }
  }

  all(): Fault[] {
    return [...this.#faults.values()]
  }

  named(name: string): Fault | undefined {
    return this.#faults.get(name)
  }

  /** Everything is taken down: nothing of them is left. */
  end(how: string): void {
    for (const fault of this.all()) this.healed(fault, how)
    clearInterval(this.#looking)
  }

  /** It is one of them no more; what showed that is said afterwards. False: it was none. */
  forget(fault: Fault): boolean {
    clearTimeout(this.#timers.get(fault.name))
    this.#timers.delete(fault.name)
    const there = this.#faults.delete(fault.name)
    if (there) this.#save()
    return there
  }

  #save(): void {
    this.#changed()
    try {
      if (this.#faults.size === 0) rmSync(this.#path, {force: true})
      else {
        writeFileSync(`${this.#path}.tmp`, `${JSON.stringify(this.all())}\n`, {mode: 0o600})
        renameSync(`${this.#path}.tmp`, this.#path)
      }
    } catch {
      // A full disk: the journal has it, and every fault ends with this process.
    }
  }

  /** While a fault has an end, the clocks are compared: after a sleep of the machine what has expired on the wall is healed, though no timer ran. */
  #watchClocks(): void {
    this.#clocks = {wallMs: Date.now(), monotonicMs: performance.now()}
    this.#looking ??= setInterval(() => this.look(Date.now(), performance.now()), LOOK_MS).unref()
  }

  look(wallMs: number, monotonicMs: number): void {
    const before = this.#clocks
    this.#clocks = {wallMs, monotonicMs}
    if (!before) return
    const sleptMs = wallMs - before.wallMs - (monotonicMs - before.monotonicMs)
    if (sleptMs <= SLEPT_MS) return
    const due = this.all().filter(f => f.endsWallMs !== undefined && f.endsWallMs <= wallMs)
    const healed = due.length === 0 ? '' : ` ${due.map(f => f.name).join(' ')} expired meanwhile.`
    this.#journal.add(
      'slept',
      `The machine slept ${Math.round(sleptMs / 1_000)} s.${healed} Timings across the gap do not count.`,
      {data: {sleptMs}},
    )
    for (const fault of due) this.#expired(fault)
  }
}

const of = (nodes: readonly NodeId[]): {node?: NodeId} => (nodes.length === 1 ? {node: nodes[0]} : {})

const listPath = (dir: string): string => join(dir, 'faults.json')

/** Faults that a supervisor which is no more has left. */
export function leftFaults(dir: string): FaultView[] {
  try {
    const list = JSON.parse(readFileSync(listPath(dir), 'utf8')) as FaultView[]
    return Array.isArray(list) ? list.filter(f => typeof f?.name === 'string' && typeof f.what === 'string') : []
  } catch {
    return []
  }
}

/** As the one that has the lock: all that they did ended with the supervisor's relays and its nodes. */
export function forgetLeftFaults(dir: string): void {
  rmSync(listPath(dir), {force: true})
}
