import type {GroupName, NodeId} from '../../base/ids.ts'
import {membersInWords} from '../../base/members-in-words.ts'
import type {NodeReading} from '../../contracts/supervisor-protocol.ts'
import type {Check} from '../check.ts'
import {fail, pass, unknown} from '../verdict.ts'
import {count, some} from '../words.ts'
import {distinct} from './disk.ts'

/** The configuration is a function of the entries applied: of the same ones nobody may make another, and who leads is one of its voters. */
export const membersEqual: Check = {
  id: 'L7',
  title: 'nodes that applied the same entries have the same members in force',
  needs: ['readings'],
  judge: ({readings}) => {
    const expected =
      'the same voters and learners wherever the same index was applied last, and every leader one of the voters'
    const known = new Map<string, {members: string; reading: NodeReading}>()
    const wrong: Array<{words: string; nodes: NodeId[]}> = []
    const twice = new Set<string>()
    const seen = new Map<GroupName, Set<string>>()
    for (const reading of readings)
      for (const g of reading.live?.groups ?? []) {
        const members = membersInWords(g)
        const all = seen.get(g.group) ?? new Set()
        seen.set(g.group, all.add(members))
        if (g.role === 'leader' && ![...g.voters, ...(g.votersOutgoing ?? [])].includes(reading.node))
          wrong.push({
            words: `n${reading.node} leads ${g.group} at term ${g.term}; its voters are ${members}`,
            nodes: [reading.node],
          })
        const key = `${g.group} ${g.applied}`
        const before = known.get(key)
        if (!before) known.set(key, {members, reading})
        else if (before.members !== members)
          wrong.push({
            words: `${g.group} at index ${g.applied}: n${before.reading.node} has ${before.members}, n${reading.node} ${members}`,
            nodes: [before.reading.node, reading.node],
          })
        else if (before.reading.incarnation !== reading.incarnation) twice.add(key)
      }
    if (wrong.length > 0)
      return fail({
        expected,
        seen: some(distinct(wrong.map(w => w.words))),
        because: 'two configurations in force at once may decide apart',
        nodes: distinct(wrong.flatMap(w => w.nodes)),
      })
    if (twice.size === 0)
      return unknown({expected, seen: 'no two answers at the same index', because: 'there is nothing to compare'})
    const most = Math.max(...[...seen.values()].map(all => all.size))
    return pass({
      expected,
      seen: `${count(twice.size, 'index', 'indexes')} seen on two or more, ${count(most, 'configuration')} of one group`,
    })
  },
}
