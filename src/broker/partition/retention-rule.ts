import type {Offset} from '../../base/ids.ts'

/** A segment of a partition's log, oldest first in a list of them; the last is the one that is written to. */
export interface SegmentContent {
  bytes: number
  /** The first offset behind its batches; undefined when it holds none. */
  endOffset: Offset | undefined
  /** Of its batches; -1 when they have none. */
  maxTimestampMs: number
}

/** -1: no bound. */
export interface RetentionPolicy {
  retentionMs: number
  retentionBytes: number
}

/**
 * The log start that the policy wants, by whole segments from the oldest on; undefined: none goes. One goes when its newest record is older than
 * `retentionMs`, or when the others still hold `retentionBytes`; the last one is never too large. Records without a time do not grow old.
 */
export function wantedLogStart(
  segments: readonly SegmentContent[],
  {retentionBytes, retentionMs}: RetentionPolicy,
  nowMs: number,
): Offset | undefined {
  let left = segments.reduce((sum, s) => sum + s.bytes, 0)
  let wanted: Offset | undefined
  for (const [i, {bytes, endOffset, maxTimestampMs}] of segments.entries()) {
    left -= bytes
    if (endOffset === undefined) continue
    const isOld = retentionMs >= 0 && maxTimestampMs >= 0 && maxTimestampMs < nowMs - retentionMs
    const isTooMuch = retentionBytes >= 0 && i < segments.length - 1 && left >= retentionBytes
    if (!isOld && !isTooMuch) break
    wanted = endOffset
  }
  return wanted
}
