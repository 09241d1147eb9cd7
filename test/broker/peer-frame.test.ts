import {expect, test} from 'vitest'
import {concat, fromUtf8} from '../../src/base/bytes.ts'
import {encodeFrame, FRAME_BYTES_MAX, FrameKind, FrameReader, RaftFrame} from '../../src/broker/peer-frame.ts'
import type {Entry} from '../../src/formats/eraftpb.ts'
import {ProtobufReader} from '../../src/formats/protobuf.ts'
import {decodeMessage} from '../../src/raft/codec.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'

function append(sizes: readonly number[]): Message {
  const entries: Entry[] = sizes.map((size, i) => ({
    type: 0,
    term: 3,
    index: 8 + i,
    data: new Uint8Array(size).fill(i + 1),
    context: Uint8Array.of(1),
  }))
  return {...emptyMessage(MessageType.MsgApp), from: 1, to: 2, term: 3, logTerm: 2, index: 7, commit: 6, entries}
}

/** What a peer reads from these bytes, given to it in pieces of `step`. */
function read(bytes: Uint8Array, step = bytes.length): {messages: Array<[string, Message]>; why?: string} {
  const reader = new FrameReader()
  const messages: Array<[string, Message]> = []
  for (let at = 0; at < bytes.length; at += step) {
    const why = reader.push(bytes.subarray(at, at + step), (kind, body) => {
      expect(kind).toBe(FrameKind.Raft)
      const outer = new ProtobufReader(body)
      while (outer.next()) {
        const inner = new ProtobufReader(outer.view())
        let group = ''
        while (inner.next())
          if (inner.field === 1) group = fromUtf8(inner.view())
          else messages.push([group, decodeMessage(inner.view())])
      }
    })
    if (why) return {messages, why}
  }
  return {messages}
}

test('peer frame: payloads of every size, the peer reads the messages that were added', () => {
  const frame = new RaftFrame()
  const sent: Array<[string, Message]> = [
    ['a/0', append([0, 1, 511, 512, 513, 70_000])],
    ['b/1', {...emptyMessage(MessageType.MsgHeartbeat), from: 1, to: 2, term: 4, commit: 9}],
    ['a/0', append([20_000])],
  ]
  for (const [group, message] of sent) frame.add(group, message)
  const bytes = concat(frame.take())
  for (const step of [bytes.length, 65_536, 1_000, 7]) expect(read(bytes, step).messages).toEqual(sent)
})

test('peer frame: taken, it is empty and its pieces stay as they were', () => {
  const frame = new RaftFrame()
  frame.add('a/0', append([600, 3]))
  const pieces = frame.take()
  const before = concat(pieces).slice()
  expect(frame.length).toBe(0)
  frame.add('b/0', append([900]))
  frame.take()
  expect(concat(pieces)).toEqual(before)
})

test('peer frame: a large payload, it is not copied', () => {
  const frame = new RaftFrame()
  const message = append([4_096])
  frame.add('a/0', message)
  expect(frame.take().some(piece => piece === message.entries[0].data)).toBe(true)
})

test('peer frame: any byte of it changed, the stream is unusable', () => {
  const frame = new RaftFrame()
  frame.add('a/0', append([40, 600]))
  const bytes = concat(frame.take())
  for (let at = 4; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at] ^= 0x10
    expect(read(changed)).toEqual({messages: [], why: 'a frame whose CRC is wrong'})
  }
})

test('peer frame: a length of 0 or above the limit, the stream is unusable', () => {
  const frame = encodeFrame(FrameKind.Forward, new Uint8Array(3))
  for (const length of [0, FRAME_BYTES_MAX + 1]) {
    new DataView(frame.buffer).setUint32(0, length)
    expect(new FrameReader().push(frame, () => {})).toBe(`a frame of ${length} bytes`)
  }
})
