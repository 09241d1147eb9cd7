import type {NodeId} from '../../base/ids.ts'
import type {Check} from '../check.ts'
import type {TopicOrder} from '../evidence.ts'
import {fail, pass, unknown} from '../verdict.ts'
import {count, nodeWords, some} from '../words.ts'
import {distinct} from './disk.ts'
import {newestMetadata} from './newest-metadata.ts'

/** What must be: by the orders about each topic in the order of their ends. Undefined: an order without an answer leaves it open. */
function wanted(orders: readonly TopicOrder[]): Map<string, TopicOrder | undefined> {
  const last = new Map<string, TopicOrder | undefined>()
  for (const order of [...orders].sort((a, b) => a.endedAtMs - b.endedAtMs)) {
    if (order.result === 'fail') continue
    last.set(order.name, order.result === 'ok' ? order : undefined)
  }
  return last
}

export const topicsAsOrdered: Check = {
  id: 'L9a',
  title: 'topics that were created are on every node, deleted ones on none',
  needs: ['metadata', 'topicOrders'],
  judge: ({metadata, topicOrders}, about) => {
    const expected = `each topic whose creation was acknowledged is on ${nodeWords(about.nodes)} with its partitions, each that was deleted on none`
    const answers = newestMetadata(metadata, about.nodes, expected)
    if ('missing' in answers) return answers.missing
    const {newest} = answers
    const asked = Math.min(...[...newest.values()].map(m => m.atMs))
    const sure = [...wanted(topicOrders.filter(o => o.atMs < asked))].flatMap(([, order]) => (order ? [order] : []))
    if (sure.length === 0)
      return unknown({expected, seen: 'no order about topics was acknowledged', because: 'there is nothing to compare'})
    const wrong: Array<{node: NodeId; text: string}> = []
    for (const {do: what, name, partitions, through} of sure)
      for (const {node, topics} of newest.values()) {
        const here = topics[name]
        if (what === 'delete' && here)
          wrong.push({node, text: `n${node} still has ${name}, deleted through n${through}`})
        else if (what === 'create' && !here)
          wrong.push({node, text: `n${node} does not know ${name}, created through n${through}`})
        else if (what === 'create' && here.partitions !== partitions)
          wrong.push({
            node,
            text: `n${node} has ${name} with ${here.partitions} partitions, created with ${partitions}`,
          })
      }
    if (wrong.length > 0)
      return fail({
        expected,
        seen: some(wrong.map(w => w.text)),
        because: 'a client was told that it is done',
        nodes: distinct(wrong.map(w => w.node)),
        lines: wrong.slice(0, 5).map(w => ({label: 'node', text: w.text})),
      })
    const open = topicOrders.filter(o => o.result === 'info').length
    const created = sure.filter(o => o.do === 'create').length
    return pass({
      expected,
      seen: `${count(created, 'topic')} there, ${sure.length - created} gone${open > 0 ? `; ${count(open, 'order')} without an answer may have happened` : ''}`,
    })
  },
}
