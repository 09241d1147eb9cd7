import type {Index} from '../base/ids.ts'
import type {BadCopies} from './bad-copies.ts'
import {majority} from './configurations.ts'
import {type Incarnation, incarnationOf, nameOf} from './incarnation.ts'
import type {Machine} from './machine.ts'
import type {GroupTruth} from './truth.ts'
import type {WalMirror} from './wal-mirror.ts'

/** Events between two full passes. */
export const FULL_EVERY = 1_000

export interface FullPassHost {
  machines: readonly Machine[]
  mirrors: ReadonlyMap<number, WalMirror>
  truths: ReadonlyMap<Incarnation, GroupTruth>
  bad: BadCopies
  /** The deletion of its topic is committed: nobody has to keep anything of it. */
  isDeleted(group: Incarnation): boolean
  fail(check: string, text: string): void
}

/**
 * What the look after each event takes for granted because nothing that it was told of could have changed it: all groups on all nodes, those that are
 * down included, and not only the one that was touched.
 */
export function fullPass(host: FullPassHost): void {
  for (const machine of host.machines) if (!host.bad.isWiped(machine)) states(host, machine)
  for (const [group, truth] of host.truths) {
    const short = host.isDeleted(group) ? undefined : notHeld(host, group, truth, 1)
    if (short) host.fail('D7', short)
    matching(host, group)
  }
}

/** The state that is shown now is the one that everybody had at that applied index; nothing went back behind what is synced. */
function states({mirrors, truths, fail}: FullPassHost, machine: Machine): void {
  const {life} = machine
  for (const group of life?.look?.groups() ?? []) {
    const is = incarnationOf(group)
    const mirror = mirrors.get(machine.id)?.groups.get(is)
    if (mirror && group.raft.term < mirror.hardState.term)
      fail('L2', `${life?.name} ${group.name} is in term ${group.raft.term}; synced is term ${mirror.hardState.term}`)
    const known = truths.get(is)?.states.get(group.applied)
    const hash = group.machine.stateHash()
    if (group.applied > 0 && known && known.hash !== hash)
      fail('L4', `${life?.name} and ${known.by} have other states of ${group.name} at applied index ${group.applied}`)
  }
}

/**
 * What is committed lies synced on a majority of disks, of whatever node is up: committed once, committed for good. Gives the first entry at or behind
 * `from` of which that is not so, in words.
 */
export function notHeld(
  {mirrors, bad}: Pick<FullPassHost, 'mirrors' | 'bad'>,
  group: Incarnation,
  {committed, configurations}: GroupTruth,
  from: Index,
): string | undefined {
  const {newest} = configurations
  if (!newest) return undefined
  // What is committed is with the voters that were there before, until it is known to be with the others.
  const voters = newest.votersOutgoing.length > 0 ? newest.votersOutgoing : newest.voters
  const quorum = majority(voters)
  // A copy that was lost or damaged after it was made is in the budget.
  const kept = voters.filter(id => !bad.isDamaged(id, nameOf(group)))
  const logs = kept.map(id => mirrors.get(id)?.groups.get(group)?.synced)
  const lost = voters.length - kept.length
  for (let at = from; at < committed.length; at++) {
    const term = committed[at]
    if (term === undefined) continue
    let holders = 0
    for (const log of logs) if (log && (at <= log.base || log.term(at) === term)) holders++
    if (holders + lost < quorum)
      return `entry ${at} of ${group}, term ${term}, was committed; it is synced on ${holders} of ${voters.length} nodes now`
  }
  return undefined
}

/** Two logs that hold the same entry hold the same entries before it. */
function matching({mirrors, fail}: FullPassHost, group: Incarnation): void {
  const logs = [...mirrors].flatMap(([id, mirror]) => {
    const log = mirror.groups.get(group)
    return log ? [{id, log: log.written}] : []
  })
  for (const [i, a] of logs.entries())
    for (const b of logs.slice(i + 1)) {
      let same = false
      for (let at = Math.min(a.log.last, b.log.last); at > Math.max(a.log.base, b.log.base); at--) {
        const equal = a.log.term(at) === b.log.term(at)
        if (same && !equal) {
          fail('L6', `n${a.id} and n${b.id} hold the same entry of ${group} at ${at + 1}, and others at ${at}`)
          return
        }
        same = equal
      }
    }
}
