import {describe, expect, it} from 'vitest'
import {NO_CONF_STATE} from '../../src/formats/eraftpb.ts'
import type {BadCopies} from '../../src/sim/bad-copies.ts'
import {type FullPassHost, fullPass} from '../../src/sim/full-pass.ts'
import type {Machine} from '../../src/sim/machine.ts'
import {newTruth} from '../../src/sim/truth.ts'
import {type LogMirror, WalMirror} from '../../src/sim/wal-mirror.ts'

const GROUP = 'orders/0'
const none = {isWiped: () => false, isDamaged: () => false} as unknown as BadCopies

/** Nodes with logs of these terms, of which so many entries are synced. */
function host(
  nodes: Array<{terms?: number[]; synced?: number; hash?: string}>,
  committed: number[] = [],
): FullPassHost & {found: string[]} {
  const found: string[] = []
  const truth = newTruth()
  truth.configurations.born({...NO_CONF_STATE, voters: nodes.map((_, i) => i + 1)})
  truth.committed = [0, ...committed]
  truth.states.set(1, {hash: 'a', by: 'n1.1'})
  const mirrors = new Map<number, WalMirror>()
  const machines = nodes.map(({terms = [], synced = terms.length, hash = 'a'}, i) => {
    const mirror = new WalMirror({written: () => {}, rotated: () => {}, overwritten: () => {}, synced: () => {}})
    mirror.rebuild(
      [
        {
          group: GROUP,
          firstIndex: 1,
          lastIndex: terms.length,
          snapshot: {index: 0, term: 0},
          terms: terms.map((term, at) => ({from: at + 1, term})),
        },
      ] as never,
      () => false,
    )
    const log = mirror.groups.get(GROUP) as LogMirror
    log.synced.restart({index: 0, term: 0})
    for (let at = 1; at <= synced; at++) log.synced.set(at, terms[at - 1])
    mirrors.set(i + 1, mirror)
    const groups = [{name: GROUP, applied: 1, raft: {term: 9}, machine: {stateHash: () => hash}}]
    return {
      id: i + 1,
      name: `n${i + 1}`,
      life: {name: `n${i + 1}.1`, look: {groups: () => groups}},
    } as unknown as Machine
  })
  return {
    machines,
    mirrors,
    truths: new Map([[GROUP, truth]]),
    bad: none,
    isDeleted: () => false,
    found,
    fail: (check, text) => found.push(`${check} ${text}`),
  }
}

const findings = (h: FullPassHost & {found: string[]}): string[] => {
  fullPass(h)
  return h.found
}

describe('a full pass', () => {
  it('finds nothing where all is well, a minority that lags included', () => {
    const nodes = [{terms: [1, 1, 2]}, {terms: [1, 1, 2]}, {terms: [1]}]
    expect(findings(host(nodes, [1, 1, 2]))).toEqual([])
  })

  it('D7: what was committed is synced on a majority no more', () => {
    const nodes = [{terms: [1, 1]}, {terms: [1, 1], synced: 1}, {terms: [1]}]
    expect(findings(host(nodes, [1, 1]))).toEqual([expect.stringMatching(/^D7 entry 2 of orders\/0.*synced on 1 of 3/)])
  })

  it('D7: of a topic that is deleted nothing has to be kept', () => {
    const h = {...host([{terms: [1, 1]}, {terms: [1]}, {terms: []}], [1, 1]), isDeleted: () => true}
    expect(findings(h)).toEqual([])
  })

  it('L6: the same entry behind others', () => {
    expect(findings(host([{terms: [1, 1, 3]}, {terms: [1, 2, 3]}]))).toEqual([expect.stringMatching(/^L6 n1 and n2/)])
  })

  it('L4: another state at the same applied index', () => {
    expect(findings(host([{hash: 'b'}]))).toEqual([expect.stringMatching(/^L4 n1.1 and n1.1/)])
  })
})
