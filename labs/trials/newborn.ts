// All are killed when a topic is newer than the snapshot that their metadata begins from: what was written to it must survive the restart.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
const INTERVAL = 16

export default lab(
  {
    name: 'newborn',
    proves: 'A topic that the metadata does not know yet when a node starts is left alone.',
    cluster: {settings: {'snapshot.interval.entries': INTERVAL}},
  },
  async ({cluster, load, topics, check, note, seed}) => {
    // Topics come and go until every node has taken a snapshot: the next one is far away then.
    let firsts: number[] | undefined
    for (let n = 0; n < 4 * INTERVAL && !firsts; n++) {
      const name = `trial-${seed.toString(36)}-${n}`
      await topics.create(name, cluster.nodes[n % cluster.nodes.length], {partitions: 1})
      await topics.remove(name, cluster.nodes[(n + 1) % cluster.nodes.length])
      firsts = await cluster.seen(
        s => {
          const all = cluster.nodes.map(node => s.of(node.id)?.firstIndex ?? 0)
          return all.every(first => first > 1) && all
        },
        {withinMs: 0},
      )
    }
    await load.start({acks: 'all', partitions: 1, rate: 300})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    const now = await cluster.until(s => cluster.nodes.map(n => s.of(n.id)?.firstIndex ?? 0), WITHIN)
    await cluster.kill({role: 'all'})
    await cluster.start({role: 'all'})
    await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
    await cluster.kill({role: 'all'})
    await cluster.disks()
    await check('P0', 'D7')
    note(`logs began at ${firsts?.join(' ') ?? '?'} before the topic was there, at ${now.join(' ')} after`)
  },
)
