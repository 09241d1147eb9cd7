// The disks of two of three nodes have no room for a while: what was not written there must not count as written.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** Room for two sectors: the next batches fit in part, or not at all. */
const ROOM_BYTES = 1_024

export default lab(
  {name: 'full-for-a-while', proves: 'A log on a full disk waits for room, and goes on whole.'},
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 1, producers: 4, rate: 200})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const leader = await cluster.leader(load.group())
    const others = cluster.nodes.filter(n => n !== leader)
    await cluster.act({do: 'disk', who: {nodes: others.map(n => n.id)}, trouble: {roomBytes: ROOM_BYTES}})
    await load.tried(20, WITHIN)
    await cluster.heal()
    await load.acknowledged(20, {...WITHIN, what: 'with room again'})
    await cluster.kill({role: 'all'})
    await cluster.disks()
    await check('P0', 'L8w', 'D1', 'D3', 'D4', 'D7')
  },
)
