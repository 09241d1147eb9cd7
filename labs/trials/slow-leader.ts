// A leader with a slow disk and one follower lose power; what the follower was told to be committed has to be in the log of whoever leads next.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
const SLOW_MS = 1_500

export default lab(
  {
    name: 'slow-leader',
    proves: 'Nothing is committed that a leader counts itself for and has not synced. With --power-loss.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, producers: 4, rate: 100})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const leader = await cluster.leader(group)
    const [follower, away] = cluster.nodes.filter(n => n !== leader)
    await away.isolate()
    await cluster.slowDisks({nodes: [leader.id]}, SLOW_MS)
    await load.tried(2, WITHIN)
    const early = await cluster.seen(
      s => (s.of(follower.id, group)?.commit ?? 0) > (s.of(leader.id, group)?.synced ?? 0),
      {withinMs: 2 * SLOW_MS},
    )
    await cluster.kill({role: 'all'}, {losesAll: true})
    await cluster.disks()
    await check('P0', 'D1', 'D3', 'D4', 'D5', 'D7')
    // Without the follower that was told.
    await cluster.heal()
    await cluster.start({nodes: [leader.id, away.id]})
    await cluster.leader(group)
    await check('L5', 'L1', 'L2')
    note(early ? 'committed before the leader had synced it' : 'nothing was committed that the leader had not synced')
  },
)
