import {readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {giveFolder, portsOfOneMore} from '../../src/supervisor/plan.ts'
import {type ClusterSpec, readSpec, writeSpec} from '../../src/supervisor/spec.ts'
import {Home} from '../helpers/chronik.ts'

interface Status {
  health: string
  leader: number
  nodes: Array<{id: number; state: string; detail?: string}>
}

describe('members of a cluster from the command line', {timeout: 90_000}, () => {
  const home = new Home()
  const folder = (): string => join(home.clusters, 'default')
  const status = async (): Promise<Status> => JSON.parse((await home.ok('cluster', 'status', '--json')).stdout)
  const produced: string[] = []
  const produce = async (value: string): Promise<void> => {
    expect((await home.run(['produce', 'orders', '--acks', 'all'], {input: `${value}\n`})).code).toBe(0)
    produced.push(value)
  }
  const consumed = async (): Promise<string[]> => {
    const {stdout} = await home.ok('consume', 'orders', '--from-beginning', '--max', String(produced.length))
    return stdout.trim().split('\n').sort()
  }

  beforeAll(async () => {
    await home.ok('cluster', 'up', '--new-ports')
    await home.ok('topic', 'create', 'orders', '--partitions', '2')
    await produce('one')
  }, 60_000)
  afterAll(() => home.remove(), 60_000)

  it('remove: with a replica for which there is no other place it is refused, and says what to type', async () => {
    const refused = await home.run(['cluster', 'remove', '2'])
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(
      /^n2 has replicas of orders\/0 orders\/1, and every other node has one already\. Try: .*chronik cluster add\n$/,
    )
    expect((await status()).nodes.map(n => n.id)).toEqual([1, 2, 3])
  })

  it('add, then remove the leader: its replicas go to the new node, and nothing acknowledged is missing', async () => {
    const added = JSON.parse((await home.ok('cluster', 'add', '--json')).stdout)
    expect(added).toMatchObject({command: 'chronik cluster add', did: [{node: 4, effect: 'added'}]})
    await produce('two')
    const {leader} = await status()
    const {stdout} = await home.ok('cluster', 'remove', String(leader))
    expect(stdout).toMatch(new RegExp(`^n${leader} hands over what it leads: .*__raft_metadata/0`, 'm'))
    const log = readFileSync(join(folder(), `node${leader}.log`), 'utf8')
    expect(log).toMatch(/handed over (\d) of \1 leaderships[\s\S]*__raft_metadata\/0 members: /)
    expect(stdout).toContain(`n${leader}: its replicas of orders/0 orders/1 are with others\n`)
    expect(stdout).toMatch(/voters of __raft_metadata\/0 are (n\d ?){3}, quorum 2 of 3\n$/)
    await produce('three')
    expect(await consumed()).toEqual([...produced].sort())
    const after = await status()
    expect(after).toMatchObject({health: 'HEALTHY'})
    expect(after.nodes.map(n => n.id)).toEqual([1, 2, 3, 4].filter(n => n !== leader))
    expect(readdirSync(join(folder(), 'aside')).some(name => name.startsWith(`n${leader}-`))).toBe(true)
  })

  it('down and up: the changed cluster is there with all of its nodes', async () => {
    const before = (await status()).nodes.map(n => n.id)
    await home.ok('cluster', 'down')
    await home.ok('cluster', 'up')
    expect((await status()).nodes.map(n => n.id)).toEqual(before)
    expect(await consumed()).toEqual([...produced].sort())
  })

  it('a node that comes back with an empty disk is refused by the others, until it is replaced', async () => {
    await home.ok('kill', '4')
    rmSync(join(folder(), 'node4'), {recursive: true})
    const started = await home.run(['start', '4'])
    expect(started.code).toBe(4)
    expect(started.stdout).toMatch(/^n4 up after \d+ ms with another disk: the others refuse it\n/)
    expect(started.stderr).toMatch(
      /^n4 came back with another disk \(directory [0-9a-f]{8}\): the others refuse it\. The other two serve\. Try: .*chronik cluster replace 4\n$/,
    )
    expect((await status()).nodes.find(n => n.id === 4)).toMatchObject({state: 'refused', detail: 'another disk'})
    await produce('four')
    const unasked = await home.run(['cluster', 'replace', '4'])
    expect(unasked).toMatchObject({code: 2, stdout: ''})
    const {stdout} = await home.ok('cluster', 'replace', '4', '--yes')
    expect(stdout).toContain('n4 is a voter of __raft_metadata/0 ')
    await produce('five')
    expect(await consumed()).toEqual([...produced].sort())
    expect((await status()).health).toBe('HEALTHY')
  })

  it('up: an adding that the end of the supervisor cut off is finished, and said', async () => {
    await home.ok('cluster', 'down')
    // What `add` leaves when its supervisor is killed before anybody was told of the node.
    const spec = readSpec(folder()) as ClusterSpec
    const id = Math.max(...spec.nodes.map(n => n.id)) + 1
    const node = {id, directoryId: 'd'.repeat(32), ...(await portsOfOneMore(spec)), joining: true as const}
    giveFolder(folder(), spec.clusterId, node)
    writeSpec(folder(), {...spec, voters: spec.nodes.map(n => n.id), nodes: [...spec.nodes, node], lastNodeId: id})
    const {stderr} = await home.ok('cluster', 'up')
    expect(stderr).toContain(`n${id} had been added by half: it is a voter now.\n`)
    const {nodes} = JSON.parse((await home.ok('cluster', 'status', '--json')).stdout)
    expect(nodes.map((n: {id: number; state: string}) => [n.id, n.state])).toContainEqual([id, 'up'])
    expect(readSpec(folder())?.nodes.at(-1)).not.toHaveProperty('joining')
    expect((await status()).health).toBe('HEALTHY')
    expect(await consumed()).toEqual([...produced].sort())
  })
})
