// A program of its own for the bundler: loaded only when a load begins, without the validators of its options, which take longer than all the rest.
import {type Broker, GenericError, kGetConnection, Producer} from '@platformatic/kafka'
import type {LoadProducer} from './load-producer.ts'

type Bytes = Producer<Buffer, Buffer, Buffer, Buffer>

/**
 * Metadata may name a leader that is not among the brokers of the same answer: Kafka reads the two one after the other, and fences brokers meanwhile. The
 * library throws then where nobody can catch it.
 */
class SurvivingProducer extends Producer<Buffer, Buffer, Buffer, Buffer> {
  override [kGetConnection](broker: Broker | undefined, done: Parameters<Bytes[typeof kGetConnection]>[1]): void {
    if (broker) super[kGetConnection](broker, done)
    else done(new Error('the leader is none of the brokers'), undefined)
  }
}

/** A producer of the second client library, @platformatic/kafka: its codec is its own. One try a send, so that it never appends twice; it logs nothing. */
export function secondProducer(name: string, bootstrap: readonly string[]): LoadProducer {
  const producer = new SurvivingProducer({
    clientId: `chronik-verify-${name}`,
    bootstrapBrokers: [...bootstrap],
    connectTimeout: 1_000,
    requestTimeout: 1_500,
    // How long the broker may take.
    timeout: 1_200,
    retries: 0,
    metadataMaxAge: 60_000,
    repeatOnStaleMetadata: false,
    autocreateTopics: false,
  })
  // What happens to a connection is told by the send that it ends.
  producer.on('error', () => undefined)
  return {
    async send({topic, partition, value, acks}) {
      try {
        const {offsets} = await producer.send({acks, messages: [{topic, partition, value: Buffer.from(value)}]})
        const offset = offsets?.[0]?.offset
        return offset === undefined ? undefined : Number(offset)
      } catch (error) {
        throw answered(error)
      }
    },
    // It learns who leads only from the node that it asked first: another one may know better.
    asksAgain: () => false,
    async close() {
      await new Promise<void>(closed => producer.close(true, () => closed()))
    },
  }
}

/** What the broker answered, in the words that kafkajs uses, so that both are classified alike; anything else as it is. */
function answered(error: unknown): unknown {
  const protocol = GenericError.isGenericError(error as Error)
    ? (error as GenericError).findBy('code', 'PLT_KFK_PROTOCOL')
    : null
  if (!protocol) return error
  const {apiCode, apiId} = protocol as {apiCode?: number; apiId?: string}
  return Object.assign(new Error(apiId), {name: 'ProtocolError', type: apiId, code: apiCode})
}
