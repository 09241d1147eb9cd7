// Nodes are killed and restarted under a steady load: one, the leader, whoever leads next, one after the other, in the middle of an election and of a
// snapshot, all of them; and every acknowledged write has to be there in the end.
import {type CheckId, type ClusterState, lab, type NodeHandle, type Ordered} from 'chronik/lab'

/** A node says, by itself, that it has such a role, after this order: not one of those that were killed by it. */
function saysAfter(order: Ordered, killed: readonly number[], roles: readonly string[]) {
  return (s: ClusterState) =>
    s.changes.find(
      c => c.group === s.snapshot.group && roles.includes(c.role) && c.atMs > order.atMs && !killed.includes(c.node),
    )
}

const electedAfter = (order: Ordered, killed: readonly number[]) => saysAfter(order, killed, ['leader'])

/** Nodes by the partitions that they lead: the one with most of them first. */
function byLed(s: ClusterState): number[] {
  const led = new Map(s.snapshot.nodes.map(n => [n.id, 0]))
  for (const r of s.readings)
    for (const g of r.live?.groups ?? []) if (g.role === 'leader') led.set(r.node, (led.get(r.node) ?? 0) + 1)
  return [...led].sort((a, b) => b[1] - a[1]).map(([node]) => node)
}

/** Where a node dies that makes a snapshot: the whole of it is there, and has no name yet. */
const IN_A_SNAPSHOT = 'snapshot.rename.before'
const BOUNCES = 3

/** Some thirty on each partition: a log that is cut short somewhere shows it. */
const ENOUGH = 90

/** Disks so slow that much is written and not synced whenever the power goes. */
const SLOW_MS = 150

export default lab(
  {
    name: 'recovery',
    phase: 4,
    steps: 8,
    // Snapshots so often that one comes along.
    cluster: {settings: {'snapshot.interval.entries': 20}},
    proves: 'Nodes that are killed come back with what lay on their disks, and nothing that was acknowledged is lost.',
  },
  async ({cluster, load, topics, check, step, note, seed, time}) => {
    const within = {withinMs: cluster.patienceMs}
    // An engine that is loaded with acks=1 alone has no groups to speak of.
    const groups = cluster.acks === 'all' ? 1 : 0
    // Only the embedded broker tells at once how far its log reaches, and what its state is.
    const inside: CheckId[] = cluster.crashPoints.length > 0 ? ['L4', 'L5'] : []
    /** Whoever leads by now. */
    const allBack = async (): Promise<void> => {
      const back = await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, within)))
      check.that('all are back and caught up', back.every(Boolean), {
        expected: `every node holds all that was committed, within ${cluster.patienceMs / 1_000} s`,
        seen: `caught up: ${cluster.nodes.flatMap((n, i) => (back[i] ? [`n${n.id}`] : [])).join(' ') || 'none'}`,
      })
    }
    await load.start({acks: cluster.acks, groups})
    await load.acknowledged(ENOUGH, {withinMs: 10_000, what: 'before any fault'})

    await step('follower killed, rejoins', async () => {
      const follower = await cluster.follower()
      await follower.kill()
      await load.acknowledged(20, {...within, what: 'without the follower'})
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
      await load.acknowledged(20, {...within, what: 'under the new leader'})
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

    await step('bounces chasing the leader', async () => {
      const bounced: number[] = []
      for (let n = 0; n < BOUNCES; n++) {
        const old = await cluster.leader()
        await old.kill()
        await old.disk()
        // Nobody waits until it has caught up: the next leader dies as soon as there is one.
        await old.start()
        bounced.push(old.id)
      }
      await allBack()
      await load.acknowledged(20, {...within, what: 'after the last bounce'})
      await check('P0', 'L8w', 'L1', 'L2', 'L3', ...inside, 'D1', 'D3', 'D4', 'D5', 'D8', 'D8e', 'L8r')
      note(`n${bounced.join(' n')}`)
    })

    await step('rolling restart', async () => {
      await cluster.act({do: 'restart', who: {role: 'all'}, rolling: true})
      await allBack()
      await load.acknowledged(20, {...within, what: 'after the rolling restart'})
      await check('P0', 'L8w', 'L1', 'L2', 'L3', ...inside, 'L8r')
    })

    await step('restarted in an election', async () => {
      const old = await cluster.leader()
      const killed = await cluster.act({do: 'kill', who: {nodes: [old.id]}, patienceMs: 0})
      const stands = await cluster.seen(saysAfter(killed, [old.id], ['candidate', 'leader']), within)
      if (stands) {
        await cluster.act({do: 'kill', who: {nodes: [stands.node]}, patienceMs: 0})
        await cluster.node(stands.node).disk()
        await cluster.start({nodes: [stands.node]})
      }
      check.that('a node stood for election, and was restarted for it', stands ? true : undefined, {
        expected: `a candidate or a new leader within ${cluster.patienceMs / 1_000} s of the death of the old one`,
        seen: stands ? `n${stands.node} as ${stands.role} in term ${stands.term}` : 'none',
      })
      await old.disk()
      await old.start()
      await allBack()
      await load.acknowledged(20, {...within, what: 'after the election'})
      await check('P0', 'L8', 'L8w', 'L1', 'L2', 'L3', ...inside, 'D5', 'D8', 'D8e', 'L8r')
      if (stands) note(`n${stands.node} as ${stands.role} of term ${stands.term}`)
    })

    await step('restarted in a snapshot', async () => {
      if (!cluster.crashPoints.some(p => p.name === IN_A_SNAPSHOT)) {
        note('not with this engine: it has no named points to die at')
        return
      }
      const victim = await cluster.follower()
      let over = false
      const dying = victim.dieAt(IN_A_SNAPSHOT, within).finally(() => {
        over = true
      })
      // Entries of the metadata group, through a node that stays.
      const [through] = cluster.nodes.filter(n => n.id !== victim.id)
      for (let made = 0; !over; made++) {
        const name = `recovery-${seed.toString(36)}-${made}`
        await topics.create(name, through, {partitions: 1})
        await topics.remove(name, through)
      }
      const death = await dying
      check.that('it died in the middle of a snapshot', death ? true : undefined, {
        expected: `n${victim.id} ends itself at ${IN_A_SNAPSHOT}`,
        seen: death ? (death.lines[0] ?? 'it did') : `never there within ${cluster.patienceMs / 1_000} s`,
      })
      if (!death) return
      await victim.disk()
      await victim.start()
      await cluster.seen(victim.caughtUp, within)
      await load.acknowledged(20, {...within, what: 'after the snapshot'})
      await check('P0', 'D1', 'D3', 'D4', 'D8', 'D8e', 'L8w', 'L8r')
      note(`n${victim.id} at ${IN_A_SNAPSHOT}`)
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
      await allBack()
    }

    await step('all killed, all restarted', async () => {
      if (cluster.losesPower) await powerLost((await cluster.until(byLed, within))[0])
      await cluster.kill({role: 'all'})
      await cluster.disks()
      const started = await cluster.start({role: 'all'})
      // Counted from the start: while they were killed one after the other, the last ones may have elected a leader that died too.
      const elected = await cluster.seen(electedAfter(started, []), within)
      await load.acknowledged(20, {...within, what: 'after the restart of all'})
      await allBack()
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
