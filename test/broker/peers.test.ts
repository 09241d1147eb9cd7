import {beforeEach, describe, expect, it} from 'vitest'
import {utf8} from '../../src/base/bytes.ts'
import {readBeat} from '../../src/broker/beat.ts'
import {encodeFrame, FRAME_BYTES_MAX, FrameKind, RaftFrame} from '../../src/broker/peer-frame.ts'
import {Peers} from '../../src/broker/peers.ts'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../src/contracts/node-config.ts'
import {probeAnswer, probeFrame} from '../../src/contracts/peer-probe.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'
import {FakeClock} from '../helpers/fake-clock.ts'
import {type FakeConnection, FakeNetwork} from '../helpers/fake-network.ts'

const PORT = 9_192

function configOf(node: number, over: Partial<NodeConfig> = {}): NodeConfig {
  const host = '127.0.0.1'
  return {
    formatVersion: 1,
    clusterId: 'a'.repeat(32),
    clusterName: 'test',
    node,
    dataDir: '/none',
    kafka: {host, port: 9_092},
    raft: {host, port: PORT},
    secret: '5ec2e7',
    controlPath: '/none',
    peers: [1, 2, 3]
      .filter(n => n !== node)
      .map(n => ({node: n, raft: {host, port: PORT + n}, kafka: {host, port: 0}})),
    voters: [1, 2, 3],
    exitOnStdinEnd: true,
    settings: DEFAULT_SETTINGS,
    ...over,
  }
}

function message(from: number, to: number): Message {
  return {
    type: MessageType.MsgHeartbeat,
    from,
    to,
    term: 1,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    vote: 0,
    reject: false,
    rejectHint: 0,
  }
}

describe('the peer port of n1', () => {
  let clock: FakeClock
  let net: FakeNetwork
  let lines: string[]
  let heard: string[]
  let broken: Error | undefined
  let wiped: boolean

  async function peersOf(config: NodeConfig, network: FakeNetwork, incarnation = '1'): Promise<Peers> {
    const peers = new Peers(
      {clock, network, log: (_level, line) => void lines.push(line)},
      config,
      {directoryId: 'd'.repeat(32), incarnation},
      {
        message: (group, m) => {
          if (broken) throw broken
          heard.push(`${group} from ${m.from}`)
        },
        forwarded: from => void heard.push(`forward from ${from}`),
        heartbeat: (from, body) => {
          if (!readBeat(body)) return 'a heartbeat that does not parse'
          heard.push(`heartbeat from ${from}`)
          return undefined
        },
        snapshotSent: () => undefined,
        unreachable: () => undefined,
        refused: () => undefined,
        restarted: node => void heard.push(`n${node} is another process`),
        wiped: () => wiped,
      },
    )
    await peers.start()
    return peers
  }

  beforeEach(async () => {
    clock = new FakeClock()
    net = new FakeNetwork()
    lines = []
    heard = []
    broken = undefined
    wiped = false
    await peersOf(configOf(1), net)
  })

  /** What a node of this configuration would say first to n1. */
  async function helloOf(config: NodeConfig, incarnation?: string): Promise<Uint8Array> {
    const outside = new FakeNetwork()
    await peersOf(config, outside, incarnation)
    const toOne = outside.dialled[0]
    toOne.opened()
    return toOne.written()
  }

  async function member(node = 2, incarnation?: string): Promise<FakeConnection> {
    const connection = net.open(PORT)
    connection.send(await helloOf(configOf(node), incarnation))
    return connection
  }

  function raftFrame(...messages: Message[]): Uint8Array {
    const frame = new RaftFrame()
    for (const m of messages) frame.add('t/0', m)
    return Buffer.concat(frame.take())
  }

  it('a member says hello and is heard, in pieces of any size', async () => {
    const connection = net.open(PORT)
    const bytes = Buffer.concat([
      await helloOf(configOf(2)),
      raftFrame(message(2, 1), message(2, 1)),
      encodeFrame(FrameKind.Heartbeat, utf8('{"i":"1","n":1,"e":0,"led":[["t/0",3]]}')),
      encodeFrame(FrameKind.Forward, utf8('{}')),
    ])
    for (let at = 0; at < bytes.length; at += 7) connection.send(bytes.subarray(at, at + 7))
    expect(heard).toEqual(['n2 is another process', 't/0 from 2', 't/0 from 2', 'heartbeat from 2', 'forward from 2'])
    expect(connection.ended).toBeUndefined()
  })

  it('a heartbeat of the node leaves with the messages of the same turn, before them, in one write', async () => {
    const outside = new FakeNetwork()
    const peers = await peersOf(configOf(2), outside)
    const [toOne] = outside.dialled
    toOne.opened()
    const before = toOne.writes
    peers.send('t/0', message(2, 1))
    peers.heartbeat(1, utf8('{"i":"1","n":1,"e":0}'))
    expect(toOne.writes).toBe(before)
    peers.flush()
    expect(toOne.writes).toBe(before + 1)
    net.open(PORT).send(toOne.written())
    expect(heard).toEqual(['n2 is another process', 'heartbeat from 2', 't/0 from 2'])
    peers.flush()
    expect(toOne.writes).toBe(before + 1)
  })

  it('another process of a member is told once, before its first message; what the one before it still says is not heard', async () => {
    const [before, snapshots, other] = [await member(2, 'a'), await member(2, 'a'), await member(3, 'c')]
    before.send(raftFrame(message(2, 1)))
    expect(heard).toEqual(['n2 is another process', 'n3 is another process', 't/0 from 2'])
    heard = []
    const after = net.open(PORT)
    after.send(Buffer.concat([await helloOf(configOf(2), 'b'), raftFrame(message(2, 1))]))
    expect(heard).toEqual(['n2 is another process', 't/0 from 2'])
    expect([before, snapshots, other, after].map(c => c.ended)).toEqual(['reset', 'reset', undefined, undefined])
    before.send(raftFrame(message(2, 1)))
    await member(2, 'b')
    expect(heard).toHaveLength(2)
  })

  const strangers: Array<[what: string, config: NodeConfig, said: RegExp]> = [
    ['another cluster', configOf(2, {clusterId: 'b'.repeat(32)}), /closed: cluster b+, this is a+$/],
    ['another secret', configOf(2, {secret: '0'}), /closed: its secret is another$/],
    ['a node that is no member', {...configOf(2), node: 9}, /closed: n9 is no member$/],
  ]
  for (const [what, config, said] of strangers)
    it(`hardening 32: ${what}, refused with both values and not heard`, async () => {
      const connection = net.open(PORT)
      connection.send(await helloOf(config), raftFrame(message(2, 1)))
      expect(connection.ended).toBe('reset')
      expect(lines.at(-1)).toMatch(said)
      expect(heard).toEqual([])
    })

  it('a probe of who knows the secret is answered with its nonce and closed; it is no member, and its connection no way in', () => {
    const connection = net.open(PORT)
    connection.send(probeFrame(configOf(1), 1, 'abc'))
    expect(probeAnswer(connection.written())).toEqual({nonce: 'abc', node: 1, incarnation: '1'})
    expect(connection.ended).toBe('close')
    for (const [what, frame] of [
      ['another secret', probeFrame(configOf(1, {secret: '0'}), 1, 'abc')],
      ['meant for another', probeFrame(configOf(1), 2, 'abc')],
      ['no JSON', encodeFrame(FrameKind.Probe, utf8('{'))],
    ] as const) {
      const stranger = net.open(PORT)
      stranger.send(frame)
      expect(stranger.ended, what).toBe('reset')
      expect(stranger.written(), what).toHaveLength(0)
    }
    expect(heard).toEqual([])
  })

  it('hardening 32: a hello meant for another node is refused', async () => {
    const outside = new FakeNetwork()
    await peersOf(configOf(2), outside)
    outside.dialled[1].opened()
    const connection = net.open(PORT)
    connection.send(outside.dialled[1].written())
    expect(connection.ended).toBe('reset')
    expect(lines.at(-1)).toMatch(/meant for n3, this is n1$/)
  })

  it('hardening 32: a known node whose directory is another is refused', async () => {
    wiped = true
    const connection = await member()
    expect(connection.ended).toBe('reset')
    expect(lines.at(-1)).toMatch(/its disk was replaced$/)
  })

  const firsts: Array<[what: string, bytes: Uint8Array, said: RegExp]> = [
    ['no hello', encodeFrame(FrameKind.Heartbeat, utf8('[]')), /the first frame is no hello/],
    ['no JSON', encodeFrame(FrameKind.Hello, utf8('{')), /does not parse/],
    ['JSON null', encodeFrame(FrameKind.Hello, utf8('null')), /no peer of ours/],
    ['another magic', encodeFrame(FrameKind.Hello, utf8('{"magic":"other"}')), /no peer of ours/],
    [
      'another version',
      encodeFrame(FrameKind.Hello, utf8('{"magic":"chronik-peer","version":99}')),
      /protocol version 99, this is \d/,
    ],
    ['an empty frame', new Uint8Array(8), /a frame of 0 bytes/],
    ['all bits set', new Uint8Array(8).fill(255), /a frame of 4294967295 bytes/],
    ['HTTP', utf8('GET / HTTP/1.1\r\n\r\n'), /a frame of 1195725856 bytes/],
    ['a frame larger than any hello', encodeFrame(FrameKind.Hello, new Uint8Array(5_000)), /a frame of 5001 bytes/],
  ]
  for (const [what, bytes, said] of firsts)
    it(`hardening 32: first comes ${what}, closed and said`, async () => {
      const connection = net.open(PORT)
      connection.send(bytes)
      expect(connection.ended).toBe('reset')
      expect(lines.at(-1)).toMatch(said)
      expect((await member()).ended).toBeUndefined()
    })

  it('hardening 32: who says nothing for five seconds is closed; a member is not', async () => {
    const silent = net.open(PORT)
    const peer = await member()
    await clock.advance(5_000)
    expect([silent.ended, peer.ended]).toEqual(['reset', undefined])
    expect(lines.filter(l => l.endsWith('no hello'))).toHaveLength(1)
  })

  it('hardening 32: frames of a member: too large, wrong CRC, unknown kind, damaged, in the name of another', async () => {
    const tooLarge = new Uint8Array(8)
    new DataView(tooLarge.buffer).setUint32(0, FRAME_BYTES_MAX + 1)
    const flipped = raftFrame(message(2, 1)).slice()
    flipped[flipped.length - 1] ^= 1
    const bad: Array<[Uint8Array, RegExp]> = [
      [tooLarge, /a frame of 8388609 bytes/],
      [flipped, /whose CRC is wrong/],
      [encodeFrame(77 as FrameKind, utf8('x')), /a frame of kind 77/],
      [encodeFrame(FrameKind.Raft, Uint8Array.of(0x0a, 0x7f, 1)), /a damaged frame/],
      [encodeFrame(FrameKind.Heartbeat, utf8('{"a":1}')), /does not parse/],
      ...[
        'null',
        '{"i":"1","n":-1,"e":0}',
        '{"i":"1","n":1,"e":0,"led":[["t/0",-1]]}',
        '{"i":"1","n":1,"e":0,"rest":[["t/0",1]]}',
        '{"i":"1","n":1,"e":0,"slept":{}}',
        '{"i":"1","n":1,"e":0,"wake":[7]}',
      ].map((body): [Uint8Array, RegExp] => [encodeFrame(FrameKind.Heartbeat, utf8(body)), /does not parse/]),
      [raftFrame(message(2, 1), message(3, 1)), /a message from 3 to 1/],
      [raftFrame(message(2, 3)), /a message from 2 to 3/],
    ]
    for (const [bytes, said] of bad) {
      const connection = await member()
      heard = []
      connection.send(bytes)
      expect(connection.ended).toBe('reset')
      expect(lines.at(-1)).toMatch(said)
      expect(heard).toEqual([])
    }
  })

  it('hardening 32: connections of strangers are bounded', () => {
    const open = Array.from({length: 100}, () => net.open(PORT))
    expect(open.filter(c => c.ended === undefined)).toHaveLength(32)
  })

  it('a broken belief of this node is not taken for damage of the frame', async () => {
    broken = new Error('an invariant of this node')
    const connection = await member()
    expect(() => connection.send(raftFrame(message(2, 1)))).toThrow('an invariant of this node')
  })
})
