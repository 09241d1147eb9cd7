import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {killAt} from '../../../src/supervisor/faults/kill-at.ts'
import type {Journal} from '../../../src/supervisor/journal.ts'
import type {NodeHandle} from '../../../src/supervisor/node-handle.ts'
import {READY, scripted} from '../../helpers/scripted-node.ts'

let dir: string
let handle: NodeHandle | undefined
let journal: string[]

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-kill-at-')))
  journal = []
})
afterEach(async () => {
  if (handle?.running) {
    handle.signal('SIGKILL', 'killed', 'the test')
    await handle.exited
  }
  handle = undefined
  rmSync(dir, {recursive: true, force: true})
})

const by = {name: 'the test', pid: process.pid}

function kill(program: string, waitMs = 20_000) {
  handle = scripted(dir, program)
  return killAt([handle], 'metadata-wal.truncate.before', waitMs, by, {
    journal: {
      add: (_kind: string, line: string) => {
        journal.push(line)
        return {number: journal.length}
      },
    } as unknown as Journal,
    group: '__raft_metadata/0',
    progress: () => undefined,
    signal: new AbortController().signal,
    start: async (n, how) => {
      await n.start(how)
    },
  })
}

/** Ends as a node does that reaches the point it was given. */
const DIES = `const {dieAt} = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
if (dieAt === 'metadata-wal.truncate.before') process.kill(process.pid, 'SIGKILL')`

describe('kill --at of a node that is down', () => {
  it('starts it with the point armed from its first call on: it dies in its recovery, before it is ready', async () => {
    const {did, lines} = await kill(DIES)
    expect(did).toEqual([expect.objectContaining({node: 1, effect: 'killed', event: 1})])
    expect(lines).toEqual([expect.stringMatching(/^n1 was started and died at metadata-wal\.truncate\.before after/)])
    expect(journal[0]).toContain('n1 start, to be killed at metadata-wal.truncate.before by the test')
    expect([handle?.state, handle?.detail]).toEqual(['killed', 'by you, at metadata-wal.truncate.before'])
  })

  it('once it is ready, too', async () => {
    expect((await kill(`${READY}\nsetTimeout(() => { ${DIES} }, 50)`)).did[0].effect).toBe('killed')
  })

  it('a node that ends otherwise has not reached the point: it CRASHED, and that is said', async () => {
    await expect(kill('process.exit(70)')).rejects.toMatchObject({
      code: 'CHRONIK_NODE_FAILED',
      message: 'n1 CRASHED (exit 70) before it reached metadata-wal.truncate.before.',
    })
    expect(handle?.state).toBe('CRASHED')
  })

  it('not reached in time: it is up, and an end that comes later is its own', async () => {
    await expect(kill(READY, 50)).rejects.toMatchObject({
      code: 'CHRONIK_NOT_REACHED',
      message: expect.stringMatching(/did not reach .* it is up and disarmed/),
    })
    expect(handle?.running).toBe(true)
    if (handle?.id) process.kill(handle.id.pid, 'SIGKILL')
    await handle?.exited
    expect(handle?.state).toBe('CRASHED')
  })
})
