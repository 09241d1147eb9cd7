import {mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import net from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, it, vi} from 'vitest'
import {freePorts, needPorts, newSpec} from '../../src/supervisor/plan.ts'
import {portOwner} from '../../src/supervisor/port-owner.ts'
import {readSpec} from '../../src/supervisor/spec.ts'

const servers: net.Server[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(servers.splice(0).map(s => new Promise(done => s.close(done))))
})

const listen = (port: number, host: string) =>
  new Promise<void>((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    servers.push(server)
    server.listen(port, host, resolve)
  })

/** A base whose six ports are free now. */
async function freeBase(): Promise<number> {
  for (;;) {
    const [base] = await freePorts(1)
    if (base < 65_000 && base > 1_100) {
      try {
        await newSpec({name: 'x', basePort: base})
        return base
      } catch {
        // Taken: draw again.
      }
    }
  }
}

describe('ports', () => {
  it('free ones lie below those that systems give to the ends of connections, and are all different', async () => {
    const ports = await freePorts(50)
    expect(new Set(ports).size).toBe(50)
    expect(ports.filter(p => p < 20_000 || p >= 32_768)).toEqual([])
    for (const port of ports.slice(0, 3)) await listen(port, '127.0.0.1')
  })

  it('hardening 18: one that is in use is told with its node, its use and its owner, before anything exists; exit 4', async () => {
    const base = await freeBase()
    await listen(base + 101, '127.0.0.1')
    await expect(newSpec({name: 'x', basePort: base})).rejects.toMatchObject({
      code: 'CHRONIK_PORT_IN_USE',
      exitCode: 4,
      message: expect.stringMatching(
        new RegExp(`^Port ${base + 101} \\(n2, raft\\) is in use by pid ${process.pid} \\(.+\\)\\.$`),
      ),
      next: 'chronik cluster up --base-port 19092',
    })
  })

  it('hardening 18: one that every address of the machine listens on is in use; one of ::1 alone is not ours', async () => {
    const base = await freeBase()
    await listen(base, '0.0.0.0')
    await expect(newSpec({name: 'x', basePort: base})).rejects.toMatchObject({exitCode: 4})
    const other = await freeBase()
    try {
      await listen(other, '::1')
    } catch {
      return
    }
    expect((await newSpec({name: 'x', basePort: other})).spec.nodes[0].kafkaPort).toBe(other)
  })

  it('hardening 18: ports that a cluster remembers are looked at together, before its first node starts', async () => {
    const {spec} = await newSpec({name: 'x', newPorts: true})
    await needPorts(spec, 0)
    await listen(spec.nodes[2].raftPort, '127.0.0.1')
    await expect(needPorts(spec, 0)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(`Port ${spec.nodes[2].raftPort} (n3, raft) is in use`),
    })
    expect(new Set(spec.nodes.flatMap(n => [n.kafkaPort, n.raftPort])).size).toBe(6)
  })

  it('hardening 18: those that end above 65535, and a specification that gives one twice or 0, are refused', async () => {
    await expect(newSpec({name: 'x', basePort: 65_500})).rejects.toMatchObject({
      exitCode: 2,
      message: 'Ports from 65500 on end above 65535.',
    })
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-ports-')))
    try {
      const {spec} = await newSpec({name: 'x', newPorts: true})
      const [first] = spec.nodes
      writeFileSync(
        join(dir, 'cluster.json'),
        JSON.stringify({...spec, nodes: [first, {...spec.nodes[1], raftPort: first.kafkaPort}]}),
      )
      expect(() => readSpec(dir)).toThrow(`gives port ${first.kafkaPort} twice`)
      writeFileSync(join(dir, 'cluster.json'), JSON.stringify({...spec, nodes: [{...first, raftPort: 0}]}))
      expect(() => readSpec(dir)).toThrow('does not describe a cluster')
    } finally {
      rmSync(dir, {recursive: true, force: true})
    }
  })

  it('hardening 18: a port that cannot be listened on for another reason is told with that reason', async () => {
    const {spec} = await newSpec({name: 'x', newPorts: true})
    vi.spyOn(net, 'createServer').mockImplementation(() => {
      const server = new net.Server()
      server.listen = () => {
        setImmediate(() => server.emit('error', Object.assign(new Error('no'), {code: 'EACCES'})))
        return server
      }
      return server
    })
    await expect(needPorts(spec, 0)).rejects.toMatchObject({
      exitCode: 4,
      message: `Port ${spec.nodes[0].kafkaPort} (n1, kafka) cannot be listened on: EACCES.`,
    })
  })

  it('the owner of a port is found by number; a port that nobody listens on has none', async () => {
    const [port] = await freePorts(1)
    expect(portOwner(port)).toBeUndefined()
    await listen(port, '127.0.0.1')
    expect(portOwner(port)?.pid).toBe(process.pid)
  })
})
