import {beforeEach, describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {FrameReader} from '../../src/broker/peer-frame.ts'
import {IncomingSnapshot, SnapshotLink} from '../../src/broker/snapshot-link.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {FakeClock} from '../helpers/fake-clock.ts'
import {FakeNetwork} from '../helpers/fake-network.ts'

const MIB = 1024 * 1024
const HELLO = Uint8Array.of(0, 0, 0, 1, 0xd2, 0x02, 0xef, 0x8d, 0)

function snapshotOf(bytes: number): Message {
  const random = new SeededRandom('state')
  const data = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i += 997) data[i] = random.below(256)
  const confState = {voters: [1, 2, 3], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}
  const message = {...emptyMessage(MessageType.MsgSnap), from: 1, to: 2, term: 4}
  return {...message, snapshot: {data, metadata: {index: 9, term: 3, confState}}}
}

/** The bodies of the snapshot frames behind the hello. */
function bodies(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  const why = new FrameReader().push(bytes, (kind, body) => {
    if (kind === 5) found.push(body.slice())
  })
  expect(why).toBeUndefined()
  return found
}

describe('a snapshot on its way to a peer', () => {
  let clock: FakeClock
  let network: FakeNetwork
  let link: SnapshotLink
  let done: boolean[]

  beforeEach(() => {
    clock = new FakeClock()
    network = new FakeNetwork()
    link = new SnapshotLink({clock, network}, {host: '127.0.0.1', port: 1}, HELLO)
    done = []
  })

  async function sent(message: Message): Promise<Uint8Array[]> {
    link.send('t/0', message, ok => done.push(ok))
    const connection = network.dialled[network.dialled.length - 1]
    connection.opened()
    await clock.advance(10)
    expect(connection.ended).toBe('close')
    return bodies(connection.written())
  }

  for (const bytes of [0, 1, MIB, MIB + 1, 3 * MIB - 1])
    it(`peers: a state of ${bytes} bytes goes in chunks of a mebibyte and is put together again`, async () => {
      const message = snapshotOf(bytes)
      const frames = await sent(message)
      expect(frames).toHaveLength(Math.max(1, Math.ceil(bytes / MIB)))
      const incoming = new IncomingSnapshot()
      for (const frame of frames.slice(0, -1)) expect(incoming.take(frame)).toBeUndefined()
      const whole = incoming.take(frames[frames.length - 1])
      expect(whole).toMatchObject({group: 't/0', message: {type: MessageType.MsgSnap, from: 1, to: 2, term: 4}})
      const {snapshot} = (whole as {message: Message}).message
      expect(snapshot?.metadata).toEqual(message.snapshot?.metadata)
      expect(Buffer.compare(snapshot?.data as Uint8Array, message.snapshot?.data as Uint8Array)).toBe(0)
    })

  it('peers: chunks that are lost, repeated, out of their order or of another snapshot are refused', async () => {
    const frames = await sent(snapshotOf(3 * MIB))
    const taking = (...order: number[]): unknown => {
      const incoming = new IncomingSnapshot()
      let last: unknown
      for (const n of order) last = incoming.take(frames[n])
      return last
    }
    expect(taking(1)).toBe('a chunk of no snapshot')
    expect(taking(0, 2)).toBe(`a chunk of byte ${2 * MIB}, the next is ${MIB}`)
    expect(taking(0, 1, 1)).toBe(`a chunk of byte ${MIB}, the next is ${2 * MIB}`)
    expect(taking(0, 0)).toBe('a snapshot inside another')
    expect(new IncomingSnapshot().take(Uint8Array.of(0xff))).toMatch(/^a damaged frame/)
  })

  it('peers: no more than two mebibytes wait in the connection; a receiver that takes nothing is given up after ten seconds', async () => {
    link.send('t/0', snapshotOf(20 * MIB), ok => done.push(ok))
    const [connection] = network.dialled
    connection.reading = false
    connection.opened()
    await clock.advance(9_000)
    expect(connection.bufferedBytes()).toBeLessThan(3.1 * MIB)
    connection.take(MIB)
    await clock.advance(9_000)
    expect([done, connection.ended]).toEqual([[], undefined])
    await clock.advance(2_000)
    expect([done, connection.ended]).toEqual([[false], 'reset'])
  })

  it('peers: one follows the other, each over a connection of its own; a peer that is not there fails them', async () => {
    link.send('t/0', snapshotOf(1), ok => done.push(ok))
    link.send('t/1', snapshotOf(1), ok => done.push(ok))
    expect(network.dialled).toHaveLength(1)
    network.dialled[0].reset()
    expect([done, network.dialled.length]).toEqual([[false], 2])
    await clock.advance(11_000)
    expect(done).toEqual([false, false])
    expect(clock.timers).toBe(0)
  })
})
