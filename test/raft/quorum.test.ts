import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {defaultRaftParts} from '../../src/raft/parts.ts'
import {jointIndex, jointVote, majorityIndex, majorityVote, NO_LIMIT} from '../../src/raft/quorum.ts'

const {quorum} = defaultRaftParts
const nodes = fc.uniqueArray(fc.integer({min: 1, max: 12}), {maxLength: 9})
const acks = fc.dictionary(fc.constantFrom(...'123456789'), fc.integer({min: 0, max: 20}))
const ballots = fc.dictionary(fc.constantFrom(...'123456789'), fc.boolean())
const lookUp =
  <T>(found: Record<string, T>) =>
  (voter: number): T | undefined =>
    found[voter]

/** The twin: every subset that is a majority is tried. */
function majorities(voters: readonly number[]): number[][] {
  const found: number[][] = []
  for (let mask = 0; mask < 1 << voters.length; mask++) {
    const some = voters.filter((_, i) => mask & (1 << i))
    if (some.length * 2 > voters.length) found.push(some)
  }
  return found
}

function dumbIndex(voters: readonly number[], acked: (v: number) => number | undefined): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY
  return Math.max(...majorities(voters).map(some => Math.min(...some.map(v => acked(v) ?? 0))))
}

function dumbVote(voters: readonly number[], votes: (v: number) => boolean | undefined): string {
  if (voters.length === 0) return 'won'
  if (majorities(voters).some(some => some.every(v => votes(v) === true))) return 'won'
  return majorities(voters).some(some => some.every(v => votes(v) !== false)) ? 'pending' : 'lost'
}

describe('quorum', () => {
  it('the committed index of a majority is what the best of all majorities holds', () => {
    fc.assert(
      fc.property(nodes, acks, (voters, found) => {
        expect(majorityIndex(voters, lookUp(found), quorum)).toBe(dumbIndex(voters, lookUp(found)))
      }),
    )
  })

  it('a joint configuration commits what both halves have committed', () => {
    fc.assert(
      fc.property(nodes, nodes, acks, (one, other, found) => {
        const look = lookUp(found)
        expect(jointIndex(one, other, look, quorum)).toBe(Math.min(dumbIndex(one, look), dumbIndex(other, look)))
      }),
    )
  })

  it('an election is won by a majority, lost when none is left that could grant it, else open', () => {
    fc.assert(
      fc.property(nodes, ballots, (voters, found) => {
        const votes = new Map(Object.entries(found).map(([v, yes]) => [Number(v), yes]))
        expect(majorityVote(voters, votes, quorum)).toBe(dumbVote(voters, lookUp(found)))
      }),
    )
  })

  it('a joint election is won in both halves and lost in one', () => {
    fc.assert(
      fc.property(nodes, nodes, ballots, (one, other, found) => {
        const votes = new Map(Object.entries(found).map(([v, yes]) => [Number(v), yes]))
        const results = [dumbVote(one, lookUp(found)), dumbVote(other, lookUp(found))]
        const expected = results.includes('lost') ? 'lost' : results.includes('pending') ? 'pending' : 'won'
        expect(jointVote(one, other, votes, quorum)).toBe(expected)
      }),
    )
  })

  it('any two quorums of one configuration share a voter, also for even numbers', () => {
    for (let n = 1; n <= 9; n++) expect(2 * quorum(n)).toBeGreaterThan(n)
  })

  it('nobody decides nothing: an empty configuration holds nothing back', () => {
    expect(majorityIndex([], () => 7, quorum)).toBe(NO_LIMIT)
    expect(majorityVote([], new Map(), quorum)).toBe('won')
  })
})
