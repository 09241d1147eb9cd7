import {expect, test} from 'vitest'
import {Outsider} from '../../src/broker/outsider.ts'

const ELECTION_MS = 150

function outsider(): {at(ms: number, own: number, told: number): number} {
  let now = 0
  let handed = 0
  const made = new Outsider({now: () => now, electionMs: ELECTION_MS, handOver: () => void handed++})
  return {
    at(ms, own, told) {
      now = ms
      made.told(told, {leader: own})
      return handed
    },
  }
}

test('members: who hears that another leads the metadata group, and nothing of it there, hands over what it leads', () => {
  const {at} = outsider()
  expect(at(0, 0, 4)).toBe(0)
  expect(at(1_000, 0, 4)).toBe(1)
  // As long as it is so: what it was elected for meanwhile as well.
  expect(at(2_000, 0, 4)).toBe(2)
})

test('members: nothing is handed over during an election, nor by who has just come back, nor by a member', () => {
  const {at} = outsider()
  at(0, 0, 4)
  expect(at(500, 0, 4), 'not long enough').toBe(0)
  expect(at(1_500, 4, 4), 'heard').toBe(0)
  at(2_000, 0, 4)
  expect(at(3_500, 0, 5), 'another leader').toBe(0)
})
