import {describe, expect, it} from 'vitest'
import {type ProducerBatch, Producers} from '../../../src/broker/partition/producers.ts'
import {KafkaError as E} from '../../../src/formats/kafka/errors.ts'

function batch(baseSequence: number, count = 1, producerEpoch = 0, producerId = 7): ProducerBatch {
  return {producerId, producerEpoch, baseSequence, count}
}

const outOfOrder = {error: E.OUT_OF_ORDER_SEQUENCE_NUMBER}

describe('producer table', () => {
  it('the next sequence is fresh; a gap and a step back are out of order', () => {
    const table = new Producers()
    const ahead = table.overlay()
    expect(ahead.check(batch(0, 3))).toBe('fresh')
    ahead.add(batch(0, 3), 100)
    expect(ahead.check(batch(3))).toBe('fresh')
    expect(ahead.check(batch(4))).toEqual(outOfOrder)
    expect(ahead.check(batch(2))).toEqual(outOfOrder)
    expect(ahead.check(batch(0, 2))).toEqual(outOfOrder)
  })

  it('the last five batches are known with their offsets, an older one is out of order', () => {
    const table = new Producers()
    for (let n = 0; n < 7; n++) table.add(batch(n * 10, 10), n * 100)
    const ahead = table.overlay()
    for (let n = 2; n < 7; n++) expect(ahead.check(batch(n * 10, 10))).toMatchObject({baseOffset: n * 100})
    for (let n = 0; n < 2; n++) expect(ahead.check(batch(n * 10, 10))).toEqual(outOfOrder)
  })

  it('a newer epoch begins at sequence 0 and forgets the batches before; an older one is fenced', () => {
    const table = new Producers()
    table.add(batch(0, 5, 1), 100)
    const ahead = table.overlay()
    expect(ahead.check(batch(5, 1, 0))).toEqual({error: E.INVALID_PRODUCER_EPOCH})
    expect(ahead.check(batch(5, 1, 2))).toEqual(outOfOrder)
    expect(ahead.check(batch(0, 5, 2))).toBe('fresh')
    ahead.add(batch(0, 5, 2), 200)
    expect(ahead.check(batch(0, 5, 2))).toMatchObject({baseOffset: 200})
    expect(ahead.check(batch(0, 5, 1))).toEqual({error: E.INVALID_PRODUCER_EPOCH})
  })

  it('sequences wrap at 2^31', () => {
    const table = new Producers()
    const last = 2 ** 31 - 1
    table.add(batch(last - 1, 2), 10)
    const ahead = table.overlay()
    expect(ahead.check(batch(last - 1, 2))).toMatchObject({baseOffset: 10})
    expect(ahead.check(batch(0))).toBe('fresh')
    table.add(batch(0), 12)
    const around = new Producers()
    around.add(batch(last, 3), 20)
    expect(around.overlay().check(batch(2))).toBe('fresh')
    expect(around.overlay().check(batch(3))).toEqual(outOfOrder)
  })

  it('a producer that is not known may begin anywhere: its state may be gone', () => {
    expect(new Producers().overlay().check(batch(55))).toBe('fresh')
  })

  it('producers are apart; batches without a producer are never compared', () => {
    const table = new Producers()
    table.add(batch(0, 5), 100)
    const ahead = table.overlay()
    expect(ahead.check(batch(0, 5, 0, 8))).toBe('fresh')
    expect(ahead.check({...batch(0), producerId: -1, baseSequence: -1})).toBe('fresh')
    ahead.add({...batch(0), producerId: -1, baseSequence: -1}, 5)
    expect(ahead.check({...batch(0), producerId: -1, baseSequence: -1})).toBe('fresh')
  })

  it('what lies ahead is dropped with its overlay: a new one knows only what is below', () => {
    const table = new Producers()
    table.add(batch(0), 100)
    const first = table.overlay()
    first.add(batch(1), 101)
    expect(first.check(batch(2))).toBe('fresh')
    const second = table.overlay()
    expect(second.check(batch(2))).toEqual(outOfOrder)
    expect(second.check(batch(1))).toBe('fresh')
  })
})
