import {beforeEach, describe, expect, it} from 'vitest'
import {CRASH_POINTS, CrashPoints} from '../../src/io/crash-points.ts'
import type {Connection, ConnectionHandlers, Disk, Network} from '../../src/io/ports.ts'

class Died extends Error {}

const bytes = (text: string): Uint8Array => Buffer.from(text)

let points: CrashPoints
let calls: string[]
let disk: Disk

const below: Disk = {
  async open(path, mode) {
    calls.push(`open ${path} ${mode}`)
    return {
      append: async chunks => void calls.push(`append ${Buffer.concat(chunks)}`),
      sync: async () => void calls.push('sync'),
      read: async () => 0,
      truncate: async size => void calls.push(`truncate ${size}`),
      size: async () => 0,
      close: async () => undefined,
    }
  },
  list: async () => [],
  makeDir: async dir => void calls.push(`makeDir ${dir}`),
  syncDir: async dir => void calls.push(`syncDir ${dir}`),
  rename: async (from, to) => void calls.push(`rename ${from} ${to}`),
  remove: async path => void calls.push(`remove ${path}`),
  freeBytes: async () => 1,
}

beforeEach(() => {
  calls = []
  points = new CrashPoints(() => {
    throw new Died()
  })
  disk = points.disk(below)
})

/** What a broker does with each kind of file. */
async function everything(): Promise<void> {
  for (const path of [
    'wal/__meta/__raft_metadata/0/wal_0_0.log',
    'wal/orders/1/wal_1_0.log',
    'wal/orders/1/wal_1_0.idx',
    'wal/__meta/__raft_metadata/snapshots/snapshot_9_1.snap',
    'groups.log',
    'wal/orders/topic.json',
    'wal/orders/1/cut/wal_1_0.log@512',
  ]) {
    const file = await disk.open(path, 'create')
    await file.append([bytes('abcd'), bytes('efgh')])
    await file.sync()
    await file.truncate(3)
    await disk.rename(`${path}.tmp`, path)
    await disk.remove(path)
  }
  await disk.makeDir('wal/orders')
  await disk.syncDir('wal/orders')
  await disk.rename('wal/orders', 'wal/orders.deleted-1')
}

describe('crash points', () => {
  const onDisk = CRASH_POINTS.filter(p => !/^(peer|client)\./.test(p.name))

  it('are at least 40, each with a name of its own and a meaning', () => {
    expect(CRASH_POINTS.length).toBeGreaterThanOrEqual(40)
    expect(new Set(CRASH_POINTS.map(p => p.name)).size).toBe(CRASH_POINTS.length)
    for (const {name, means} of CRASH_POINTS) expect(means, name).toMatch(/^[a-z].{10,}$/)
  })

  it('nothing happens while none is armed, or another, or after it was disarmed', async () => {
    await everything()
    const all = [...calls]
    for (const name of ['nowhere', undefined]) {
      calls = []
      points.arm(name)
      await everything()
      expect(calls).toEqual(all)
    }
  })

  it.each(onDisk)('$name: dies there, with all before it done and nothing after it', async ({name}) => {
    await everything()
    const all = [...calls]
    calls = []
    points.arm(name)
    await expect(everything()).rejects.toThrow(Died)
    const [, call, when] = name.split('.')
    if (when === 'inside') expect(calls.at(-1)).toBe('append abcd')
    else expect(calls).toEqual(all.slice(0, calls.length))
    const word = {
      create: /^(open|makeDir)/,
      append: /^append/,
      sync: /^sync/,
      truncate: /^trunc/,
      rename: /^rename/,
      remove: /^remove/,
    }[call]
    // Before it the call is the next one, after it the last one.
    if (when === 'before') expect(all[calls.length]).toMatch(word as RegExp)
    if (when === 'after') expect(calls.at(-1)).toMatch(word as RegExp)
  })

  it('the third time is the third time, in the middle of a write too', async () => {
    const file = await disk.open('wal/orders/0/wal_0_0.log', 'append')
    for (const [name, seen] of [
      ['partition-wal.append.before', ['append ab', 'append ab']],
      ['partition-wal.append.inside', ['append ab', 'append ab', 'append a']],
      ['partition-wal.append.after', ['append ab', 'append ab', 'append ab']],
    ] as const) {
      calls = []
      points.arm(name, 3)
      const write = (): Promise<void> => file.append([bytes('ab')])
      await write()
      await write()
      await expect(write()).rejects.toThrow(Died)
      expect(calls, name).toEqual(seen)
    }
  })

  describe('of the network', () => {
    const peers = {host: 'h', port: 1}
    const clients = {path: '/k'}
    let network: Network
    let said: string[]
    let open: ((c: Connection) => void) | undefined
    let handlers: ConnectionHandlers | undefined
    const connection: Connection = {
      remote: 'r',
      write: chunks => void said.push(String(Buffer.concat(chunks))),
      bufferedBytes: () => 0,
      pause: () => undefined,
      resume: () => undefined,
      close: () => undefined,
      reset: () => undefined,
      on: h => {
        handlers = h
      },
    }

    beforeEach(() => {
      said = []
      network = points.network(
        {
          async listen(at, onConnection) {
            open = onConnection
            return {address: at, close: () => undefined}
          },
          connect: () => connection,
        },
        {peers, clients},
      )
    })

    async function talk(at: {host: string; port: number} | {path: string}): Promise<void> {
      await network.listen(at, c => {
        c.on({data: b => void said.push(`got ${Buffer.from(b)}`), closed: () => undefined})
        c.write([bytes('answer')])
      })
      open?.(connection)
      handlers?.data(bytes('question'))
    }

    it.each([
      ['peer.accept', []],
      ['peer.send.before', []],
      ['peer.send.after', ['answer']],
      ['peer.receive', ['answer']],
    ])('%s', async (name, seen) => {
      points.arm(name)
      await expect(talk(peers)).rejects.toThrow(Died)
      expect(said).toEqual(seen)
      points.arm(name)
      said = []
      await talk(clients)
      await talk({path: '/control'})
      expect(said).toEqual(['answer', 'got question', 'answer', 'got question'])
    })

    it.each([
      ['client.accept', []],
      ['client.answer.before', []],
      ['client.answer.after', ['answer']],
      ['client.receive', ['answer']],
    ])('%s', async (name, seen) => {
      points.arm(name)
      await talk(peers)
      said = []
      await expect(talk(clients)).rejects.toThrow(Died)
      expect(said).toEqual(seen)
    })

    it('peer.dial', () => {
      points.arm('peer.dial')
      expect(() => network.connect(peers)).toThrow(Died)
    })
  })
})
