import type {FollowerLog} from '../raft/types.ts'

/**
 * As near as a log of this format comes to being cut at its commit index: no log loses entries without one that takes the place. The first entry
 * behind the commit index is appended again, and nothing stands behind it any more. False: it has to be read first.
 */
export function cutBehindCommit(log: FollowerLog): boolean {
  const low = log.committed + 1
  if (low >= log.lastIndex) return true
  const first = log.slice(low, low + 1, Number.MAX_SAFE_INTEGER, {low, high: low + 1, why: 'apply'})
  if (typeof first === 'string') return false
  log.append(first)
  return true
}
