import type {Index, NodeId} from '../../../src/base/ids.ts'
import {defaultRaftParts} from '../../../src/raft/parts.ts'
import {jointIndex, jointVote, majorityIndex, majorityVote, type VoteResult} from '../../../src/raft/quorum.ts'
import {byNumber} from '../../../src/raft/tracker.ts'
import type {Directive} from './datadriven.ts'

const {quorum} = defaultRaftParts
const WORDS: Record<VoteResult, string> = {pending: 'VotePending', lost: 'VoteLost', won: 'VoteWon'}

type Acked = (voter: NodeId) => Index | undefined

/** `committed` and `vote` over a majority or a joint configuration. */
export function runQuorum(d: Directive): string {
  const list = (key: string) => d.args.filter(a => a.key === key).flatMap(a => a.values)
  const voters = [...new Set(list('cfg').map(Number))]
  const joint = d.args.some(a => a.key === 'cfgj')
  const outgoing = [
    ...new Set(
      list('cfgj')
        .filter(v => v !== 'zero')
        .map(Number),
    ),
  ]
  const all = [...new Set([...voters, ...outgoing])]
  const given = d.command === 'vote' ? list('votes').map(v => ({_: '0', n: '1', y: '2'})[v] ?? v) : list('idx')
  const values = given.map(v => (v === '_' ? 0 : Number(v)))
  if (values.length !== all.length)
    return `error: mismatched input (explicit or _) for voters map[${[...all]
      .sort(byNumber)
      .map(id => `${id}:{}`)
      .join(' ')}]: [${values.join(' ')}]\n`
  const acked = new Map<NodeId, number>()
  for (const [i, voter] of all.entries()) if (values[i] !== 0) acked.set(voter, values[i])
  if (d.command === 'vote') {
    const votes = new Map([...acked].map(([voter, v]) => [voter, v !== 1]))
    if (!joint) return `${WORDS[majorityVote(voters, votes, quorum)]}\n`
    const result = WORDS[jointVote(voters, outgoing, votes, quorum)]
    const swapped = WORDS[jointVote(outgoing, voters, votes, quorum)]
    return `${swapped === result ? '' : `${swapped} <-- via symmetry\n`}${result}\n`
  }
  if (d.command !== 'committed') return 'unknown command\n'
  const look: Acked = voter => acked.get(voter)
  if (joint) {
    const index = jointIndex(voters, outgoing, look, quorum)
    const swapped = jointIndex(outgoing, voters, look, quorum)
    return `${drawn(all, look)}${swapped === index ? '' : `${word(swapped)} <-- via symmetry\n`}${word(index)}\n`
  }
  return `${drawn(voters, look)}${alternatives(voters, look)}${word(majorityIndex(voters, look, quorum))}\n`
}

function word(index: Index): string {
  return index === Number.POSITIVE_INFINITY ? '∞' : `${index}`
}

/** A bar for each voter: as long as the number of voters whose index is lower. */
function drawn(voters: readonly NodeId[], acked: Acked): string {
  if (voters.length === 0) return '<empty majority quorum>'
  const n = voters.length
  let text = `${' '.repeat(n)}    idx\n`
  for (const voter of [...voters].sort(byNumber)) {
    const index = acked(voter)
    const bar = voters.filter(other => (acked(other) ?? 0) < (index ?? 0)).length
    text += index === undefined ? `?${' '.repeat(n)}` : `${'x'.repeat(bar)}>${' '.repeat(n - bar)}`
    text += ` ${`${index ?? 0}`.padStart(5)}    (id=${voter.toString(16)})\n`
  }
  return text
}

/** Other ways to the same index; a line for each that does not lead there. */
function alternatives(voters: readonly NodeId[], acked: Acked): string {
  const index = majorityIndex(voters, acked, quorum)
  let text = ''
  const check = (other: Index, how: string, end = '\n') => {
    if (other !== index) text += `${word(other)} <-- ${how}${end}`
  }
  check(countedIndex(voters, acked), 'via alternative computation')
  check(jointIndex(voters, [], acked, quorum), 'via zero-joint quorum')
  check(jointIndex(voters, voters, acked, quorum), 'via self-joint quorum')
  for (const voter of voters) {
    const own = acked(voter) ?? 0
    if (!(index > own && own > 0)) continue
    const overlaid =
      (to: Index): Acked =>
      other =>
        other === voter ? to : acked(other)
    check(majorityIndex(voters, overlaid(own - 1), quorum), `overlaying ${voter}->${own}`, '')
    check(majorityIndex(voters, overlaid(0), quorum), `overlaying ${voter}->0`, '')
  }
  return text
}

/** The highest acknowledged index that enough voters have reached, found by counting. */
function countedIndex(voters: readonly NodeId[], acked: Acked): Index {
  if (voters.length === 0) return Number.POSITIVE_INFINITY
  let best = 0
  for (const voter of voters) {
    const index = acked(voter) ?? 0
    if (voters.filter(other => (acked(other) ?? 0) >= index).length >= quorum(voters.length))
      best = Math.max(best, index)
  }
  return best
}
