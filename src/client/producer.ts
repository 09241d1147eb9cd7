import {utf8} from '../base/bytes.ts'
import {KafkaError} from '../formats/kafka/errors.ts'
import * as idRequests from '../formats/kafka/generated/init-producer-id-request.ts'
import * as idResponses from '../formats/kafka/generated/init-producer-id-response.ts'
import * as requests from '../formats/kafka/generated/produce-request.ts'
import * as responses from '../formats/kafka/generated/produce-response.ts'
import {encodeBatch} from '../formats/record-batch.ts'
import {type Call, Unanswered} from './connection.ts'
import type {KafkaCluster} from './metadata.ts'

const PRODUCE: Call<requests.ProduceRequestInit, responses.ProduceResponse> = {
  key: 0,
  version: 9,
  flexible: requests.produceRequestFlexible,
  write: requests.writeProduceRequest,
  read: responses.readProduceResponse,
}

const INIT_PRODUCER_ID: Call<idRequests.InitProducerIdRequestInit, idResponses.InitProducerIdResponse> = {
  key: 22,
  version: 4,
  flexible: idRequests.initProducerIdRequestFlexible,
  write: idRequests.writeInitProducerIdRequest,
  read: idResponses.readInitProducerIdResponse,
}

/** Error codes that promise that nothing was appended: a send that ends with one of them surely did not happen. */
const SURELY_NOT: ReadonlySet<number> = new Set([2, 3, 10, 17, 19, 29, 45, 47, 87])

/** How a send ended. `info`: it may have happened or not, and will stay so for ever. */
export type Sent = {result: 'ok'; offset: number} | {result: 'fail' | 'info'; error: string}

export interface ProducerOptions {
  acks: -1 | 0 | 1
  /** With a producer id and sequence numbers, a send that was not answered is sent again until its time is over. */
  idempotent: boolean
  requestMs: number
  deliveryMs: number
}

/** Sends records one batch each. An idempotent producer has one send under way for a partition, and is of no use any more after an `info`. */
export class Producer {
  readonly #cluster: KafkaCluster
  readonly #options: ProducerOptions
  #identity: {id: number; epoch: number} | undefined
  readonly #sequences = new Map<string, number>()
  /** An idempotent send ended as `info`: its sequence number may be used or not, so no other may follow. */
  spent = false
  #sending = 0

  constructor(cluster: KafkaCluster, options: ProducerOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  get busy(): boolean {
    return this.#sending > 0
  }

  async send(topic: string, partition: number, value: string): Promise<Sent> {
    this.#sending++
    try {
      return await this.#deliver(topic, partition, value)
    } finally {
      this.#sending--
    }
  }

  async #deliver(topic: string, partition: number, value: string): Promise<Sent> {
    const {acks, idempotent, requestMs, deliveryMs} = this.#options
    const clock = this.#cluster.clock
    const until = clock.monotonicMs() + deliveryMs
    if (idempotent && !this.#identity) {
      const refused = await this.#identify(until)
      if (refused) return refused
    }
    const key = `${topic}/${partition}`
    const sequence = this.#sequences.get(key) ?? 0
    const records = encodeBatch({
      records: [{value: utf8(value), timestamp: clock.wallMs()}],
      ...(this.#identity
        ? {producerId: this.#identity.id, producerEpoch: this.#identity.epoch, baseSequence: sequence}
        : {}),
    })
    // What was never handed to a connection surely did not happen.
    let ended: Sent = {result: 'fail', error: 'no leader known'}
    while (clock.monotonicMs() < until) {
      const leader = await this.#cluster.leader(topic, partition, requestMs)
      if (!leader) {
        await this.#cluster.pause(20)
        continue
      }
      const request: requests.ProduceRequestInit = {
        acks,
        timeoutMs: requestMs,
        topicData: [{name: topic, partitionData: [{index: partition, records}]}],
      }
      if (acks === 0) {
        leader.tell(PRODUCE, request)
        return {result: 'info', error: 'acks=0 is never answered'}
      }
      const once = await this.#once(leader.ask(PRODUCE, request, requestMs), ended)
      ended = once.ended
      if (ended.result === 'ok') {
        if (idempotent) this.#sequences.set(key, sequence + 1)
        return ended
      }
      this.#cluster.forget(topic, partition)
      // Without sequence numbers a second try could be a second record.
      if (!once.again || (!idempotent && ended.result === 'info')) break
      await this.#cluster.pause(20)
    }
    if (idempotent && ended.result === 'info') this.spent = true
    return ended
  }

  async #once(answer: Promise<responses.ProduceResponse>, before: Sent): Promise<{ended: Sent; again: boolean}> {
    // What may have happened before stays possible, whatever a later try answers.
    const open = (error: string): Sent => ({result: 'info', error})
    try {
      const one = (await answer).responses[0]?.partitionResponses[0]
      if (!one) return {ended: open('an answer without the partition'), again: false}
      if (one.errorCode === 0) return {ended: {result: 'ok', offset: one.baseOffset}, again: false}
      const name = nameOf(one.errorCode)
      const surely = SURELY_NOT.has(one.errorCode) && before.result !== 'info'
      return {ended: surely ? {result: 'fail', error: name} : open(name), again: isRetriable(one.errorCode)}
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      return {ended: open(error.message), again: true}
    }
  }

  async #identify(until: number): Promise<Sent | undefined> {
    const clock = this.#cluster.clock
    while (clock.monotonicMs() < until) {
      try {
        const request = {transactionalId: null, transactionTimeoutMs: 60_000}
        const answer = await this.#cluster.any().ask(INIT_PRODUCER_ID, request, this.#options.requestMs)
        if (answer.errorCode === 0) {
          this.#identity = {id: answer.producerId, epoch: answer.producerEpoch}
          return undefined
        }
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
      }
      await this.#cluster.pause(20)
    }
    return {result: 'fail', error: 'no producer id'}
  }
}

function isRetriable(code: number): boolean {
  return (
    code === KafkaError.NOT_LEADER_OR_FOLLOWER ||
    code === KafkaError.LEADER_NOT_AVAILABLE ||
    code === KafkaError.REQUEST_TIMED_OUT ||
    code === KafkaError.NOT_ENOUGH_REPLICAS ||
    code === KafkaError.UNKNOWN_TOPIC_OR_PARTITION ||
    code === KafkaError.KAFKA_STORAGE_ERROR
  )
}

export function nameOf(code: number): string {
  return Object.entries(KafkaError).find(([, c]) => c === code)?.[0] ?? `error ${code}`
}
