import {Worker} from 'node:worker_threads'
import {messageOf} from '../base/errors.ts'
import {formatDuration} from '../base/units.ts'
import type {Task, TaskDone} from './task.ts'

/** What a worker says. */
export type FromWorker = {done: TaskDone} | {failed: string; number: number} | {trace: string[]; number: number}

/** Nearly all that a step allocates is garbage when it is over: with room for more of it less is copied. */
const YOUNG_MB = 64

/** What a worker is given. */
export interface WorkerData {
  /** The number of the newest event that is over. */
  pulse: Int32Array
}

/** A broker whose one event goes on for so long spins: the longest sound one is a look at everything, under a second on a busy machine. */
const SPINS_MS = 60_000
/** What one run may take: a broker that spins may also grow. */
const HEAP_MB_MAX = 3_072

interface Waiting {
  task: Task
  settle(done: TaskDone): void
  refuse(why: Error): void
  onTrace?(lines: string[]): void
}

/** Workers that run tasks, one each at a time. A task depends on nothing but itself, so it does not matter which worker gets it. */
export class Pool {
  readonly #program: string
  readonly #idle: Worker[] = []
  readonly #all: Worker[] = []
  readonly #queue: Waiting[] = []
  readonly #busy = new Map<Worker, Waiting>()
  readonly #pulses = new Map<Worker, {pulse: Int32Array; seen: number; atMs: number}>()
  readonly #spinsMs: number
  readonly size: number
  #number = 0
  #looking: NodeJS.Timeout | undefined

  /** `program` is the built sim-worker. An event that is not over after `spinsMs` of real time never will be. */
  constructor(program: string, size: number, spinsMs = SPINS_MS) {
    this.#program = program
    this.size = size
    this.#spinsMs = spinsMs
  }

  run(task: Omit<Task, 'number'>, onTrace?: (lines: string[]) => void): Promise<TaskDone> {
    return new Promise((settle, refuse) => {
      this.#queue.push({task: {...task, number: ++this.#number}, settle, refuse, ...(onTrace ? {onTrace} : {})})
      this.#next()
    })
  }

  /** Runs tasks as workers become free, until there are none left or `go` says stop. The results come in the order of the tasks. */
  async each(tasks: Iterable<Omit<Task, 'number'>>, onDone: (done: TaskDone) => 'go on' | 'stop'): Promise<void> {
    const source = tasks[Symbol.iterator]()
    const running: Array<Promise<TaskDone>> = []
    for (;;) {
      while (running.length < this.size * 2) {
        const next = source.next()
        if (next.done) break
        const one = this.run(next.value)
        // Told below, in its turn.
        one.catch(() => {})
        running.push(one)
      }
      const first = running.shift()
      if (!first) return
      if (onDone(await first) === 'stop') return
    }
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#all.length < this.size ? this.#start() : undefined)
      if (!worker) return
      const waiting = this.#queue.shift() as Waiting
      this.#busy.set(worker, waiting)
      // Events are counted from the beginning of each run.
      const pulse = this.#pulses.get(worker)?.pulse
      if (pulse) Atomics.store(pulse, 0, 0)
      this.#beat(worker)
      worker.postMessage(waiting.task)
    }
  }

  #start(): Worker {
    const pulse = new Int32Array(new SharedArrayBuffer(4))
    const workerData: WorkerData = {pulse}
    const resourceLimits = {maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: HEAP_MB_MAX}
    const worker = new Worker(this.#program, {workerData, resourceLimits})
    this.#all.push(worker)
    this.#pulses.set(worker, {pulse, seen: 0, atMs: performance.now()})
    this.#looking ??= setInterval(() => this.#look(), this.#spinsMs / 10).unref()
    worker.on('message', (said: FromWorker) => {
      const waiting = this.#busy.get(worker)
      if (!waiting) return
      if ('trace' in said) {
        waiting.onTrace?.(said.trace)
        return
      }
      this.#busy.delete(worker)
      this.#idle.push(worker)
      if ('done' in said) waiting.settle(said.done)
      else waiting.refuse(new Error(said.failed))
      this.#next()
    })
    worker.on('error', error => {
      // Ended already because it spun.
      if (!this.#all.includes(worker)) return
      const waiting = this.#gone(worker)
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        this.#fails(waiting, worker, `takes more than ${HEAP_MB_MAX} MB of memory`)
      else {
        this.#pulses.delete(worker)
        waiting?.refuse(new Error(`a simulation ended with ${messageOf(error)}`))
      }
      this.#next()
    })
    return worker
  }

  #beat(worker: Worker): void {
    const known = this.#pulses.get(worker)
    if (known) Object.assign(known, {seen: Atomics.load(known.pulse, 0), atMs: performance.now()})
  }

  /** No code of the run gets its turn while an event spins: only from here it can be ended. */
  #look(): void {
    for (const worker of [...this.#busy.keys()]) {
      const {pulse, seen, atMs} = this.#pulses.get(worker) ?? {}
      if (!pulse || atMs === undefined) continue
      if (Atomics.load(pulse, 0) !== seen) this.#beat(worker)
      else if (performance.now() - atMs > this.#spinsMs) {
        const waiting = this.#gone(worker)
        void worker.terminate()
        this.#fails(waiting, worker, `has not ended for ${formatDuration(this.#spinsMs)}: a node spins`)
        this.#next()
      }
    }
  }

  #gone(worker: Worker): Waiting | undefined {
    const waiting = this.#busy.get(worker)
    this.#busy.delete(worker)
    this.#all.splice(this.#all.indexOf(worker), 1)
    return waiting
  }

  #fails(waiting: Waiting | undefined, worker: Worker, why: string): void {
    const pulse = this.#pulses.get(worker)?.pulse
    const event = pulse ? Atomics.load(pulse, 0) + 1 : 0
    this.#pulses.delete(worker)
    if (!waiting) return
    const {task} = waiting
    const settle = async (): Promise<void> => {
      const {scheduleOf} = await import('./task.ts')
      const schedule = task.schedule ?? scheduleOf(task)
      waiting.settle({
        number: task.number,
        seed: schedule.seed,
        scenario: schedule.scenario,
        violations: [{check: 'P5', text: `event ${event} ${why}`, event, at: 0}],
        steps: event,
        simulated: 0,
        acknowledged: 0,
        reached: [],
        schedule,
      })
    }
    settle().catch(waiting.refuse)
  }

  async close(): Promise<void> {
    clearInterval(this.#looking)
    this.#queue.length = 0
    await Promise.all(this.#all.map(worker => worker.terminate()))
  }
}
