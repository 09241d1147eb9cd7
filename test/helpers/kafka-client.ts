import {GroupCoordinator} from '../../src/broker/kafka/coordinator/coordinator.ts'
import {Dispatch} from '../../src/broker/kafka/dispatch.ts'
import type {FakeBackend} from './fake-backend.ts'
import {settled} from './fake-clock.ts'
import {APIS, type ApiName, decodeAnswer, type RequestOf, type ResponseOf, requestFrame} from './kafka-apis.ts'

/** Asks one node's APIs without a socket: every request is encoded and every answer decoded in its version, to the last byte. */
export class KafkaClient {
  readonly #dispatch: Dispatch

  constructor(backend: FakeBackend) {
    this.#dispatch = new Dispatch(backend, new GroupCoordinator(backend))
  }

  /** Undefined: nothing was answered. */
  async ask<N extends ApiName>(
    name: N,
    body: RequestOf<N>,
    version: number = APIS[name].versions.last,
    clientId = 'test',
  ): Promise<ResponseOf<N>> {
    const reply = await this.raw(requestFrame(name, version, body, 77, clientId))
    if (reply.close !== undefined || !reply.bytes) throw new Error(`no answer: ${reply.close ?? 'none'}`)
    const {correlationId, body: answer, left} = decodeAnswer(name, version, reply.bytes.subarray(4))
    if (correlationId !== 77 || left !== 0) throw new Error(`${name} v${version}: ${left} bytes left of the answer`)
    return answer
  }

  raw(frame: Uint8Array) {
    return this.#dispatch.handle(frame, '127.0.0.1:5')
  }

  /** Begins to ask and gives what becomes of it, for requests that wait. */
  begin<N extends ApiName>(
    name: N,
    body: RequestOf<N>,
    version?: number,
  ): {answer?: ResponseOf<N>; done: Promise<void>} {
    const begun: {answer?: ResponseOf<N>; done: Promise<void>} = {done: Promise.resolve()}
    begun.done = this.ask(name, body, version).then(answer => {
      begun.answer = answer
    })
    return begun
  }

  settled(): Promise<void> {
    return settled()
  }
}
