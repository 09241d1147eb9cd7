// Disks of which power is cut while every write begins a new segment: a predecessor that is sealed has a successor, on every disk, at every moment.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** No two disks alike: their logs are each at another place of it when the power goes. */
const SLOW_MS = [50, 80, 130]
const ROUNDS = 4

export default lab(
  {
    name: 'rotations',
    proves: 'A segment is sealed when the head of the next one is synced, not before. With --power-loss.',
    // A head and one batch: each write is a rotation.
    cluster: {settings: {'segment.bytes': 1_024}},
  },
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 2, producers: 6, rate: 300})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    for (let round = 1; round <= ROUNDS; round++) {
      // For one sync of each rotation a log has the seal of one segment behind it, and the first batch of the next one before it.
      await Promise.all(cluster.nodes.map((n, i) => cluster.slowDisks({nodes: [n.id]}, SLOW_MS[i % SLOW_MS.length])))
      await load.acknowledged(4, {...WITHIN, what: 'with slow disks'})
      await cluster.kill({role: 'all'}, {losesAll: true})
      await cluster.disks()
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      // A log that is refused ends it: with two of them nothing is written any more.
      if ((await load.acknowledged(20, {...WITHIN, what: 'after the loss of power'})) < 20) break
    }
    await check('P0', 'D1', 'D3', 'D4', 'D5', 'D7', 'L8w')
  },
)
