import {describe, expect, it} from 'vitest'
import {toHex, utf8} from '../../src/base/bytes.ts'
import {decodePartitionState, encodePartitionState, type PartitionState} from '../../src/formats/partition-state.ts'
import {ProtobufError} from '../../src/formats/protobuf.ts'

const STATE: PartitionState = {
  logStart: 3,
  nextOffset: 300,
  digest: 0xdeadbeef,
  epochs: [
    {epoch: 1, startOffset: 0},
    {epoch: 4, startOffset: 290},
  ],
  producers: [{id: 1_000, epoch: 2, batches: [{firstSequence: 5, lastSequence: 6, baseOffset: 298}]}],
  values: [
    {key: utf8('a'), value: utf8('1')},
    {key: utf8('b'), value: utf8('')},
  ],
}

const GOLDEN =
  '0801' + // version 1
  '1003' + // log start 3
  '18ac02' + // next offset 300
  '25efbeadde' + // digest
  '2a020801' + // epoch 1 from 0
  '2a05080410a202' + // epoch 4 from 290
  '320e08e80710021a070805100618aa02' + // producer 1000
  '3a060a0161120131' + // a: 1
  '3a030a0162' // b

describe('the state of a partition', () => {
  it('formats: its bytes are those of docs/formats.md, and are read back', () => {
    expect(toHex(encodePartitionState(STATE))).toBe(GOLDEN)
    expect(decodePartitionState(encodePartitionState(STATE))).toEqual(STATE)
  })

  it('formats: any byte changed, or the end cut off, gives another state or ProtobufError', () => {
    const bytes = encodePartitionState(STATE)
    for (let at = 0; at < bytes.length; at++)
      for (const change of [1, 0x80, 0xff]) {
        const changed = bytes.slice()
        changed[at] ^= change
        for (const tried of [changed, bytes.slice(0, at)])
          try {
            decodePartitionState(tried)
          } catch (error) {
            expect(error).toBeInstanceOf(ProtobufError)
          }
      }
  })

  it('formats: a state of a later version is not read', () => {
    expect(() => decodePartitionState(Uint8Array.of(8, 2))).toThrow(/of version 2, this reads 1/)
  })
})
