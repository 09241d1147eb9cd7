import {type KafkaConnection, Unanswered} from './connection.ts'
import type {KafkaCluster} from './metadata.ts'
import {nameOf} from './producer.ts'

/** What a broker says of one partition. */
interface OfPartition {
  errorCode: number
}

/** Asks the leader of a partition; after an error, or without an answer, it is looked for again the next time. */
export async function askLeader<P extends OfPartition>(
  cluster: KafkaCluster,
  {topic, partition, withinMs}: {topic: string; partition: number; withinMs: number},
  ask: (leader: KafkaConnection) => Promise<P | undefined>,
): Promise<P | {error: string}> {
  const leader = await cluster.leader(topic, partition, withinMs)
  if (!leader) return {error: 'no leader known'}
  const one = await answered(() => ask(leader))
  if ('error' in one) cluster.forget(topic, partition)
  return one
}

/** An answer without an error, or what is wrong. */
export async function answered<P extends OfPartition>(ask: () => Promise<P | undefined>): Promise<P | {error: string}> {
  try {
    const one = await ask()
    if (!one) return {error: 'an answer without the partition'}
    return one.errorCode === 0 ? one : {error: nameOf(one.errorCode)}
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    return {error: error.message}
  }
}
