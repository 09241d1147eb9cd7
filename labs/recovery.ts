// Nodes are killed under a steady load, one, the leader, all of them, and every acknowledged write has to be there in the end.
import {type ClusterState, lab, type NodeHandle, type Ordered} from 'chronik/lab'

/** A node says, by itself, that it leads, after this order: not one of those that were killed by it. */
function electedAfter(order: Ordered, killed: readonly number[]) {
  return (s: ClusterState) =>
    s.changes.find(
      c => c.group === s.snapshot.group && c.role === 'leader' && c.atMs > order.atMs && !killed.includes(c.node),
    )
}

/** Nodes by the partitions that they lead: the one with most of them first. */
function byLed(s: ClusterState): number[] {
  const led = new Map(s.snapshot.nodes.map(n => [n.id, 0]))
  for (const r of s.readings)
    for (const g of r.live?.groups ?? []) if (g.role === 'leader') led.set(r.node, (led.get(r.node) ?? 0) + 1)
  return [...led].sort((a, b) => b[1] - a[1]).map(([node]) => node)
}

/** Disks so slow that much is written and not synced whenever the power goes. */
const SLOW_MS = 150

export default lab(
  {
    name: 'recovery',
    phase: 4,
    steps: 4,
    proves: 'Nodes that are killed come back with what lay on their disks, and nothing that was acknowledged is lost.',
  },
  async ({cluster, load, check, step, note, time}) => {
    const within = {withinMs: cluster.patienceMs}
    // An engine that is loaded with acks=1 alone has no groups to speak of.
    const groups = cluster.acks === 'all' ? 1 : 0
    await load.start({acks: cluster.acks, groups})
    await load.acknowledged(60, {withinMs: 10_000, what: 'before any fault'})

    await step('follower killed, rejoins', async () => {
      const follower = await cluster.follower()
      await follower.kill()
      await load.acknowledged(60, {...within, what: 'without the follower'})
      await follower.disk()
      const started = await follower.start()
      const back = await cluster.seen(follower.caughtUp, within)
      await check('P0', 'L8w', 'D8', 'D8e', 'L8r')
      if (back) note(`rejoin ${((back.atMs - started.atMs) / 1_000).toFixed(1)} s`)
      time('rejoinMs', back && back.atMs - started.atMs)
    })

    await step('leader killed, another leads', async () => {
      const old: NodeHandle = await cluster.leader()
      const killed = await old.kill()
      const elected = await cluster.seen(electedAfter(killed, [old.id]), within)
      await load.acknowledged(60, {...within, what: 'under the new leader'})
      await old.disk()
      await old.start()
      await cluster.seen(old.caughtUp, within)
      await check('P0', 'L8', 'L1', 'L8w', 'D8', 'D8e', 'L8r')
      const stood = load.stoodMs(killed.atMs)
      if (elected) note(`election ${Math.round(elected.atMs - killed.atMs)} ms`)
      if (stood !== undefined) note(`writes stood ${Math.round(stood)} ms`)
      time('electionMs', elected && elected.atMs - killed.atMs)
      time('writesStoodMs', stood)
    })

    /** Followers that say to hold what they have not synced are found when their disks are slow, their leader's is `fast`, and the power goes. */
    const powerLost = async (fast: number): Promise<void> => {
      await cluster.slowDisks({nodes: cluster.nodes.map(n => n.id).filter(id => id !== fast)}, SLOW_MS)
      await load.acknowledged(20, {withinMs: 10_000, what: 'with slow disks'})
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D3', 'D4', 'D5', 'D7')
      const started = await cluster.start({role: 'all'})
      await cluster.seen(electedAfter(started, []), within)
      await load.acknowledged(20, {withinMs: 10_000, what: 'after the power loss'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, within)))
    }

    await step('all killed, all restarted', async () => {
      if (cluster.losesPower) await powerLost((await cluster.until(byLed, within))[0])
      await cluster.kill({role: 'all'})
      await cluster.disks()
      const started = await cluster.start({role: 'all'})
      // Counted from the start: while they were killed one after the other, the last ones may have elected a leader that died too.
      const elected = await cluster.seen(electedAfter(started, []), within)
      await load.acknowledged(60, {...within, what: 'after the restart of all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, within)))
      await cluster.topics()
      await check('P0', 'D8', 'D8e', 'D1', 'D2', 'D3', 'D4', 'D5', 'D7', 'L8', 'L8w', 'L1', 'L2', 'L3', 'L9', 'P5')
      if (elected) note(`leader after ${((elected.atMs - started.atMs) / 1_000).toFixed(1)} s`)
      time('restartMs', elected && elected.atMs - started.atMs)
    })

    await step('every acknowledged write', async () => {
      const history = await load.stop()
      await check('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10')
      if (groups > 0) await check('H11')
      note(
        `${history.acknowledged.toLocaleString('en')} acknowledged, ${history.readBack.toLocaleString('en')} read back, once, in order`,
      )
    })
  },
)
