import type {Offset} from '../../base/ids.ts'
import {KafkaConnection} from '../../client/connection.ts'
import {fetchOver} from '../../client/consumer.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {nodeNetwork} from '../../io/node/network.ts'
import type {Address} from '../../io/ports.ts'
import type {NodeReader} from '../api.ts'
import type {HistoryFile} from './history-file.ts'

/** Reads one partition from one node, whether it leads or not: kafkajs would look for the leader by itself. */
export class OneNodeReader implements NodeReader {
  readonly #name: string
  readonly #connection: KafkaConnection
  readonly #history: HistoryFile
  readonly #topic: string
  readonly #partition: number
  #from: Offset = 0

  constructor(name: string, to: Address, what: {history: HistoryFile; topic: string; partition: number}) {
    this.#name = name
    this.#connection = new KafkaConnection({clock: nodeClock, network: nodeNetwork}, to, `chronik-verify-${name}`)
    this.#history = what.history
    this.#topic = what.topic
    this.#partition = what.partition
  }

  async read({withinMs}: {withinMs: number}): Promise<string> {
    const [topic, partition, from] = [this.#topic, this.#partition, this.#from]
    const operation = this.#history.invoke({process: this.#name, do: 'read', topic, partition, from})
    const answer = await fetchOver(this.#connection, topic, partition, from, {withinMs, waitMs: 0})
    if ('error' in answer) {
      this.#history.ended(operation, 'info', answer.error)
      return answer.error
    }
    this.#history.read(operation, answer.records, answer.highWatermark)
    this.#from = (answer.records.at(-1)?.offset ?? from - 1) + 1
    return `high watermark ${answer.highWatermark}`
  }

  close(): void {
    this.#connection.close()
  }
}
