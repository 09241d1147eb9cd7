import {isTopicName} from '../base/ids.ts'
import {KafkaCluster} from '../client/metadata.ts'
import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import {nodeClock} from '../io/node/clock.ts'
import {nodeNetwork} from '../io/node/network.ts'
import {connect} from '../supervisor/registry.ts'
import {BaseCommand} from './base.ts'

/** A command that speaks Kafka with the nodes of a running cluster. */
export abstract class KafkaCommand extends BaseCommand {
  protected async cluster(): Promise<ClusterSnapshot> {
    const client = await connect(this.place(), this.asker)
    try {
      return await this.within(client.snapshot(), 'the supervisor')
    } finally {
      client.close()
    }
  }

  /** A client of ours for what kafkajs has no call for. */
  protected clientOf(bootstrap: readonly string[]): KafkaCluster {
    const addresses = bootstrap.map(a => {
      const colon = a.lastIndexOf(':')
      return {host: a.slice(0, colon), port: Number(a.slice(colon + 1))}
    })
    return new KafkaCluster({clock: nodeClock, network: nodeNetwork}, addresses, 'chronik')
  }
}

/** Why a word is no topic name, for people; said before anything is sent. */
export function topicProblem(name: string): string | undefined {
  if (isTopicName(name)) return undefined
  if (name.length > 249) return `A topic name has at most 249 characters; this has ${name.length}.`
  return `"${name.replace(/[^\x20-\x7e]/g, '?')}" is no topic name: letters, digits, ".", "_" and "-".`
}
