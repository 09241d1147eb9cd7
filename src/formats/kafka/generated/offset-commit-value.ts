// Made by scripts/kafka-codecs.mjs from ../schemas/OffsetCommitValue.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const offsetCommitValueFlexible = 4
export const offsetCommitValueVersions = {first: 0, last: 4} as const

export interface OffsetCommitValue {
  offset: number
  leaderEpoch: number
  metadata: string
  commitTimestamp: number
  expireTimestamp: number
  topicId: string
}

export interface OffsetCommitValueInit {
  offset?: number
  leaderEpoch?: number
  metadata?: string
  commitTimestamp?: number
  expireTimestamp?: number
  topicId?: string
}

function defaultOffsetCommitValue(): OffsetCommitValue {
  return {offset: 0, leaderEpoch: -1, metadata: "", commitTimestamp: 0, expireTimestamp: -1, topicId: '00000000000000000000000000000000'}
}

export function readOffsetCommitValue(r: WireReader, v: number): OffsetCommitValue {
  const m = defaultOffsetCommitValue()
  const f = v >= 4
  m.offset = r.int64()
  if (v >= 3) m.leaderEpoch = r.int32()
  m.metadata = r.string(f)
  m.commitTimestamp = r.int64()
  if (v >= 1 && v <= 1) m.expireTimestamp = r.int64()
  if (f)
    r.tagged((tag, t) => {
      if (tag === 0 && v >= 4) m.topicId = t.uuid()
    })
  return m
}

export function writeOffsetCommitValue(w: WireWriter, init: OffsetCommitValueInit, v: number): void {
  const f = v >= 4
  {
    const offset = init.offset === undefined ? 0 : init.offset
    w.int64(offset)
  }
  if (v >= 3) {
    const leaderEpoch = init.leaderEpoch === undefined ? -1 : init.leaderEpoch
    w.int32(leaderEpoch)
  }
  {
    const metadata = init.metadata === undefined ? "" : init.metadata
    w.string(metadata, f)
  }
  {
    const commitTimestamp = init.commitTimestamp === undefined ? 0 : init.commitTimestamp
    w.int64(commitTimestamp)
  }
  if (v >= 1 && v <= 1) {
    const expireTimestamp = init.expireTimestamp === undefined ? -1 : init.expireTimestamp
    w.int64(expireTimestamp)
  }
  if (f) {
    const tags: Array<[number, (t: WireWriter) => void]> = []
    const topicId = init.topicId
    if (topicId !== undefined && v >= 4) tags.push([0, t => {
      t.uuid(topicId)
    }])
    w.tagged(tags)
  }
}
