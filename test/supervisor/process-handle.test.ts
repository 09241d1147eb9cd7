import {existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {NodeHandle} from '../../src/supervisor/node-handle.ts'
import {isAlive, type ProcessId} from '../../src/supervisor/process-id.ts'
import {endLeftOvers, listedProcesses, ProcessList} from '../../src/supervisor/process-list.ts'
import {until} from '../helpers/nodes.ts'
import {READY, scripted, scriptedConfig} from '../helpers/scripted-node.ts'

let dir: string
let handle: NodeHandle | undefined
const flooded: number[] = []

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-handle-')))
  flooded.length = 0
})
afterEach(async () => {
  if (handle?.running) {
    await handle.resume()
    handle.signal('SIGKILL', 'killed', 'the test')
    await handle.exited
  }
  handle = undefined
  rmSync(dir, {recursive: true, force: true})
})

function running(program: string, o: {logBytesMax?: number; dir?: string} = {}): NodeHandle {
  handle = scripted(dir, program, {...o, flooded: bytes => flooded.push(bytes)})
  return handle
}

describe("a node's process", () => {
  it('hardening 16: gets a list of words and no shell, no secret in them, and of the environment only what is listed', async () => {
    const odd = join(dir, 'a b;$(touch x)')
    mkdirSync(odd)
    process.env.CHRONIK_TEST_TOKEN = 'secret'
    try {
      const node = running(
        `fs.writeFileSync(process.cwd() + '/told.json', JSON.stringify({argv: process.argv, exec: process.execArgv, env: process.env}))\n${READY}`,
        {dir: odd},
      )
      expect('ready' in (await node.start())).toBe(true)
    } finally {
      delete process.env.CHRONIK_TEST_TOKEN
    }
    const told = JSON.parse(readFileSync(join(odd, 'told.json'), 'utf8'))
    expect(told.argv).toEqual([process.execPath, join(dir, 'program.mjs'), join(odd, 'node1.conf')])
    expect(JSON.stringify(told)).not.toContain('secret of the peers')
    const allowed = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'CHRONIK_TEST_RUN']
    expect(Object.keys(told.env).filter(name => !allowed.includes(name) && !name.startsWith('__'))).toEqual([])
    // The configuration has the secret: nobody else may read it.
    expect(statSync(join(odd, 'node1.conf')).mode & 0o777).toBe(0o600)
    expect(existsSync(join(odd, 'x'))).toBe(false)
  })

  it('hardening 17: a flood without an end of line goes past the supervisor into a file that is emptied, and that is told', async () => {
    const node = running(
      `${READY}\nconst noise = Buffer.alloc(65536, 0x80)\nsetInterval(() => { for (let i = 0; i < 16; i++) fs.writeSync(1, noise) }, 5)`,
      {logBytesMax: 300_000},
    )
    await node.start()
    await until(async () => (flooded.length > 1 ? true : undefined), {what: 'two cuts', withinMs: 20_000})
    expect(flooded[0]).toBeGreaterThan(300_000)
    expect(node.logFrom).toBe(0)
    expect(node.state).toBe('up')
  })

  it('hardening 17: a first word that never ends, or is no word, is a failed start', async () => {
    const endless = running(`fs.writeSync(3, 'x'.repeat(66000)); setInterval(() => undefined, 1000)`)
    expect(await endless.start()).toMatchObject({failed: {message: 'it did not say that it is ready'}})
    const binary = running(`fs.writeSync(3, Buffer.from([0xff, 0xfe, 0, 10])); setInterval(() => undefined, 1000)`)
    expect(await binary.start()).toMatchObject({failed: {message: 'it did not say that it is ready'}})
    expect(binary.state).toBe('CRASHED')
  })

  it('what it printed last is read from its end, however much there is', async () => {
    const node = running(`fs.writeSync(1, 'x'.repeat(100000) + '\\none\\ntwo\\n'); process.exit(70)`)
    expect(await node.start()).toMatchObject({failed: {message: 'exit 70'}})
    expect(node.lastLines(2)).toEqual(['one', 'two'])
    expect(node.endedAfterMs).toBeGreaterThan(0)
  })
})

describe('what a node answers', () => {
  it('an answer stays as it came, whatever the node tells after it; a hash of the state is good for its own index only, and members for theirs', async () => {
    const state = JSON.stringify({
      incarnation: 'i',
      refused: [],
      groups: [
        {
          group: '__raft_metadata/0',
          applied: 5,
          commit: 5,
          stateHash: 'aa',
          voters: [1],
          votersOutgoing: [2],
          recovery: {},
        },
      ],
    })
    const node = running(
      `import net from 'node:net'
       net.createServer(socket => socket.on('data', data => {
         for (const line of String(data).split('\\n').filter(Boolean))
           socket.write(JSON.stringify({id: JSON.parse(line).id, ok: ${state}}) + '\\n' +
             JSON.stringify({change: {group: '__raft_metadata/0', applied: 9, commit: 9, members: {voters: [1]}}}) + '\\n')
       })).listen(${JSON.stringify(scriptedConfig(dir).controlPath)}, () => { ${READY} })`,
    )
    await node.start()
    const {live} = await node.ask()
    expect(live?.groups[0]).toMatchObject({applied: 5, stateHash: 'aa'})
    await until(async () => (node.group('__raft_metadata/0')?.applied === 9 ? true : undefined), {
      what: 'the change',
      withinMs: 5_000,
    })
    expect(live?.groups[0]).toMatchObject({applied: 5, stateHash: 'aa'})
    expect(node.group('__raft_metadata/0')?.stateHash).toBeUndefined()
    expect(node.group('__raft_metadata/0')).toMatchObject({voters: [1], votersOutgoing: undefined})
  })
})

describe('the list of processes', () => {
  it('hardening 14: names each by pid and start time while it runs, and none when it is gone', async () => {
    const node = running(READY)
    await node.start()
    expect(listedProcesses(dir)).toEqual([{node: 1, ...(node.id as ProcessId)}])
    node.signal('SIGKILL', 'killed', 'the test')
    await node.exited
    expect(listedProcesses(dir)).toEqual([])
  })

  it('hardening 14: the intent to start one is there before the process is', () => {
    new ProcessList(dir).intend(2)
    expect(listedProcesses(dir)).toEqual([{node: 2}])
  })

  it('hardening 14, 15: a paused one that was left is ended; what has its number since then is not', async () => {
    const node = running(READY)
    await node.start()
    const id = node.id as ProcessId
    await node.pause()
    const other = {node: 2, pid: process.pid, startTime: `${id.startTime}0`}
    writeFileSync(join(dir, 'processes.json'), JSON.stringify([{node: 1, ...id}, other, {node: 3}, null, 'x']))
    expect(await endLeftOvers(dir)).toEqual([{node: 1, ...id}])
    expect(isAlive(id)).toBe(false)
    expect(existsSync(join(dir, 'processes.json'))).toBe(false)
    await node.exited
  })

  it('hardening 14: a list that is damaged ends nobody', async () => {
    writeFileSync(join(dir, 'processes.json'), '[{"node":1,"pid":')
    expect(await endLeftOvers(dir)).toEqual([])
  })
})
