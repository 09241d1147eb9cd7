// Everybody is killed before anything can be answered: clients say it again to those who come back.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
const SLOW_MS = 2_500

export default lab(
  {name: 'repeated-writes', proves: 'What an idempotent producer repeats is there once, also when all were restarted.'},
  async ({cluster, load, check}) => {
    // One write at a time: what waits to be synced is then in the page cache of every node, and survives.
    await load.start({acks: 'all', partitions: 1, producers: 1, idempotent: true, rate: 50})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const leader = await cluster.leader(group)
    const others = cluster.nodes.filter(n => n !== leader)
    await cluster.slowDisks({nodes: others.map(n => n.id)}, SLOW_MS)
    await load.acknowledged(1, {...WITHIN, what: 'with slow disks'})
    await cluster.until(s => {
      const last = s.of(leader.id, group)?.lastIndex ?? 0
      return others.every(n => {
        const own = s.of(n.id, group)
        return own && own.lastIndex === last && own.synced < last
      })
    }, WITHIN)
    await cluster.kill({role: 'all'})
    await cluster.start({role: 'all'})
    await load.acknowledged(20, {...WITHIN, what: 'after the restart of all'})
    await load.stop()
    await check('P0', 'L8w', 'H1', 'H2', 'H4')
  },
)
