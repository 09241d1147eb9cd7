// What an acknowledgement is worth: acks=all, 1 and 0 side by side, a leader without followers, a follower that was away.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 5_000}

export default lab(
  {
    name: 'replication',
    phase: 3,
    steps: 4,
    proves:
      'acks=all means a majority and acks=1 the leader’s disk; a minority acknowledges nothing; followers hold the leader’s log; no client is told a lower high watermark.',
  },
  async ({cluster, load, check, step, note}) => {
    await load.start({acks: 'mixed'})

    await step('acks=all, 1 and 0, then all killed', async () => {
      await load.acknowledged(90, {withinMs: 10_000, what: 'before any fault'})
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D3', 'D7', 'D7o', 'L6')
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await load.acknowledged(40, {...WITHIN, what: 'after the restart of all'})
      await check('L8w', 'D8', 'D8e', 'L1', 'L3')
    })

    await step('a leader without followers acknowledges nothing', async () => {
      const leader = await cluster.leader()
      const others = cluster.nodes.filter(n => n.id !== leader.id).map(n => n.id)
      await cluster.act({do: 'kill', who: {nodes: others}, patienceMs: 0})
      const tried = await load.tried(12, WITHIN)
      await cluster.start({nodes: others})
      await Promise.all(others.map(id => cluster.seen(cluster.node(id).caughtUp, WITHIN)))
      await load.acknowledged(40, {...WITHIN, what: 'with all nodes again'})
      await check('P0', 'H1m', 'L8w', 'L1', 'L3', 'L5')
      note(`${tried} writes tried`)
    })

    await step('a follower that was away holds the same log in the end', async () => {
      const away = await cluster.follower()
      await away.kill()
      await load.acknowledged(60, {...WITHIN, what: 'without it'})
      await away.disk()
      await away.start()
      await cluster.seen(away.caughtUp, WITHIN)
      const old = await cluster.leader()
      await old.kill()
      await load.acknowledged(40, {...WITHIN, what: 'under the new leader'})
      await old.disk()
      await old.start()
      await cluster.seen(old.caughtUp, WITHIN)
      await check('P0', 'L8', 'L8w', 'L8r', 'D8', 'D8e', 'L1', 'L3', 'L5')
    })

    await step('every acknowledged write, one log', async () => {
      const history = await load.stop()
      await check('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10')
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      const hashes = new Set<string>()
      for (const n of cluster.nodes) hashes.add(await n.logHash())
      check.that('the same committed log on every node', hashes.size === 1, {
        expected: 'one hash over all logs of topics',
        seen: hashes.size === 1 ? 'one' : `${hashes.size} different ones`,
      })
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D3', 'D4', 'D5', 'D7', 'L6', 'P5')
      note(
        `${history.acknowledged.toLocaleString('en')} acknowledged, ${history.readBack.toLocaleString('en')} read back`,
      )
    })
  },
)
