import fc from 'fast-check'
import protobuf from 'protobufjs'
import {describe, expect, it} from 'vitest'
import {EMPTY} from '../../src/base/bytes.ts'
import {
  type ConfState,
  decodeConfChange,
  decodeConfChangeV2,
  type Entry,
  encodeConfChange,
  encodeConfChangeV2,
  type Snapshot,
} from '../../src/formats/eraftpb.ts'
import {ProtobufError, ProtobufWriter} from '../../src/formats/protobuf.ts'
import {decodeMessage, encodeMessage} from '../../src/raft/codec.ts'
import {emptyMessage} from '../../src/raft/messages.ts'
import {type Message, MessageType} from '../../src/raft/types.ts'

/** raftpb.Message with raft-rs's Entry, as far as it is sent. */
const schema = protobuf.parse(`
  syntax = "proto3";
  message Entry { uint64 type = 1; uint64 term = 2; uint64 index = 3; bytes data = 4; bytes context = 6; }
  message ConfState {
    repeated uint64 voters = 1; repeated uint64 learners = 2; repeated uint64 votersOutgoing = 3; repeated uint64 learnersNext = 4;
    bool autoLeave = 5;
  }
  message SnapshotMetadata { ConfState confState = 1; uint64 index = 2; uint64 term = 3; }
  message Snapshot { bytes data = 1; SnapshotMetadata metadata = 2; }
  message Message {
    uint64 type = 1; uint64 to = 2; uint64 from = 3; uint64 term = 4; uint64 logTerm = 5; uint64 index = 6; repeated Entry entries = 7;
    uint64 commit = 8; Snapshot snapshot = 9; bool reject = 10; uint64 rejectHint = 11; bytes context = 12; uint64 vote = 13;
  }
  message ConfChange { uint64 id = 1; uint64 type = 2; uint64 nodeId = 3; bytes context = 4; }
  message Single { uint64 type = 1; uint64 nodeId = 2; }
  message ConfChangeV2 { uint64 transition = 1; repeated Single changes = 2; bytes context = 3; }
`).root

const number = fc.oneof(fc.constant(0), fc.nat(300), fc.maxSafeNat())
const bytes = fc.uint8Array({maxLength: 200})
const node = fc.nat(2 ** 31 - 1)
const nodes = fc.array(node, {maxLength: 4})
const entry: fc.Arbitrary<Entry> = fc.record({
  type: fc.constantFrom(0, 1, 2),
  term: number,
  index: number,
  data: bytes,
  context: fc.uint8Array({maxLength: 2}),
})
const confState: fc.Arbitrary<ConfState> = fc.record({
  voters: nodes,
  learners: nodes,
  votersOutgoing: nodes,
  learnersNext: nodes,
  autoLeave: fc.boolean(),
})
const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  data: bytes,
  metadata: fc.record({confState, index: number, term: number}),
})
const message: fc.Arbitrary<Message> = fc
  .record({
    type: fc.constantFrom(...Object.values(MessageType)),
    from: node,
    to: node,
    term: number,
    logTerm: number,
    index: number,
    entries: fc.array(entry, {maxLength: 5}),
    commit: number,
    vote: node,
    snapshot: fc.option(snapshot, {nil: undefined}),
    reject: fc.boolean(),
    rejectHint: number,
    context: fc.option(fc.uint8Array({minLength: 1, maxLength: 20}), {nil: undefined}),
  })
  .map(m => ({...m, responses: undefined}))

function encoded(m: Message): Uint8Array {
  const w = new ProtobufWriter()
  encodeMessage(m, w)
  return w.finish()
}

/** Without what proto3 leaves out: scalars that are zero, empty bytes. */
function dense(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.length > 0 ? value : undefined
  if (Array.isArray(value)) return value.length > 0 ? value.map(one => dense(one) ?? one) : undefined
  if (value && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, dense(inner)])
        .filter(([, inner]) => inner !== undefined),
    )
  return value || undefined
}

function byProtobufjs(type: string, value: object): string {
  return Buffer.from(
    schema
      .lookupType(type)
      .encode(dense(value) as object)
      .finish(),
  ).toString('hex')
}

const hex = (some: Uint8Array): string => Buffer.from(some).toString('hex')

describe('codec', () => {
  it('any message is written as protobufjs writes it, and read back', () => {
    fc.assert(
      fc.property(message, m => {
        const made = encoded(m)
        expect(hex(made)).toBe(byProtobufjs('Message', m))
        expect(decodeMessage(made)).toEqual(m)
      }),
      {numRuns: 500},
    )
  })

  it('damaged bytes are refused with the offset of the damage, or read as another message; nothing else is thrown', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({min: 1, max: 255}), (m, at, flip) => {
        const bytes = encoded({...m, term: 7})
        bytes[at % bytes.length] ^= flip
        try {
          decodeMessage(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError)
          const {at: offset, message: text} = error as ProtobufError
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset).toBeLessThanOrEqual(bytes.length)
          expect(text).toContain(`at byte ${offset}`)
        }
      }),
      {numRuns: 1000},
    )
  })

  it('a message cut inside a field is refused where that field begins to lack bytes (cut at every byte)', () => {
    const entries = [{type: 0 as const, term: 3, index: 9, data: new Uint8Array(5), context: EMPTY}]
    const bytes = encoded({...emptyMessage(MessageType.MsgApp), from: 1, to: 2, term: 3, entries})
    const whole: number[] = []
    for (let end = 0; end <= bytes.length; end++) {
      try {
        decodeMessage(bytes.subarray(0, end))
        whole.push(end)
      } catch (error) {
        expect((error as ProtobufError).at).toBeLessThanOrEqual(end)
      }
    }
    // Only between fields: type, to, from, term, entries.
    expect(whole).toEqual([0, 2, 4, 6, 8, bytes.length])
  })

  it('damage inside an entry is named by its place in the whole message', () => {
    const entries = [{type: 0 as const, term: 3, index: 9, data: EMPTY, context: EMPTY}]
    const bytes = encoded({...emptyMessage(MessageType.MsgApp), from: 1, to: 2, term: 3, entries})
    // Behind type, to, from, term (2 bytes each), tag and length of the entry: its first tag becomes a field 0.
    bytes[10] = 0
    expect(() => decodeMessage(bytes)).toThrow('field number 0 at byte 10')
  })

  it('an unknown type of message is refused', () => {
    expect(() => decodeMessage(Uint8Array.of(8, 99))).toThrow('message type 99 at byte 0')
  })

  it('changes of the configuration are read back, and read alike by protobufjs', () => {
    const type = fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<0 | 1 | 2 | 3>
    fc.assert(
      fc.property(type, node, bytes, (kind, nodeId, context) => {
        const made = encodeConfChange({type: kind, nodeId, context})
        expect(decodeConfChange(made)).toEqual({type: kind, nodeId, context})
        const foreign = schema.lookupType('ConfChange')
        const read = foreign.toObject(foreign.decode(made), {longs: Number, defaults: true})
        expect({...read, context: hex(read.context)}).toEqual({id: 0, type: kind, nodeId, context: hex(context)})
      }),
    )
    const single = fc.record({type, nodeId: node})
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2), fc.array(single, {maxLength: 4}), (transition, changes) => {
        const change = {transition: transition as 0 | 1 | 2, changes, context: EMPTY}
        expect(decodeConfChangeV2(encodeConfChangeV2(change))).toEqual(change)
      }),
    )
  })
})
