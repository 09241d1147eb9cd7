import type {Check} from '../check.ts'
import {fail, pass, unknown} from '../verdict.ts'
import {count, nodeWords, some} from '../words.ts'
import {distinct} from './disk.ts'

export const faultLanded: Check = {
  id: 'P0',
  title: 'the fault happened: the process is gone',
  needs: ['faults'],
  judge: ({faults}) => {
    const expected = 'every fault that was ordered was seen to be in force'
    const missed = faults.filter(f => !f.landed)
    const cites = faults.flatMap(f =>
      f.event === undefined ? [] : [{kind: 'event' as const, event: f.event, note: f.what}],
    )
    if (missed.length > 0)
      return unknown({
        expected,
        seen: some(missed.map(f => `${f.what} ${nodeWords(f.nodes)}: ${f.why ?? 'not seen'}`)),
        because: 'what did not happen proves nothing',
        nodes: distinct(missed.flatMap(f => f.nodes)),
        cites,
      })
    return pass({
      expected,
      seen: faults.map(f => `${f.what} ${nodeWords(f.nodes)}`).join(', '),
      nodes: distinct(faults.flatMap(f => f.nodes)),
      cites,
    })
  },
}

export const nobodyDiedAlone: Check = {
  id: 'P5',
  title: 'nobody died by itself',
  needs: ['exits'],
  judge: ({exits}) => {
    const expected = 'every process that ended was ended by an order'
    const alone = exits.filter(e => !e.asked)
    if (alone.length === 0) return pass({expected, seen: `${count(exits.length, 'exit')}, all ordered`})
    if (alone.every(e => e.silent))
      return unknown({
        expected,
        seen: some(alone.map(e => `n${e.node} ${e.how}`)),
        because: 'a node did not answer any more; whether its process ended nobody here saw',
        nodes: distinct(alone.map(e => e.node)),
      })
    return fail({
      expected,
      seen: some(alone.map(e => `n${e.node} ${e.how}`)),
      because: 'a process ended that nobody had asked to end',
      nodes: distinct(alone.map(e => e.node)),
      lines: alone.slice(0, 3).map(e => ({label: 'node', text: `n${e.node} ${e.how}`})),
      cites: alone.flatMap(e => (e.event === undefined ? [] : [{kind: 'event' as const, event: e.event}])),
    })
  },
}
