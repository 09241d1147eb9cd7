import type {Check} from '../check.ts'
import {fail, notApplicable, pass, type VerdictLine} from '../verdict.ts'
import {count, placeWords, some} from '../words.ts'
import {distinct} from './disk.ts'

/** The file that a snapshot marker names. */
const SNAPSHOT_FILE = /(^|\/)snapshot_\d+_\d+\.snap$/

/**
 * D6. Where two disks hold a snapshot of the same group at the same index, their states have one hash: each was made by applying the same entries, here
 * or at the leader that sent it.
 */
export const snapshotsSound: Check = {
  id: 'D6',
  title: 'the snapshot that a log begins behind is there, whole, and the state of every other replica at its index',
  needs: ['disks'],
  judge: ({disks}) => {
    const expected = 'CRC, index and term as the marker says; one state hash a group and index'
    const groups = disks.flatMap(({dir, groups, node}) => groups.map(group => ({node, dir, group})))
    const behind = groups.filter(({group}) => group.snapshot.index > 0)
    const found: Array<{node: number; words: string; line: VerdictLine}> = []
    for (const {group, node} of groups)
      for (const damage of group.damage) {
        if (!SNAPSHOT_FILE.test(damage.file)) continue
        const words = `n${node} ${group.group}: ${damage.why}`
        found.push({node, words, line: {label: 'disk', text: `${words}   ${placeWords(damage)}`}})
      }
    const first = new Map<string, {node: number; hash: string}>()
    for (const {group, node} of behind) {
      const {index, stateHash, term} = group.snapshot
      if (stateHash === undefined) continue
      const known = first.get(`${group.group} ${index}`)
      if (!known) first.set(`${group.group} ${index}`, {node, hash: stateHash})
      else if (known.hash !== stateHash) {
        const words = `n${known.node} and n${node} hold other states of ${group.group} at index ${index}`
        const text = `${words} (term ${term}): ${known.hash.slice(0, 12)}…, ${stateHash.slice(0, 12)}…`
        found.push({node, words, line: {label: 'disk', text}})
      }
    }
    if (found.length > 0)
      return fail({
        expected,
        seen: some(found.map(f => f.words)),
        nodes: distinct(found.map(f => f.node)),
        lines: found.slice(0, 5).map(f => f.line),
      })
    if (behind.length === 0) return notApplicable('no log begins behind a snapshot')
    return pass({expected, seen: `${count(behind.length, 'snapshot')} of ${count(disks.length, 'disk')}`})
  },
}
