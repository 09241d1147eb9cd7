import {describe, expect, it} from 'vitest'
import {HEARTBEAT_TICKS} from '../../src/broker/beat.ts'
import {Group, type GroupHost, type Machine} from '../../src/broker/group.ts'
import {defaultBrokerParts} from '../../src/broker/parts.ts'
import type {RawNode} from '../../src/raft/types.ts'
import type {GroupLog} from '../../src/wal/types.ts'

/** A group over a core that only counts its ticks, and beats at every fourth since it leads. */
function led(): {group: Group; core: {role: string; term: number; ticks: number}} {
  const core = {role: 'follower', term: 1, ticks: 0}
  const raft = {
    get role() {
      return core.role
    },
    get term() {
      return core.term
    },
    tick: () => void core.ticks++,
    hasReady: () => false,
    status: () => ({
      hardState: {term: 1, vote: 0, commit: 0},
      confState: {voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false},
    }),
  } as unknown as RawNode
  const host = {now: () => 0, dirty: () => undefined, electionMs: 150} as unknown as GroupHost
  const parts = {raft, log: {} as GroupLog, machine: {} as Machine, snapshotEvery: undefined, quorum: () => 2}
  return {group: new Group('t/0', 1, host, {...parts, topicId: '', rules: defaultBrokerParts.group} as never), core}
}

describe('heartbeats of the groups of a node', () => {
  for (let begins = 0; begins < HEARTBEAT_TICKS; begins++)
    it(`a group that leads from tick ${begins} of a beat on beats in the ticks in which all do, as does a later leadership`, () => {
      const {group, core} = led()
      for (let tick = 1; tick <= begins; tick++) group.tick(false)
      expect(core.ticks).toBe(begins)
      for (const term of [2, 5]) {
        Object.assign(core, {role: 'leader', term, ticks: 0})
        for (let tick = begins + 1; tick <= 40; tick++) {
          const together = tick % HEARTBEAT_TICKS === 0
          group.tick(together)
          // The core beats when so many have passed since it leads.
          if (together) expect(core.ticks % HEARTBEAT_TICKS, `tick ${tick}`).toBe(0)
        }
        // Some ticks more than there were, once.
        expect(core.ticks - (40 - begins)).toBeLessThan(HEARTBEAT_TICKS)
      }
    })
})
