import type {Admin, ITopicConfig} from 'kafkajs'
import {ChronikError, EXIT} from '../../base/errors.ts'
import {after} from './after.ts'

const AGAIN_MS = 20
const NOT_YET: ReadonlySet<string | undefined> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])

/** Creates the topic, and waits until each of its partitions has a leader: so many it has. Undefined: it was there before. */
export async function createTopic(admin: Admin, topic: ITopicConfig, withinMs: number): Promise<number | undefined> {
  // kafkajs, told to wait for leaders, gives up when the node that it asks has not heard of the topic yet.
  const created = await admin.createTopics({topics: [topic], waitForLeaders: false, timeout: withinMs})
  if (!created) return undefined
  const untilMs = performance.now() + withinMs
  for (;;) {
    const late = performance.now() >= untilMs
    try {
      const [{partitions}] = (await admin.fetchTopicMetadata({topics: [topic.topic]})).topics
      const leaderless = partitions.find(p => p.leader < 0)
      if (!leaderless) return partitions.length
      if (late) throw noLeader(`${topic.topic}/${leaderless.partitionId}`, withinMs)
    } catch (error) {
      if (late || !isNotYet(error)) throw error
    }
    await after(AGAIN_MS)
  }
}

/** kafkajs hides the broker's word in the cause when it has tried again in vain, and trips over its own null when no broker gave it an answer. */
function isNotYet(error: unknown): boolean {
  const {type, cause} = error as {type?: string; cause?: {type?: string}}
  return error instanceof TypeError || NOT_YET.has(type ?? cause?.type)
}

function noLeader(partition: string, withinMs: number): ChronikError {
  return new ChronikError(
    'CHRONIK_NO_LEADER',
    EXIT.labState,
    `${partition} has no leader after ${withinMs / 1_000} s.`,
    {
      next: 'chronik status',
    },
  )
}
