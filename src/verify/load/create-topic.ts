import type {Admin, ITopicConfig} from 'kafkajs'
import {after} from './after.ts'

const AGAIN_MS = 20
const NOT_YET: ReadonlySet<string | undefined> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])

/** Creates the topic, and waits until each of its partitions has a leader. False: it was there before. */
export async function createTopic(admin: Admin, topic: ITopicConfig, withinMs: number): Promise<boolean> {
  // kafkajs, told to wait for leaders, gives up when the node that it asks has not heard of the topic yet.
  const created = await admin.createTopics({topics: [topic], waitForLeaders: false, timeout: withinMs})
  const untilMs = performance.now() + withinMs
  while (created && !(await isLed(admin, topic.topic, performance.now() < untilMs))) await after(AGAIN_MS)
  return created
}

/** Does every partition have a leader? `patient`: a topic that is not known yet is not led yet. */
async function isLed(admin: Admin, topic: string, patient: boolean): Promise<boolean> {
  try {
    const {topics} = await admin.fetchTopicMetadata({topics: [topic]})
    return topics[0].partitions.every(p => p.leader >= 0)
  } catch (error) {
    if (patient && NOT_YET.has((error as {type?: string}).type)) return false
    throw error
  }
}
