import {Worker} from 'node:worker_threads'
import {messageOf} from '../base/errors.ts'
import type {Task, TaskDone} from './task.ts'

/** What a worker says. */
export type FromWorker = {done: TaskDone} | {failed: string; number: number} | {trace: string[]; number: number}

/** Nearly all that a step allocates is garbage when it is over: with room for more of it less is copied. */
const YOUNG_MB = 64

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
  readonly size: number
  #number = 0

  /** `program` is the built sim-worker. */
  constructor(program: string, size: number) {
    this.#program = program
    this.size = size
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
      worker.postMessage(waiting.task)
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#program, {resourceLimits: {maxYoungGenerationSizeMb: YOUNG_MB}})
    this.#all.push(worker)
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
      this.#busy.get(worker)?.refuse(new Error(`a simulation ended with ${messageOf(error)}`))
      this.#busy.delete(worker)
      this.#all.splice(this.#all.indexOf(worker), 1)
      this.#next()
    })
    return worker
  }

  async close(): Promise<void> {
    this.#queue.length = 0
    await Promise.all(this.#all.map(worker => worker.terminate()))
  }
}
