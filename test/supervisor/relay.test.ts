import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import net from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {Relay} from '../../src/supervisor/relay.ts'
import {until} from '../helpers/nodes.ts'

/** One end of a connection, and what it has heard. */
interface End {
  socket: net.Socket
  heard: string
  /** The other side has ended its half. */
  ended: boolean
  /** Ended or broken off. */
  over: boolean
  error: string | undefined
}

let dir: string
let relay: Relay
let target: net.Server | undefined
/** What the target was dialled with, in order. */
let accepted: End[]
const sockets: net.Socket[] = []

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-relay-')))
  accepted = []
  relay = new Relay({path: join(dir, 'r.sock')}, {path: join(dir, 't.sock')}, new SeededRandom(1))
})
afterEach(() => {
  relay.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  target?.close()
  target = undefined
  rmSync(dir, {recursive: true, force: true})
})

function endOf(socket: net.Socket): End {
  const end: End = {socket, heard: '', ended: false, over: false, error: undefined}
  sockets.push(socket)
  socket.on('data', bytes => {
    end.heard += bytes.toString('latin1')
  })
  socket.on('end', () => {
    end.ended = true
    end.over = true
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end.error = error.code
  })
  socket.on('close', () => {
    end.over = true
  })
  return end
}

async function startTarget(): Promise<void> {
  target = net.createServer({allowHalfOpen: true}, socket => accepted.push(endOf(socket)))
  await new Promise<void>(done => target?.listen(join(dir, 't.sock'), done))
}

async function running(): Promise<void> {
  await startTarget()
  await relay.starting()
  await relay.up()
}

const dial = (): End => endOf(net.connect({path: join(dir, 'r.sock'), allowHalfOpen: true}))

/** A fact, soon. */
const soon = (what: string, holds: () => unknown): Promise<unknown> =>
  until(async () => (holds() ? true : undefined), {what, withinMs: 5_000, everyMs: 1})

describe('a relay', () => {
  it('waits for a port that somebody tries', async () => {
    const trying = net.createServer()
    await new Promise<void>(done => trying.listen(0, '127.0.0.1', done))
    const {port} = trying.address() as net.AddressInfo
    relay = new Relay({host: '127.0.0.1', port}, {path: join(dir, 't.sock')}, new SeededRandom(1))
    await startTarget()
    const starting = relay.starting()
    await new Promise<void>(done => setImmediate(done))
    trying.close()
    await starting
    await relay.up()
    const near = endOf(net.connect({host: '127.0.0.1', port}))
    await soon('the target was dialled', () => accepted.length === 1)
    near.socket.destroy()
  })

  it('hands on both ways what it is given, whole and in order, and the end of each half', async () => {
    await running()
    const near = dial()
    const sent = Array.from({length: 40}, (_, i) => String.fromCharCode(65 + (i % 26)).repeat(50_000)).join('')
    near.socket.write(sent, 'latin1')
    near.socket.end('.')
    await soon('all of it', () => accepted[0]?.ended)
    expect(accepted[0].heard === `${sent}.`).toBe(true)
    accepted[0].socket.end(sent, 'latin1')
    await soon('the answer', () => near.ended)
    expect(near.heard === sent).toBe(true)
    await soon('nothing is kept', () => relay.connections === 0)
  })

  it('lets nobody in while its target is down, lets them wait while it starts, and refuses when it turns out to be gone', async () => {
    const early = dial()
    await soon('refused', () => early.over)
    expect(early.error).toBe('ENOENT')
    await relay.starting()
    const waiting = dial()
    waiting.socket.write('hello')
    await soon('let in', () => relay.connections === 1)
    await startTarget()
    await relay.up()
    await soon('let through', () => accepted[0]?.heard === 'hello')
    // It dies, and nobody has told the relay yet.
    target?.close()
    accepted[0].socket.destroy()
    await soon('the death is passed on', () => waiting.over)
    const first = dial()
    await soon('broken off', () => first.over)
    await soon('from then on refused', async () => dialled().then(error => error !== undefined))
    relay.down()
    expect(await dialled()).toBeDefined()
  })

  const dialled = (): Promise<string | undefined> =>
    new Promise(resolve => {
      const end = dial()
      end.socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      end.socket.once('connect', () => resolve(undefined))
    })

  it('a cut lets no byte through, of connections that are open and from the first byte of new ones; both are let in and told nothing', async () => {
    await running()
    const open = dial()
    open.socket.write('before')
    await soon('open', () => accepted[0]?.heard === 'before')
    relay.forth.cut = true
    await relay.changed()
    open.socket.write('after')
    const fresh = dial()
    fresh.socket.write('first byte')
    await soon('both swallowed', () => relay.forth.swallowedBytes === 'after'.length + 'first byte'.length)
    // The other way is as it was.
    accepted[0].socket.write('back')
    await soon('the way back is open', () => open.heard === 'back')
    expect(accepted).toHaveLength(1)
    expect(accepted[0].heard).toBe('before')
    // Who dialled leaves: that is a message too.
    open.socket.destroy()
    await soon('gone', () => open.over)
    expect([fresh.over, accepted[0].over, accepted[0].ended]).toEqual([false, false, false])
    relay.forth.cut = false
    await relay.changed()
    await soon('what has a hole is broken off', () => fresh.over && accepted[0].over)
    const healed = dial()
    healed.socket.write('again')
    await soon('new ones pass', () => accepted[1]?.heard === 'again')
  })

  it('a connection that lost nothing by a cut outlives it', async () => {
    await running()
    const idle = dial()
    idle.socket.write('1')
    await soon('open', () => accepted[0]?.heard === '1')
    relay.forth.cut = true
    relay.back.cut = true
    await relay.changed()
    relay.forth.cut = false
    relay.back.cut = false
    await relay.changed()
    idle.socket.write('2')
    await soon('still there', () => accepted[0].heard === '12')
  })

  it('over a lane that is mute bytes pass, and nobody learns that the other is gone, not even by dialling', async () => {
    await running()
    const near = dial()
    near.socket.write('x')
    await soon('open', () => accepted[0]?.heard === 'x')
    relay.back.mute = true
    await relay.changed()
    accepted[0].socket.write('y')
    await soon('bytes pass', () => near.heard === 'y')
    target?.close()
    accepted[0].socket.destroy()
    relay.down()
    expect(await dialled()).toBeUndefined()
    expect([near.over, near.ended]).toEqual([false, false])
    relay.back.mute = false
    await relay.changed()
    await soon('now it does', () => near.over)
    expect(await dialled()).toBeDefined()
  })

  it('latency delays one way and no byte overtakes another; healed, what is under way comes at once', async () => {
    await running()
    relay.forth.shape = {latencyMs: 60, jitterMs: 20}
    await relay.changed()
    const near = dial()
    const begun = performance.now()
    for (const word of ['a', 'b', 'c', 'd']) near.socket.write(word)
    await soon('all', () => accepted[0]?.heard === 'abcd')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(60)
    relay.forth.shape = {latencyMs: 3_600_000}
    await relay.changed()
    near.socket.end('e')
    accepted[0].socket.write('back')
    await soon('the way back is not slow', () => near.heard === 'back')
    expect(accepted[0].heard).toBe('abcd')
    relay.forth.shape = undefined
    await relay.changed()
    await soon('let go, with its end', () => accepted[0].heard === 'abcde' && accepted[0].ended)
  })

  it('a rate holds', async () => {
    await running()
    relay.forth.shape = {bytesPerSecond: 100_000}
    await relay.changed()
    const near = dial()
    const begun = performance.now()
    near.socket.write('x'.repeat(20_000))
    await soon('all', () => accepted[0]?.heard.length === 20_000)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(190)
  })

  it('loss comes late and whole; where nothing gets through the connection breaks', async () => {
    await running()
    relay.forth.shape = {lossPercent: 50}
    await relay.changed()
    const near = dial()
    near.socket.write('x'.repeat(8_000))
    await soon('whole', () => accepted[0]?.heard.length === 8_000)
    relay.forth.shape = {lossPercent: 100}
    await relay.changed()
    near.socket.write('y')
    await soon('broken', () => near.over && accepted[0].over)
    expect(accepted[0].heard).not.toContain('y')
  })

  it('who does not read stops who writes, not the relay', async () => {
    await running()
    const near = dial()
    near.socket.write('x')
    await soon('open', () => accepted[0])
    accepted[0].socket.pause()
    const block = Buffer.alloc(1_000_000, 'z')
    let written = 0
    while (near.socket.write(block) || near.socket.writableLength < 8_000_000) written++
    await soon('it stands', () => near.socket.writableLength > 0)
    expect(relay.forth.passedBytes).toBeLessThan(written * block.length)
    accepted[0].socket.resume()
    await soon('all of it', () => near.socket.writableLength === 0)
  })
})
