// Everybody is killed before anything can be answered: clients say it again to those who come back.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
const SLOW_MS = 1_500

export default lab(
  {name: 'repeated-writes', proves: 'What an idempotent producer repeats is there once, also when all were restarted.'},
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 1, producers: 4, idempotent: true, rate: 100})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const leader = await cluster.leader(load.group())
    await cluster.slowDisks({nodes: cluster.nodes.filter(n => n !== leader).map(n => n.id)}, SLOW_MS)
    await load.tried(4, WITHIN)
    await cluster.kill({role: 'all'})
    await cluster.start({role: 'all'})
    await load.acknowledged(20, {...WITHIN, what: 'after the restart of all'})
    await load.stop()
    await check('P0', 'L8w', 'H1', 'H2', 'H4')
  },
)
