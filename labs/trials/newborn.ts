// A topic is so new when all are killed that no node has it on its disk that its creation is committed: what was written to it must survive the restart.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {name: 'newborn', proves: 'A topic that the metadata does not know yet when a node starts is left alone.'},
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 1, rate: 300})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    await cluster.kill({role: 'all'})
    await cluster.start({role: 'all'})
    await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
    await cluster.kill({role: 'all'})
    await cluster.disks()
    await check('P0', 'D7')
  },
)
