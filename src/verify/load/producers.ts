import {pathToFileURL} from 'node:url'
import {programPath} from '../../base/package-root.ts'
import type {KafkaClients} from './kafkajs.ts'
import type {LoadProducer} from './load-producer.ts'

/** After these kafkajs goes on asking the node that it asked before. */
const ASKS_THE_SAME: ReadonlySet<string> = new Set(['KafkaJSRequestTimeoutError', 'LEADER_NOT_AVAILABLE'])

export async function kafkajsProducer(clients: KafkaClients, name: string, idempotent: boolean): Promise<LoadProducer> {
  const producer = await clients.producer(name, idempotent)
  return {
    async send({topic, partition, value, acks}) {
      const [answer] = await producer.send({topic, acks, timeout: 1_200, messages: [{value, partition}]})
      return acks === 0 ? undefined : Number(answer.baseOffset)
    },
    // kafkajs reads its metadata anew only when it is told that they are old, and from a node that it is connected to: one that is cut off knows no leader.
    asksAgain: error => !idempotent && !ASKS_THE_SAME.has(error),
    close: () => clients.drop(producer),
  }
}

type Second = typeof import('./second-client.ts')
let second: Promise<Second> | undefined

/** The second client library, read from its own file when it is needed first. */
export function secondClient(): Promise<Second> {
  second ??= import(pathToFileURL(programPath('second-client')).href) as Promise<Second>
  return second
}
