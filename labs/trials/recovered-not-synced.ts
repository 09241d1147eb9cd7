// Killed with bytes in the page cache that no sync covers; what its recovery reads there, and the node then promises to have, must survive a loss of power.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
const SLOW_MS = 1_500

export default lab(
  {
    name: 'recovered-not-synced',
    proves: 'What recovery reads is synced before it counts. With --power-loss.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check, note}) => {
    // One write at a time: what is written and not synced is then all that the other nodes lack.
    await load.start({acks: 'all', partitions: 1, producers: 1, idempotent: true, rate: 50})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const leader = await cluster.leader(group)
    // The death of one must not leave the cluster without a leader.
    const first = await cluster.leader()
    const others = cluster.nodes.filter(n => n !== leader)
    const [back, beside] = others[0] === first ? [...others].reverse() : others
    await cluster.slowDisks({nodes: others.map(n => n.id)}, 4 * SLOW_MS)
    // From here on the next write has all that time until the other one has synced it.
    await load.acknowledged(1, {...WITHIN, what: 'with slow disks'})
    const written = await cluster.until(s => {
      const [own, led] = [s.of(back.id, group), s.of(leader.id, group)]
      return own && led && own.synced < own.lastIndex && own.lastIndex === led.lastIndex && own.lastIndex
    }, WITHIN)
    // Killed, not out of power: its recovery reads what it has written.
    await cluster.act({do: 'kill', who: {nodes: [back.id]}, patienceMs: 0})
    const cut = await back.isolate()
    await back.start()
    // What comes after it stays unsynced for a while, and covers nothing.
    await cluster.slowDisks({nodes: [back.id]}, SLOW_MS)
    // It is asked at once what it holds: the next acknowledgement may come before the link is proven whole.
    await Promise.all([load.acknowledged(1, {...WITHIN, what: 'after one that recovered'}), cut.undo()])
    await cluster.kill({role: 'all'}, {losesAll: true})
    await cluster.disks()
    await check('L8w', 'D1', 'D3', 'D4', 'D5', 'D7')
    note(`entry ${written} was written and not synced when n${back.id} was killed, n${beside.id} never synced it`)
  },
)
