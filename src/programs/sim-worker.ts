// Runs simulations one after the other, each in a world of its own: a worker thread of `chronik sim`.
import {parentPort, workerData} from 'node:worker_threads'
import {messageOf} from '../base/errors.ts'
import type {FromWorker, WorkerData} from '../sim/pool.ts'
import {runTask, type Task} from '../sim/task.ts'

const LINES_A_MESSAGE = 1_000

const port = parentPort
if (!port) throw new Error('sim-worker is a worker thread of chronik sim')
port.on('message', (task: Task) => {
  const say = (said: FromWorker): void => port.postMessage(said)
  let trace: string[] = []
  const flush = (): void => {
    if (trace.length > 0) say({trace, number: task.number})
    trace = []
  }
  const onTrace = (line: string): void => {
    trace.push(line)
    if (trace.length >= LINES_A_MESSAGE) flush()
  }
  runTask(task, onTrace, (workerData as WorkerData).pulse).then(
    done => {
      flush()
      say({done})
    },
    error => say({failed: messageOf(error), number: task.number}),
  )
})
