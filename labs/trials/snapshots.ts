// Logs are compacted again and again, while the number of their last entry gets another digit, and then everybody dies.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {
    name: 'snapshots',
    proves: 'The newest snapshot is kept, and is whole before the log begins behind it. Also with --power-loss.',
    cluster: {settings: {'snapshot.interval.entries': 3}},
  },
  async ({cluster, topics, check, note, seed}) => {
    for (let n = 0; n < 8; n++) {
      const name = `trial-${seed.toString(36)}-${n}`
      const through = cluster.nodes[n % cluster.nodes.length]
      await topics.create(name, through, {partitions: 1})
      await topics.remove(name, through)
    }
    const firsts = await cluster.until(s => {
      const all = cluster.nodes.map(n => s.of(n.id)?.firstIndex ?? 0)
      return all.every(first => first > 10) && all
    }, WITHIN)
    await cluster.kill({role: 'all'}, {losesAll: true})
    await cluster.disks()
    await check('P0', 'D1', 'D3', 'D4', 'D5', 'D6')
    note(`logs begin at ${firsts.join(' ')}`)
  },
)
