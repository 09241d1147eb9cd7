import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import type {Writable} from 'node:stream'
import {afterEach, describe, expect, it} from 'vitest'
import {GUARD_DISMISSED, guarded} from '../../src/supervisor/guarded.ts'

let child: ChildProcess | undefined

afterEach(() => {
  child?.kill('SIGKILL')
})

/** A program that never ends by itself, and does not look at any descriptor. */
function started(): {process: ChildProcess; line: Writable; printed: Promise<string>} {
  const program = `console.log(process.pid, process.argv.slice(1).join('|')); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
  const [command, args] = guarded({
    command: process.execPath,
    args: ['-e', program, 'a b', '$(touch x)'],
    guarded: true,
  })
  child = spawn(command, args, {stdio: ['ignore', 'pipe', 'ignore', 'pipe']})
  const printed = once(child.stdout as NodeJS.ReadableStream, 'data').then(([bytes]) => String(bytes).trim())
  return {process: child, line: child.stdio[3] as Writable, printed}
}

describe('the guard of a program that does not notice the end of its supervisor', () => {
  it('the program itself has the process id that was spawned, and gets its words as they are', async () => {
    const {process: node, printed} = started()
    expect(await printed).toBe(`${node.pid} a b|$(touch x)`)
  })

  it('ends it when the line to the supervisor breaks, also while it is stopped', async () => {
    const {process: node, line, printed} = started()
    await printed
    node.kill('SIGSTOP')
    line.destroy()
    expect(await once(node, 'exit')).toEqual([null, 'SIGKILL'])
  })

  it('leaves it alone once it is dismissed', async () => {
    const {process: node, line, printed} = started()
    await printed
    // The guard reads, and is gone: nobody holds the other end any more.
    const closed = once(line, 'close')
    line.write(GUARD_DISMISSED)
    await closed
    expect(node.exitCode ?? node.signalCode).toBeNull()
    node.kill('SIGKILL')
    expect(await once(node, 'exit')).toEqual([null, 'SIGKILL'])
  })
})
