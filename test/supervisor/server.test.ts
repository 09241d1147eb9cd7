import {existsSync, mkdtempSync, realpathSync, rmSync, statSync} from 'node:fs'
import net from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {DEFAULT_SETTINGS} from '../../src/contracts/node-config.ts'
import {embedded} from '../../src/engines/embedded.ts'
import {SupervisorClient} from '../../src/supervisor/client.ts'
import {Controller} from '../../src/supervisor/controller.ts'
import {Journal} from '../../src/supervisor/journal.ts'
import {Server} from '../../src/supervisor/server.ts'
import type {ClusterSpec} from '../../src/supervisor/spec.ts'
import {until} from '../helpers/nodes.ts'

const spec: ClusterSpec = {
  formatVersion: 1,
  name: 'default',
  clusterId: '0'.repeat(32),
  engine: 'embedded',
  seed: '1',
  secret: '',
  createdWallMs: 0,
  nodes: [],
  settings: DEFAULT_SETTINGS,
}
const me = {name: 'test', pid: process.pid}

let dir: string
let path: string
let server: Server
const clients: net.Socket[] = []

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-server-')))
  path = join(dir, 'supervisor.sock')
})
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  server.close()
  rmSync(dir, {recursive: true, force: true})
})

async function listening(o: {requestMs?: number} = {}): Promise<Controller> {
  const controller = new Controller(
    spec,
    dir,
    [],
    {engine: embedded, cluster: {dir, options: {}}},
    new Journal(dir),
    new SeededRandom(1),
  )
  server = new Server(controller, {ended: () => undefined, said: () => undefined, left: () => undefined}, o)
  await server.listen(path)
  return controller
}

interface Talk {
  socket: net.Socket
  lines: string[]
  closed: Promise<void>
}

function talk(): Promise<Talk> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path)
    clients.push(socket)
    const lines: string[] = []
    let rest = ''
    const closed = new Promise<void>(done => socket.on('close', () => done()))
    socket.setEncoding('utf8').on('data', (text: string) => {
      const all = (rest + text).split('\n')
      rest = all.pop() ?? ''
      lines.push(...all)
    })
    socket.on('error', reject)
    socket.on('connect', () => {
      socket.removeListener('error', reject)
      socket.on('error', () => undefined)
      resolve({socket, lines, closed})
    })
  })
}

const lineOf = (t: Talk, n: number) =>
  until(async () => (t.lines[n] === undefined ? undefined : JSON.parse(t.lines[n])), {
    what: `line ${n}`,
    withinMs: 5_000,
  })

describe("the supervisor's socket", () => {
  it('hardening 12: nobody else can open it, from its first moment on', async () => {
    const before = process.umask(0o000)
    try {
      await listening()
    } finally {
      process.umask(before)
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('hardening 13: a line above 1 MB costs the sender its connection and nobody else anything', async () => {
    await listening()
    const bad = await talk()
    const good = await SupervisorClient.connect(path, me)
    bad.socket.write(`{"id":1,"call":"hold","why":"${'x'.repeat(1_048_600)}`)
    await bad.closed
    expect((await good.snapshot()).cluster).toBe('default')
    good.close()
  })

  it('hardening 13: what is no request gets an error by its number, or loses its connection', async () => {
    await listening()
    const odd = await talk()
    odd.socket.write('{"id":3,"call":"act","action":{"do":"kill","who":{"nodes":[-1]}}}\n{"id":4,"call":"snapshot"}\n')
    expect(await lineOf(odd, 0)).toEqual({
      id: 3,
      error: {code: 'CHRONIK_PROTOCOL', message: 'The supervisor does not understand this act.', exitCode: 5},
    })
    expect((await lineOf(odd, 1)).ok.cluster).toBe('default')
    odd.socket.write('GET / HTTP/1.1\r\n')
    await odd.closed
  })

  it('hardening 13: one client more than there may be is turned away; when one leaves, the next is served', async () => {
    await listening()
    const all = await Promise.all(Array.from({length: 64}, () => talk()))
    const [first] = all
    const more = await talk()
    await more.closed
    first.socket.write('{"id":1,"call":"snapshot"}\n')
    expect((await lineOf(first, 0)).id).toBe(1)
    first.socket.destroy()
    await until(
      async () => {
        const again = await talk()
        again.socket.write('{"id":1,"call":"release"}\n')
        await Promise.race([again.closed, lineOf(again, 0)])
        return again.lines.length > 0 ? true : undefined
      },
      {what: 'a place', withinMs: 5_000},
    )
  })

  it('hardening 13: a request that never ends is answered with that, and the next one is served', async () => {
    const controller = await listening({requestMs: 50})
    controller.ask = () => new Promise(() => undefined)
    const client = await talk()
    client.socket.write('{"id":1,"call":"ask"}\n{"id":2,"call":"release"}\n')
    expect(await lineOf(client, 0)).toEqual({id: 2, ok: {}})
    expect(await lineOf(client, 1)).toMatchObject({id: 1, error: {code: 'CHRONIK_TIMEOUT', exitCode: 3}})
  })

  it('hardening 13: who asks more than is ever open is refused, not queued without end', async () => {
    const controller = await listening()
    controller.ask = () => new Promise(() => undefined)
    const client = await talk()
    for (let id = 1; id <= 1_001; id++) client.socket.write(`{"id":${id},"call":"ask"}\n`)
    expect(await lineOf(client, 0)).toMatchObject({id: 1_001, error: {message: '1000 requests are open already.'}})
  })

  it('hardening 28: a client that does not read is told the newest state later, not every one there was, and is kept', async () => {
    const controller = await listening()
    let change = (): void => undefined
    let version = 0
    controller.onChange = run => {
      change = run
      return () => undefined
    }
    controller.snapshot = () => ({version, filler: 'x'.repeat(1 << 20)}) as never
    const slow = await talk()
    slow.socket.write('{"id":1,"call":"subscribe"}\n')
    await until(async () => slow.lines.length > 0, {what: 'it is subscribed', withinMs: 20_000})
    slow.socket.pause()
    for (version = 1; version < 500; version++) change()
    slow.socket.resume()
    const last = `{"changed":{"version":${version},`
    await until(async () => slow.lines.some(l => l.startsWith(last)), {what: 'the newest is told', withinMs: 20_000})
    expect(slow.lines.length).toBeLessThan(50)
  })

  it('a supervisor that listens and does not answer is told as such, exit 70', async () => {
    await listening()
    server.close()
    rmSync(path, {force: true})
    const silent = net.createServer(socket => socket.resume())
    await new Promise<void>(done => silent.listen(path, done))
    await expect(SupervisorClient.connect(path, me, {timeoutMs: 50})).rejects.toMatchObject({
      code: 'CHRONIK_SUPERVISOR_SILENT',
      exitCode: 70,
    })
    await new Promise(done => silent.close(done))
    expect(existsSync(path)).toBe(false)
  })
})
