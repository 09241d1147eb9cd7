// Elections of every kind under a steady load: leaders killed, paused, killed in the moment of their election; and what is on all disks in the end.
import {type ClusterState, lab} from 'chronik/lab'

const WITHIN = {withinMs: 5_000}
const METADATA = '__raft_metadata/0'

/** A node tells, by itself, that it stands for election or leads, after this moment. */
function stands(sinceMs: number, not: number) {
  return (s: ClusterState) =>
    s.changes.find(
      c =>
        c.group === METADATA && c.node !== not && c.atMs > sinceMs && (c.role === 'candidate' || c.role === 'leader'),
    )
}

function leads(sinceMs: number, not: number) {
  return (s: ClusterState) =>
    s.changes.find(c => c.group === METADATA && c.node !== not && c.atMs > sinceMs && c.role === 'leader')
}

export default lab(
  {
    name: 'raft',
    phase: 2,
    steps: 5,
    proves:
      'One leader a term, one log on all nodes, no commit lost by an election, and no vote or term that a disk forgets.',
  },
  async ({cluster, load, check, step, note}) => {
    await load.start({acks: 'all'})
    await load.acknowledged(60, {withinMs: 10_000, what: 'before any fault'})

    await step('three leaders killed, one after the other', async () => {
      const terms: number[] = []
      for (let n = 0; n < 3; n++) {
        const old = await cluster.leader()
        await old.kill()
        await load.acknowledged(20, {...WITHIN, what: `under leader ${n + 2}`})
        await old.disk()
        await old.start()
        await cluster.seen(old.caughtUp, WITHIN)
        terms.push(cluster.snapshot().leaderTerm)
      }
      await check('P0', 'L8', 'L8w', 'L8r', 'L1', 'L2', 'L3', 'L4', 'L5', 'D5', 'D8', 'D8e')
      note(`terms ${terms.join(' ')}`)
    })

    await step('a leader paused, deposed, resumed', async () => {
      const old = await cluster.leader()
      const paused = await old.pause()
      const deposed = await cluster.seen(leads(paused.atMs, old.id), WITHIN)
      await old.resume()
      await cluster.seen(old.caughtUp, WITHIN)
      await load.acknowledged(40, {...WITHIN, what: 'after it woke'})
      check.that('another leads while it sleeps', deposed !== undefined, {
        expected: 'a leader in a higher term within 5 s',
        seen: deposed ? `n${deposed.node} leads term ${deposed.term}` : 'none',
      })
      await check('P0', 'L8w', 'L1', 'L2', 'L3', 'L4', 'L5')
    })

    await step('whoever stands for election killed too', async () => {
      const first = await cluster.leader()
      const killed = await cluster.act({do: 'kill', who: {nodes: [first.id]}, patienceMs: 0})
      const second = await cluster.seen(stands(killed.atMs, first.id), WITHIN)
      if (second) await cluster.act({do: 'kill', who: {nodes: [second.node]}, patienceMs: 0})
      const dead = [first.id, ...(second ? [second.node] : [])]
      for (const id of dead) await cluster.node(id).disk()
      await cluster.start({nodes: dead})
      for (const id of dead) await cluster.seen(cluster.node(id).caughtUp, WITHIN)
      await load.acknowledged(40, {...WITHIN, what: 'after both came back'})
      await check('P0', 'L8', 'L8w', 'L1', 'L2', 'L3', 'L5', 'D5', 'D8', 'D8e')
      note(`n${dead.join(' n')} killed, the second as ${second?.role ?? 'nothing'} at term ${second?.term ?? '?'}`)
    })

    await step('all killed: one log on all disks', async () => {
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D7', 'L6')
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await load.acknowledged(40, {...WITHIN, what: 'after the restart of all'})
      await check('D8', 'D8e', 'L8', 'L8w', 'L1', 'L2', 'L3', 'L4', 'L5', 'P5')
    })

    await step('every acknowledged write', async () => {
      const history = await load.stop()
      await check('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10')
      note(
        `${history.acknowledged.toLocaleString('en')} acknowledged, ${history.readBack.toLocaleString('en')} read back`,
      )
    })
  },
)
