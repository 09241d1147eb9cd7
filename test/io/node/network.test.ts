import net from 'node:net'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {nodeNetwork} from '../../../src/io/node/network.ts'
import type {Address, Listener} from '../../../src/io/ports.ts'
import {until} from '../../helpers/nodes.ts'

const ANY = {host: '127.0.0.1', port: 0}

describe('TCP', () => {
  let listener: Listener | undefined

  afterEach(() => {
    listener?.close()
    vi.restoreAllMocks()
  })

  /** True once somebody accepts on this port and says so. */
  function greeted(port: number): Promise<true | undefined> {
    return new Promise(resolve => {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('data', () => {
        socket.destroy()
        void resolve(true)
      })
      socket.on('error', () => resolve(undefined))
      socket.on('close', () => resolve(undefined))
    })
  }

  it('hardening 27: no descriptor for a connection: told, open connections go on, and the port is listened on again', async () => {
    const servers: net.Server[] = []
    const create = net.createServer
    vi.spyOn(net, 'createServer').mockImplementation(((...args: Parameters<typeof create>) => {
      const server = create(...args)
      servers.push(server)
      return server
    }) as typeof net.createServer)
    const troubles: string[] = []
    listener = await nodeNetwork.listen(
      ANY,
      c => {
        c.on({data: bytes => c.write([bytes]), closed: () => undefined})
        c.write([Uint8Array.of(1)])
      },
      why => troubles.push((why as NodeJS.ErrnoException).code ?? ''),
    )
    const {port} = listener.address as Address
    const open = net.connect(port, '127.0.0.1')
    const heard: number[] = []
    open.on('data', bytes => heard.push(...bytes))
    await until(async () => (heard.length === 1 ? true : undefined), {what: 'a greeting', withinMs: 5_000})
    for (let n = 0; n < 3; n++) servers[0].emit('error', Object.assign(new Error('accept EMFILE'), {code: 'EMFILE'}))
    expect(troubles).toEqual(['EMFILE', 'EMFILE', 'EMFILE'])
    expect(servers[0].listening).toBe(false)
    open.write(Uint8Array.of(7))
    await until(async () => (heard.includes(7) ? true : undefined), {what: 'an echo', withinMs: 5_000})
    await until(() => greeted(port), {what: 'the port is listened on again', withinMs: 10_000})
    open.destroy()
  })

  it('a port that somebody tries is waited for', async () => {
    const tried = await nodeNetwork.listen(ANY, () => undefined)
    const taken = tried.address as Address
    const listening = nodeNetwork.listen(taken, () => undefined)
    await new Promise<void>(resolve => setImmediate(resolve))
    tried.close()
    listener = await listening
    expect(listener.address).toEqual(taken)
  })

  it('a port that stays taken is refused', async () => {
    listener = await nodeNetwork.listen(ANY, () => undefined)
    await expect(nodeNetwork.listen(listener.address as Address, () => undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })
})
