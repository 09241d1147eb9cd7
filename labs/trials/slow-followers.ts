// Power is lost while followers have not synced what was acknowledged last, if they were so rash: their disks are slow, their leader's is not.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** Longer than anything takes on a busy machine between an acknowledgement and the loss of power. */
const SLOW_MS = 1_500

export default lab(
  {
    name: 'slow-followers',
    proves: 'What is acknowledged has been synced by a majority, however slow their disks are. With --power-loss.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 1, producers: 4, rate: 200})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    const leader = await cluster.leader(load.group())
    await cluster.slowDisks({nodes: cluster.nodes.filter(n => n !== leader).map(n => n.id)}, SLOW_MS)
    await load.acknowledged(2, {...WITHIN, what: 'with slow disks'})
    await cluster.kill({role: 'all'}, {losesAll: true})
    await cluster.disks()
    await check('P0', 'L8w', 'D1', 'D3', 'D4', 'D5', 'D7')
  },
)
