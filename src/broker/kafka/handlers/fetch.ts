import {KafkaError} from '../../../formats/kafka/errors.ts'
import * as requests from '../../../formats/kafka/generated/fetch-request.ts'
import * as responses from '../../../formats/kafka/generated/fetch-response.ts'
import type {Backend, Partition} from '../../backend.ts'
import {api} from '../api.ts'

const WAIT_MS_MAX = 60_000
/** One answer is no larger than this, whatever was asked for, but for its first batch. */
const BYTES_MAX = 8 * 1024 * 1024
/** Topics are named by id from this version on (KIP-516). */
const BY_ID = 13
/** A session's first request, and one outside of any (KIP-227). */
const FULL_EPOCHS = [0, -1]

/** Sessionless (KIP-227: session id 0 tells clients so): every request names all its partitions. */
export const fetch = api<requests.FetchRequest, responses.FetchResponseInit>({
  key: 1,
  name: 'Fetch',
  versions: requests.fetchRequestVersions,
  flexible: requests.fetchRequestFlexible,
  read: requests.readFetchRequest,
  write: responses.writeFetchResponse,
  async answer(request, {backend, version}) {
    // A request within a session names only what changed: there are none here, so the client has to begin anew.
    if (request.sessionId !== 0 && !FULL_EPOCHS.includes(request.sessionEpoch))
      return {errorCode: KafkaError.FETCH_SESSION_ID_NOT_FOUND, responses: []}
    const until = backend.io.clock.monotonicMs() + Math.min(Math.max(0, request.maxWaitMs), WAIT_MS_MAX)
    for (;;) {
      const {response, bytes, failed, waiting} = await readAll(backend, request, version)
      const left = until - backend.io.clock.monotonicMs()
      if (bytes >= request.minBytes || failed || left <= 0 || waiting.length === 0) return response
      await untilMore(backend, waiting, left)
    }
  },
})

interface Wanted {
  partition: Partition
  offset: number
}

async function readAll(
  backend: Backend,
  request: requests.FetchRequest,
  version: number,
): Promise<{response: responses.FetchResponseInit; bytes: number; failed: boolean; waiting: Wanted[]}> {
  const maxBytes = Math.min(request.maxBytes, BYTES_MAX)
  let bytes = 0
  let failed = false
  const waiting: Wanted[] = []
  const answered: responses.FetchableTopicResponseInit[] = []
  for (const topic of request.topics) {
    const view = version >= BY_ID ? backend.metadata.topicById(topic.topicId) : backend.metadata.topic(topic.topic)
    const partitions: responses.PartitionDataInit[] = []
    for (const p of topic.partitions) {
      const {partition: partitionIndex} = p
      const refuse = (errorCode: number): void => {
        failed = true
        partitions.push({partitionIndex, errorCode, highWatermark: -1, records: []})
      }
      if (!view) {
        refuse(version >= BY_ID ? KafkaError.UNKNOWN_TOPIC_ID : KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
        continue
      }
      const partition = backend.partition(view.name, partitionIndex)
      if (!partition) {
        refuse(
          view.partitions.some(x => x.partition === partitionIndex)
            ? KafkaError.NOT_LEADER_OR_FOLLOWER
            : KafkaError.UNKNOWN_TOPIC_OR_PARTITION,
        )
        continue
      }
      const wrongEpoch = checkEpoch(partition, p.currentLeaderEpoch)
      if (wrongEpoch) {
        refuse(wrongEpoch)
        continue
      }
      // The first batch may exceed every limit (KIP-74), so that a large one never blocks its readers.
      const room = Math.min(p.partitionMaxBytes, maxBytes - bytes)
      const read =
        room <= 0 && bytes > 0
          ? {batches: [], highWatermark: partition.highWatermark, logStartOffset: partition.logStartOffset}
          : await partition.read(p.fetchOffset, Math.max(1, room))
      if ('error' in read) {
        refuse(read.error)
        continue
      }
      for (const batch of read.batches) bytes += batch.length
      waiting.push({partition, offset: read.highWatermark})
      partitions.push({
        partitionIndex,
        highWatermark: read.highWatermark,
        lastStableOffset: read.highWatermark,
        logStartOffset: read.logStartOffset,
        abortedTransactions: null,
        records: read.batches,
      })
    }
    answered.push({topic: topic.topic, topicId: topic.topicId, partitions})
  }
  return {response: {responses: answered}, bytes, failed, waiting}
}

/** KIP-320: a client that knows an older epoch is fenced, one that knows a newer asks again. */
export function checkEpoch(partition: Partition, epoch: number): number {
  if (epoch < 0 || epoch === partition.epoch) return 0
  return epoch < partition.epoch ? KafkaError.FENCED_LEADER_EPOCH : KafkaError.UNKNOWN_LEADER_EPOCH
}

/** Until one of the partitions has more, or the time is over. */
function untilMore(backend: Backend, waiting: readonly Wanted[], withinMs: number): Promise<void> {
  return new Promise<void>(done => {
    const undo: Array<() => void> = []
    let ended = false
    const timer = backend.io.clock.after(withinMs, () => end())
    const end = (): void => {
      ended = true
      timer.cancel()
      for (const take of undo) take()
      void done()
    }
    for (const {partition, offset} of waiting) {
      // One of them may have more already: it calls back at once.
      if (ended) return
      undo.push(partition.whenAbove(offset, end))
    }
    if (ended) for (const take of undo) take()
  })
}
