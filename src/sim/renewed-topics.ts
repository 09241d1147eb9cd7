import {type GroupName, splitGroupName} from '../base/ids.ts'
import type {Operation} from '../judge/evidence.ts'
import {topicIdOn, topicKey} from './incarnation.ts'
import type {Machine} from './machine.ts'

interface Known {
  /** By its key: its deletion is committed. */
  isDeleted(topic: string): boolean
  /** When a node last had it in its metadata, ms. */
  lastKnownMs(topic: string): number
  fail(check: string, text: string): void
}

/**
 * Which topic each operation was about where a name has had several. A client names a topic by its name alone, and its answer may come from a node that
 * does not know yet of a deletion: only the logs that a record was written to tell which one it was sent to, or read from.
 */
export class RenewedTopics {
  readonly #again: ReadonlySet<string>
  readonly #writtenTo: ReadonlyMap<string, ReadonlySet<string>>
  /** Those that are there in the end, partition by partition, when they are drained; and the operation before the last drain. */
  #there: readonly string[] | undefined
  #drainedFrom = 0

  constructor(again: ReadonlySet<string>, writtenTo: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#again = again
    this.#writtenTo = writtenTo
  }

  /** These are drained now, from the first record on. */
  drains(there: readonly string[], operations: number): void {
    this.#there = there
    this.#drainedFrom = operations
  }

  /** A group on a disk, under the name that the history has for its topic. */
  keyOf({disk}: Machine, group: GroupName): GroupName {
    const {topic, partition} = splitGroupName(group)
    const id = this.#again.has(topic) ? topicIdOn(disk, topic) : undefined
    return id === undefined ? group : `${topicKey(topic, id)}/${partition}`
  }

  /** The history with each topic under a name of its own: of those that are there, and of those that are deleted. */
  judged(history: readonly Operation[], about: Known): {history: Operation[]; gone: Operation[]} {
    const {fail, isDeleted, lastKnownMs} = about
    if (this.#again.size === 0) return {history: history as Operation[], gone: []}
    const kept: Operation[] = []
    const gone: Operation[] = []
    for (const o of history) {
      if (o.topic.includes('@')) {
        if (o.number > this.#drainedFrom) kept.push(this.#sound(o, o.topic, fail))
      } else if (!this.#again.has(o.topic)) kept.push(o)
      else {
        const topic = this.#topicOf(o, fail)
        if (topic === undefined) continue
        const there = this.#there?.includes(`${topic}/${o.partition}`) ?? false
        if (o.result === 'ok' && lastKnownMs(topic) < o.invokedAtMs)
          fail(
            'H10',
            `${o.process} is answered for ${topic} (${o.do} ${o.number}), which no node knew any more when it asked`,
          )
        if (this.#there && !there && !isDeleted(topic))
          fail('L9', `${topic} was written to; nobody knows it, and nobody deleted it`)
        ;(there ? kept : gone).push(this.#sound({...o, topic}, topic, fail))
      }
    }
    return {history: kept, gone}
  }

  /** Undefined: nothing tells, and nothing is lost by leaving it out. */
  #topicOf(o: Operation, fail: Known['fail']): string | undefined {
    const values = o.do === 'send' ? [o.value ?? ''] : (o.records ?? []).map(r => r.value)
    for (const value of values) for (const topic of this.#writtenTo.get(value) ?? []) return topic
    if (o.do === 'send' && o.result === 'ok')
      fail('D7', `${o.value} was acknowledged at ${o.topic}/${o.partition} offset ${o.offset}, and was never written`)
    return undefined
  }

  /** One answer shows one topic. */
  #sound(o: Operation, topic: string, fail: Known['fail']): Operation {
    for (const {offset, value} of o.records ?? []) {
      const to = this.#writtenTo.get(value)
      if (to && !to.has(topic))
        fail(
          'H3',
          `${o.process} reads ${value} at ${topic}/${o.partition} offset ${offset}; it was written to ${[...to]}`,
        )
    }
    return o
  }
}
