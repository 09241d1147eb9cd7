// Logs are compacted again and again, while the number of their last entry gets another digit, and then everybody dies.
import {lab} from 'chronik/lab'

export default lab(
  {
    name: 'snapshots',
    proves: 'The newest snapshot is kept, and is whole before the log begins behind it. Also with --power-loss.',
    cluster: {settings: {'snapshot.interval.entries': 3}},
  },
  async ({cluster, topics, check, note, seed}) => {
    // Topics come and go until every log begins behind its tenth entry.
    let firsts: number[] | undefined
    for (let n = 0; n < 64 && !firsts; n++) {
      const name = `trial-${seed.toString(36)}-${n}`
      const through = cluster.nodes[n % cluster.nodes.length]
      await topics.create(name, through, {partitions: 1})
      await topics.remove(name, through)
      firsts = await cluster.seen(
        s => {
          const all = cluster.nodes.map(node => s.of(node.id)?.firstIndex ?? 0)
          return all.every(first => first > 10) && all
        },
        {withinMs: 0},
      )
    }
    await cluster.kill({role: 'all'}, {losesAll: true})
    await cluster.disks()
    await check('P0', 'D1', 'D3', 'D4', 'D5', 'D6')
    note(`logs begin at ${firsts?.join(' ') ?? '?'}`)
  },
)
