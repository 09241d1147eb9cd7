import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {ownFolder, removeSockets, socketFolder, whyNotDeleted} from '../../src/supervisor/folder.ts'
import {checkFolders, create, newSpec} from '../../src/supervisor/plan.ts'
import {removeCluster} from '../../src/supervisor/remove.ts'
import {type ClusterSpec, readSpec} from '../../src/supervisor/spec.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-folder-')))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(root, {recursive: true, force: true})
})

const made = async (dir: string): Promise<ClusterSpec> => {
  const {spec} = await newSpec({name: 'default', newPorts: true})
  create(dir, spec)
  return spec
}

describe("a cluster's folder", () => {
  it('hardening 12: is made for its owner alone, and refused when it is somebody else’s', () => {
    const dir = ownFolder(join(root, 'a', 'b'))
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    const {uid} = statSync(dir)
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1)
    expect(() => ownFolder(dir)).toThrow(`${dir} belongs to user ${uid}; you are ${uid + 1}.`)
  })

  it('hardening 12: sockets lie where nobody else can look in, and where their path is short enough', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', join(root, 'run'))
    mkdirSync(join(root, 'run'))
    const own = join(root, 'own')
    mkdirSync(own, {mode: 0o700})
    expect(socketFolder(own)).toBe(own)
    const open = join(root, 'open')
    mkdirSync(open, {mode: 0o755})
    const aside = socketFolder(open)
    expect(dirname(aside)).toBe(join(root, 'run'))
    expect(statSync(aside).mode & 0o777).toBe(0o700)
    const deep = join(root, 'd'.repeat(100))
    mkdirSync(deep, {mode: 0o700})
    expect(dirname(socketFolder(deep))).toBe(join(root, 'run'))
  })

  it('hardening 12: what is removed with the sockets is sockets', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', root)
    const open = join(root, 'open')
    mkdirSync(open, {mode: 0o755})
    const aside = socketFolder(open)
    const server = net.createServer()
    await new Promise<void>(done => server.listen(join(aside, 'supervisor.sock'), done))
    writeFileSync(join(aside, 'n1.sock'), 'no socket')
    removeSockets(join(aside, 'supervisor.sock'), open)
    expect(readdirSync(aside)).toEqual(['n1.sock'])
    rmSync(join(aside, 'n1.sock'))
    removeSockets(join(aside, 'supervisor.sock'), open)
    expect(existsSync(aside)).toBe(false)
    await new Promise(done => server.close(done))
  })

  it('hardening 4: may be reached by a link; what is in it may not', async () => {
    const real = join(root, 'real')
    symlinkSync(real, join(root, 'link'))
    mkdirSync(real)
    expect(ownFolder(join(root, 'link'))).toBe(real)
    const spec = await made(real)
    rmSync(join(real, 'node2'), {recursive: true})
    mkdirSync(join(root, 'elsewhere'))
    symlinkSync(join(root, 'elsewhere'), join(real, 'node2'))
    expect(() => checkFolders(real, spec)).toThrow(/node2 is a link; the data of n2 has to lie in/)
    rmSync(join(real, 'cluster.json'))
    for (const node of ['node1', 'node3']) rmSync(join(real, node), {recursive: true})
    expect(() => create(real, spec)).toThrow(/node2 is no folder and not of this cluster/)
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([])
  })
})

describe('purge', () => {
  it('hardening 5: takes the root, the home and where one stands from nobody', () => {
    expect(whyNotDeleted('/')).toBe('it is the root of the file system')
    vi.stubEnv('HOME', join(root, 'home'))
    mkdirSync(join(root, 'home', 'here', 'deep'), {recursive: true})
    symlinkSync(join(root, 'home'), join(root, 'link'))
    expect(whyNotDeleted(join(root, 'link'))).toBe('it is your home')
    vi.spyOn(process, 'cwd').mockReturnValue(join(root, 'home', 'here', 'deep'))
    expect(whyNotDeleted(join(root, 'home', 'here'))).toBe('you are in it')
    expect(whyNotDeleted(join(root, 'home', 'here', 'deep'))).toBe('you are in it')
    mkdirSync(join(root, 'home', 'her'))
    expect(whyNotDeleted(join(root, 'home', 'her'))).toBeUndefined()
  })

  it('hardening 4, 5: deletes what names this cluster, follows no link, keeps and tells the rest', async () => {
    const dir = join(root, 'c')
    mkdirSync(dir)
    const spec = await made(dir)
    const outside = join(root, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'x')
    symlinkSync(outside, join(dir, 'node7'))
    symlinkSync(join(outside, 'precious'), join(dir, 'events.jsonl'))
    symlinkSync(outside, join(dir, 'node1', 'wal'))
    mkdirSync(join(dir, 'node8'))
    writeFileSync(join(dir, 'node8', 'node.json'), JSON.stringify({clusterId: 'f'.repeat(32)}))
    writeFileSync(join(dir, 'notes.txt'), 'mine')
    expect(removeCluster(dir, spec.clusterId)).toEqual(['events.jsonl', 'node7', 'node8', 'notes.txt'])
    expect(readdirSync(dir).sort()).toEqual(['events.jsonl', 'node7', 'node8', 'notes.txt'])
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('x')
  })

  it('hardening 4: a folder that was reached by a link is emptied, and the link stays', async () => {
    const dir = join(root, 'c')
    mkdirSync(dir)
    const spec = await made(dir)
    symlinkSync(dir, join(root, 'link'))
    expect(removeCluster(join(root, 'link'), spec.clusterId)).toEqual([])
    expect(lstatSync(join(root, 'link')).isSymbolicLink()).toBe(true)
    expect(readdirSync(dir)).toEqual([])
  })
})

describe('creating a cluster', () => {
  it('dies at any write, and the next one begins anew and loses nothing that is not its own', async () => {
    const {spec} = await newSpec({name: 'default', newPorts: true})
    for (let at = 0; at <= 5; at++) {
      const dir = join(root, `c${at}`)
      mkdirSync(dir)
      writeFileSync(join(dir, 'notes.txt'), 'mine')
      // The draft, then the folders of the nodes one after the other: what is there when its maker dies.
      create(dir, spec)
      const spot = join(dir, 'cluster.json')
      writeFileSync(`${spot}.tmp`, readFileSync(spot))
      rmSync(spot)
      for (const id of [1, 2, 3]) if (at < id) rmSync(join(dir, `node${id}`), {recursive: true})
      if (at === 4) writeFileSync(join(dir, 'node3', 'node.json'), '')
      if (at === 5) rmSync(join(dir, 'node3', 'node.json'))
      const {spec: next} = await newSpec({name: 'default', newPorts: true})
      create(dir, next)
      expect(readSpec(dir)?.clusterId).toBe(next.clusterId)
      expect(readdirSync(dir).sort()).toEqual(['cluster.json', 'node1', 'node2', 'node3', 'notes.txt'])
      for (const id of [1, 2, 3])
        expect(JSON.parse(readFileSync(join(dir, `node${id}`, 'node.json'), 'utf8')).clusterId).toBe(next.clusterId)
    }
  })

  it('hardening 5: a folder of that name that is not empty is refused, with whose it is', async () => {
    const dir = join(root, 'c')
    mkdirSync(dir)
    const {clusterId} = await made(dir)
    rmSync(join(dir, 'cluster.json'))
    writeFileSync(join(dir, 'node1', 'data'), 'x')
    const {spec} = await newSpec({name: 'default', newPorts: true})
    expect(() => create(dir, spec)).toThrow(
      `${join(dir, 'node1')} is not empty and not of this cluster (it is of ${clusterId}, this is ${spec.clusterId}).`,
    )
    expect(existsSync(join(dir, 'node1', 'data'))).toBe(true)
    expect(existsSync(join(dir, 'cluster.json.tmp'))).toBe(false)
  })
})
