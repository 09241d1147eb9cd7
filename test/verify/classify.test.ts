import {describe, expect, it} from 'vitest'
import {classifyFailure} from '../../src/verify/load/classify.ts'

const answer = (code: number, type: string) =>
  Object.assign(new Error(type), {name: 'KafkaJSProtocolError', type, code})
const wrapped = (cause: Error) =>
  Object.assign(new Error(cause.message), {name: 'KafkaJSNumberOfRetriesExceeded', cause})

describe('classification of sends that failed', () => {
  it.each([2, 10, 19, 45, 47, 87])('error %i promises that nothing was appended: fail', code => {
    expect(classifyFailure(answer(code, 'X')).result).toBe('fail')
    expect(classifyFailure(wrapped(answer(code, 'X'))).result).toBe('fail')
  })

  it.each([3, 6, 17, 29, 7, 13, 20, 56, -1])('error %i leaves it open: info', code => {
    expect(classifyFailure(answer(code, 'X')).result).toBe('info')
  })

  it.each([
    Object.assign(new Error('closed'), {name: 'KafkaJSConnectionClosedError', code: 'ECONNRESET'}),
    Object.assign(new Error('refused'), {name: 'KafkaJSConnectionError', code: 'ECONNREFUSED'}),
    Object.assign(new Error('late'), {name: 'KafkaJSRequestTimeoutError'}),
    new Error('anything'),
    'not even an error',
    undefined,
  ])('everything that is no answer of the broker is info (%s)', thrown => {
    expect(classifyFailure(thrown).result).toBe('info')
  })

  it('a number that only looks like an answer promises nothing', () => {
    expect(classifyFailure(Object.assign(new Error('x'), {code: 19})).result).toBe('info')
  })

  it('names the error as Kafka does, from under the wrapping', () => {
    expect(classifyFailure(wrapped(wrapped(answer(19, 'NOT_ENOUGH_REPLICAS')))).error).toBe('NOT_ENOUGH_REPLICAS')
    expect(classifyFailure(new Error('x')).error).toBe('Error')
  })

  it('errors that contain themselves end', () => {
    const loop = new Error('loop') as Error & {cause?: unknown}
    loop.cause = loop
    expect(classifyFailure(loop).result).toBe('info')
  })
})
