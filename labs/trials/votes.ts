// A voter with a slow disk loses power as soon as its vote has made a leader: the vote has to be on its disk. That leader is gone too, and the voter meets the
// one before, which stands for a term that it does not know to be taken.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** Less than a candidate waits for votes, so that it wins when voters sync first. */
const SLOW_MS = 500
const ROUNDS = 3

export default lab(
  {
    name: 'votes',
    proves: 'A vote is on the disk before it is given, so that it is given once. With --power-loss.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, check, note}) => {
    for (let round = 0; round < ROUNDS; round++) {
      const old = await cluster.leader()
      const voter = await cluster.follower()
      await cluster.slowDisks({nodes: [voter.id]}, SLOW_MS)
      const cut = await old.isolate()
      const elected = await cluster.seen(
        s =>
          s.changes.find(
            c => c.group === s.snapshot.group && c.role === 'leader' && c.atMs > cut.atMs && c.node !== old.id,
          ),
        WITHIN,
      )
      const others = cluster.nodes.filter(n => n !== old)
      await cluster.kill({nodes: others.map(n => n.id)}, {losesAll: true})
      for (const node of others) await node.disk()
      await check('D5')
      note(`n${elected?.node ?? '?'} elected by ${elected?.votes?.map(v => `n${v}`).join(' ') ?? 'nobody'}`)
      // The one that was elected stays away until there is another.
      await cluster.heal()
      await cluster.start({nodes: others.filter(n => n.id !== elected?.node).map(n => n.id)})
      await cluster.leader()
      await check('L1', 'L2')
      await cluster.start({role: 'all'})
      await cluster.leader()
    }
    await check('L1', 'L2')
  },
)
