// Runs one lab in a process of its own: the request is the first line of standard input, everything is said on fd 3.
import {createInterface} from 'node:readline'
import type {HostRequest} from '../verify/host-protocol.ts'
import {runSuite} from '../verify/suite-host.ts'

const stop = new AbortController()
let running = false
const lines = createInterface({input: process.stdin})

// Ctrl-C reaches the whole foreground group: the parent decides, and tells this process over its standard input.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('SIGTERM', () => stop.abort())

lines.on('line', line => {
  if (line === 'interrupt') stop.abort()
  else if (!running && line !== '') {
    running = true
    runSuite(JSON.parse(line) as HostRequest, stop.signal).then(
      () => process.exit(0),
      error => {
        console.error(error)
        process.exit(70)
      },
    )
  }
})
// The parent is gone: nobody waits for a verdict any more.
lines.on('close', () => {
  stop.abort()
  if (!running) process.exit(0)
})
process.on('unhandledRejection', error => {
  // A lab that forgot to wait for something: it goes on, and the log says so.
  console.error(error)
})
