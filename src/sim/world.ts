import {Guard, real} from './guard.ts'

/** Microseconds of simulated time since the world began; whole numbers. */
export type Micros = number

/** Whose code an event runs: one life of a node, or a client. */
export interface Owner {
  readonly name: string
  /** False: its events do not happen any more. */
  alive: boolean
  /** Its events wait until it goes on. */
  paused: boolean
  /** Something of its code threw where nobody catches it: what a process would die of. */
  threw(error: unknown): void
}

export interface Step {
  at: Micros
  order: number
  readonly owner: Owner | undefined
  /** What happens, for the trace: `sync`, `deliver`, `timer`, … with what it is done to and a figure. */
  readonly kind: string
  readonly about: string
  readonly figure: number
  run: (() => void) | undefined
}

/** Steps for which the event loop is entered once. */
const STEPS_A_TURN = 200

/**
 * One heap of (time, order). One step settles exactly one port call or calls one handler; then all microtasks drain; then `after` looks; then the
 * next one. Nothing else moves time, so the same seed gives the same steps.
 */
export class World {
  now: Micros = 0
  steps = 0
  /** The owner whose step runs: what it throws in a microtask is its own. */
  current: Owner | undefined
  after: (step: Step) => void = () => {}
  readonly #guard = new Guard()
  #heap: Step[] = []
  #order = 0
  #held: Step[] = []

  schedule(
    inMicros: Micros,
    owner: Owner | undefined,
    kind: string,
    about: string,
    figure: number,
    run: () => void,
  ): Step {
    const step: Step = {at: this.now + Math.max(0, inMicros), order: ++this.#order, owner, kind, about, figure, run}
    this.#push(step)
    return step
  }

  /** What waited while its owner was paused happens now, in the old order. */
  release(owner: Owner): void {
    const waiting = this.#held.filter(s => s.owner === owner)
    this.#held = this.#held.filter(s => s.owner !== owner)
    // The same steps, not others that do the same: a timer among them can still be cancelled.
    for (const step of waiting) {
      if (!step.run) continue
      step.at = this.now
      step.order = ++this.#order
      this.#push(step)
    }
  }

  /** Runs until nothing is left before `until`, or `done` says so. */
  run(until: Micros, done: () => boolean): Promise<void> {
    const guard = this.#guard
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', error => this.current?.threw(error))
    guard.install()
    const finish = (): void => {
      guard.uninstall()
      process.removeAllListeners('unhandledRejection')
      for (const listener of listeners) process.on('unhandledRejection', listener)
    }
    return new Promise((resolve, reject) => {
      let step: Step | undefined
      let over = false
      const end = (settle: () => void): void => {
        over = true
        finish()
        settle()
      }
      // The step before is over, its microtasks are done and its rejections told: now the look at what it did, then the next.
      const next = (): void => {
        if (over) return
        guard.inStep = false
        try {
          if (step) this.after(step)
          step = done() ? undefined : this.#pop(until)
          if (step) this.#begin(step)
          else end(resolve)
        } catch (error) {
          end(() => reject(error as Error))
        }
      }
      // The last of a batch begins no step: what else the process has to do happens between steps.
      const last = (): void => {
        if (over) return
        guard.inStep = false
        batch()
      }
      // Node.js drains microtasks and tells rejections after each immediate: a turn of its event loop for each step would cost more than the step.
      const batch = (): void => {
        for (let i = 0; i < STEPS_A_TURN; i++) real.setImmediate(next)
        real.setImmediate(last)
      }
      batch()
    })
  }

  #begin(step: Step): void {
    this.steps++
    this.now = step.at
    this.current = step.owner
    const {run} = step
    step.run = undefined
    this.#guard.inStep = true
    try {
      run?.()
    } catch (error) {
      if (!step.owner) throw error
      step.owner.threw(error)
    }
  }

  #pop(until: Micros): Step | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (!first || first.at > until) {
        this.now = Math.max(this.now, Math.min(until, first?.at ?? until))
        return undefined
      }
      this.#removeFirst()
      if (!first.run || first.owner?.alive === false) continue
      if (first.owner?.paused) {
        this.#held.push(first)
        continue
      }
      return first
    }
  }

  #push(step: Step): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(step)
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!before(step, heap[up])) break
      heap[at] = heap[up]
      at = up
    }
    heap[at] = step
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Step
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
      if (!before(heap[child], last)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
  }
}

function before(a: Step, b: Step): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
