// One of two nodes that hold what was acknowledged loses its disk, the other is dead, and the third was cut off all the time: the empty one must not make a leader.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** So long nobody may lead. */
const ALONE_MS = 3_000

export default lab(
  {
    name: 'wiped-node',
    proves:
      'A node that comes back with an empty disk has no vote: what it acknowledged is gone, and nobody may lead without it.',
    damages: true,
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, producers: 2, rate: 200})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const leader = await cluster.leader(group)
    const [beside, away] = cluster.nodes.filter(n => n !== leader)
    await away.isolate()
    await cluster.leader(group, [away])
    await load.acknowledged(30, {...WITHIN, what: 'with one cut off'})
    await cluster.kill({nodes: [leader.id, beside.id]})
    await beside.files.wipe()
    await cluster.heal()
    await beside.start()
    const led = await cluster.seen(s => s.of(away.id, group)?.role === 'leader', {withinMs: ALONE_MS})
    await leader.start()
    await load.acknowledged(20, {...WITHIN, what: 'with those that have their disks'})
    await load.stop()
    await check('P0', 'L8w', 'L5', 'L1', 'H1', 'H2', 'H3')
    note(led ? `n${away.id} led with the vote of n${beside.id}` : 'nobody led')
  },
)
