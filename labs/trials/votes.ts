// A voter with a slow disk loses power as soon as its vote has made a leader: the vote has to be on its disk.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** Less than a candidate waits for votes, so that it wins when voters sync first. */
const SLOW_MS = 500
const ROUNDS = 3

export default lab(
  {
    name: 'votes',
    proves: 'A vote is on the disk before it is given. With --power-loss.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, check, note}) => {
    for (let round = 0; round < ROUNDS; round++) {
      const old = await cluster.leader()
      const voter = await cluster.follower()
      await cluster.slowDisks({nodes: [voter.id]}, SLOW_MS)
      const killed = await cluster.act({do: 'kill', who: {nodes: [old.id]}, patienceMs: 0})
      const elected = await cluster.seen(
        s => s.changes.find(c => c.group === s.snapshot.group && c.role === 'leader' && c.atMs > killed.atMs),
        WITHIN,
      )
      await cluster.kill({role: 'all'}, {losesAll: true})
      await cluster.disks()
      await check('D5', 'D5v')
      note(`n${elected?.node ?? '?'} elected by ${elected?.votes?.map(v => `n${v}`).join(' ') ?? 'nobody'}`)
      await cluster.start({role: 'all'})
      await cluster.leader()
    }
    await check('L1', 'L2')
  },
)
