// The network between nodes is cut, in one direction and in both, under a steady load: what leads must be known to a majority, and nothing may be lost.
import {type ClusterState, lab, type NodeHandle, type Ordered, type Undoable} from 'chronik/lab'

/** After a cut, and after it is healed, this long at most until a leader serves and writes are acknowledged on every partition. */
const BOUND = {withinMs: 5_000}
const METADATA = '__raft_metadata/0'

/** A node says, by itself, that it leads, after this order: none of those that were cut off. */
function electedAfter(order: Ordered, cutOff: readonly number[]) {
  return (s: ClusterState) =>
    s.changes.find(c => c.group === METADATA && c.role === 'leader' && c.atMs > order.atMs && !cutOff.includes(c.node))
}

/** A node says, by itself, that it leads no more. */
function steppedDown(order: Ordered, node: number) {
  return (s: ClusterState) => {
    const own = s.changes.filter(c => c.group === METADATA && c.node === node && c.atMs > order.atMs)
    return own.find(c => c.role !== 'leader')
  }
}

export default lab(
  {
    name: 'network',
    steps: 6,
    proves: 'Partitions lose no acknowledged write, leave one leader a term, and are over soon after they are healed.',
  },
  async ({cluster, load, check, step, note, time}) => {
    await load.start({acks: 'all'})
    await load.acknowledged(60, {withinMs: 10_000, what: 'before any fault'})

    /** Healed: the one that was cut off follows, and writes go on everywhere. */
    const healed = async (cut: Undoable, nodes: readonly NodeHandle[]): Promise<void> => {
      const over = await cut.undo()
      await load.acknowledged(60, {...BOUND, what: 'after healing'})
      for (const node of nodes) await cluster.until(node.caughtUp, BOUND)
      note(`reached again after ${Math.round(over.doneAtMs - over.atMs)} ms`)
    }

    /** The leader cut off in one way or another: it must give up, and another must lead, though it lives. */
    const leaderCut = async (
      name: string,
      cutOff: (leader: NodeHandle) => Promise<Undoable>,
      writes = true,
    ): Promise<void> => {
      const old = await cluster.leader()
      const cut = await cutOff(old)
      const elected = await cluster.seen(electedAfter(cut, [old.id]), BOUND)
      const gaveUp = await cluster.seen(steppedDown(cut, old.id), BOUND)
      if (writes) await load.acknowledged(60, {...BOUND, what: `beside n${old.id}`})
      check.that('the one that is cut off leads no more', gaveUp !== undefined, {
        expected: `n${old.id} tells, by itself, that it leads no more, within ${BOUND.withinMs} ms`,
        seen: gaveUp ? `n${old.id} ${gaveUp.role} after ${Math.round(gaveUp.atMs - cut.atMs)} ms` : 'it did not',
      })
      await check('L8')
      if (elected) note(`another leads after ${Math.round(elected.atMs - cut.atMs)} ms`)
      time(`${name}Ms`, elected && elected.atMs - cut.atMs)
      await healed(cut, [old])
      await check('P0', 'L1', 'L2', 'L8w')
    }

    await step('leader cut off, clients reach it', () => leaderCut('isolated', leader => leader.isolate()))

    await step('leader hears nobody', () => leaderCut('deaf', leader => leader.isolate({oneWay: 'in'})))

    await step('nobody hears the leader', () => leaderCut('mute', leader => leader.isolate({oneWay: 'out'})))

    // A client that was talking to it waits for answers that never come: how long is its own affair, so writes are counted after healing alone.
    await step('clients cut off with it', () => leaderCut('alone', leader => leader.isolate({clients: true}), false))

    await step('each alone: no leader, then one', async () => {
      const cut = await cluster.partition(cluster.nodes.map(n => [n.id]))
      const led = await cluster.seen(s => s.readings.length === cluster.nodes.length && nobodyLeads(s), BOUND)
      check.that('nobody leads without a quorum', led !== undefined, {
        expected: `within ${BOUND.withinMs} ms no node serves as leader of ${METADATA}`,
        seen: led ? 'nobody leads' : 'somebody leads',
      })
      await healed(cut, cluster.nodes)
      await cluster.topics()
      await check('P0', 'L1', 'L2', 'L3', 'L8w', 'L9')
    })

    await step('every acknowledged write', async () => {
      const history = await load.stop()
      await check('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10')
      note(
        `${history.acknowledged.toLocaleString('en')} acknowledged, ${history.readBack.toLocaleString('en')} read back, once, in order`,
      )
    })
  },
)

function nobodyLeads(s: ClusterState): boolean {
  return s.readings.every(r => r.live?.groups.find(g => g.group === METADATA)?.serving !== true)
}
