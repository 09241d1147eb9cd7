// Topics created and deleted through every node, with nodes down, in the moment of an election and before a restart of all: the same on every node.
import {type ClusterState, lab, type NodeHandle, type PushedChange} from 'chronik/lab'

const METADATA = '__raft_metadata/0'
const WITHIN = {withinMs: 5_000}
/** Written to a topic before it is deleted. */
const RECORDS = 20
/** What a node hears from the others comes so much later: long enough to ask it meanwhile, too short for it to miss its leader. */
const LATE_MS = 60
const LATE_TRIES = 4

export default lab(
  {
    name: 'metadata',
    phase: 6,
    steps: 7,
    proves:
      'Topics that are created or deleted through any node are so on all nodes, also after deaths, elections and restarts; nodes that are added, removed and replaced lose nothing.',
  },
  async ({cluster, load, topics, check, step, note, now, seed}) => {
    let made = 0
    const fresh = (): string => `verify-${seed.toString(36)}-${++made}`
    const living = new Set<string>()

    const create = async (through: NodeHandle, partitions = 1): Promise<string> => {
      const name = fresh()
      if (await topics.create(name, through, {partitions})) living.add(name)
      return name
    }
    const remove = async (name: string, through: NodeHandle): Promise<void> => {
      if (await topics.remove(name, through)) living.delete(name)
    }
    /** Every node that is up tells of exactly what must be there, as far as that is known. */
    const settled = ({readings, snapshot}: ClusterState): boolean => {
      const told = readings.map(r => new Set(r.live?.topics.map(t => t.name) ?? []))
      return (
        told.length === snapshot.nodes.filter(n => n.state === 'up').length &&
        told.every(names => [...living].every(name => names.has(name)) && names.size === told[0].size)
      )
    }
    const look = async (): Promise<void> => {
      await cluster.seen(settled, WITHIN)
      await cluster.topics()
    }

    await step('created and deleted through each node', async () => {
      const names: string[] = []
      for (const node of cluster.nodes) for (const partitions of [1, 3]) names.push(await create(node, partitions))
      for (const [i, node] of cluster.nodes.entries()) await remove(names[2 * ((i + 1) % cluster.nodes.length)], node)
      await look()
      await check('L9', 'L9a', 'L4')
      note(`${living.size} topics`)
    })

    await step('with a node down', async () => {
      const [kept] = living
      const away = await cluster.follower()
      await away.kill()
      const others = cluster.nodes.filter(n => n.id !== away.id)
      for (const node of others) await create(node, 2)
      await remove(kept, others[0])
      await away.disk()
      await away.start()
      await cluster.seen(away.caughtUp, WITHIN)
      await look()
      await check('P0', 'L9', 'L9a', 'L8r', 'D8', 'D8e', 'L4')
    })

    await step('made anew under its name while a node is cut off', async () => {
      const [through, ...more] = cluster.nodes
      const name = await create(through)
      const group = `${name}/0`
      // What is cut off then holds the deleted topic's log, of later terms than the new one has.
      for (let n = 0; n < 2; n++) {
        const old = await cluster.leader(group)
        await old.kill()
        await cluster.leader(group, [old])
        await old.disk()
        await old.start()
        await cluster.seen(old.caughtUp, WITHIN)
      }
      const filled = await topics.shorten(name, {records: RECORDS})
      const away = await cluster.follower()
      const others = [through, ...more].filter(n => n.id !== away.id)
      const cut = await away.isolate()
      await remove(name, others[0])
      if (await topics.create(name, others[1])) living.add(name)
      await cut.undo()
      await cluster.seen(away.caughtUp, WITHIN)
      await look()
      const ends = ({readings}: ClusterState) =>
        readings.flatMap(r => r.live?.partitions.filter(p => p.topic === name && p.leader > 0) ?? [])
      const served = await cluster.seen(s => ends(s).length === cluster.nodes.length && ends(s), WITHIN)
      check.that(
        'nothing of the deleted topic is in the new one',
        filled && served?.every(p => p.highWatermark === 0),
        {
          expected: `${group} has a leader, and is empty on every node`,
          seen: served ? `high watermarks ${served.map(p => p.highWatermark).join(' ')}` : 'not served by all nodes',
        },
      )
      await check('P0', 'L9', 'L9a', 'L1', 'L2', 'L3', 'L4', 'L5', 'D8', 'D8e')
    })

    await step('asked of a node that hears of it late', async () => {
      const leader = await cluster.leader()
      const late = await cluster.follower()
      const others = cluster.nodes.filter(n => n.id !== late.id)
      const slow = await Promise.all(others.map(n => cluster.link(n.id, late.id, {latencyMs: LATE_MS})))
      await cluster.seen(late.caughtUp, WITHIN)
      const answers: Array<{name: string; fresh: boolean}> = []
      for (let n = 0; n < LATE_TRIES; n++) {
        const fromMs = now()
        const name = await create(leader)
        const born = living.has(name) ? await topics.toldBy(late, name) : undefined
        await remove(name, leader)
        const gone = living.has(name) ? undefined : await topics.toldBy(late, name)
        // A node without a leader tells what it knows: nothing holds it to more.
        const led = await cluster.seen(
          s => s.of(late.id)?.leader === leader.id && !s.changes.some(c => strayed(c, late, leader, fromMs)),
          {withinMs: 500},
        )
        if (led && born !== undefined && gone !== undefined) answers.push({name, fresh: born && !gone})
      }
      for (const link of slow) await link.undo()
      const stale = answers.filter(a => !a.fresh).map(a => a.name)
      check.that(
        'what was acknowledged is in the next answer of a node that hears of it late',
        answers.length > 0 ? stale.length === 0 : undefined,
        {
          expected: `n${late.id} shows a topic created through n${leader.id} as soon as that is acknowledged, and not when its deletion is`,
          seen:
            answers.length === 0
              ? `no answer while it followed n${leader.id}`
              : `${answers.length} of ${LATE_TRIES} tries count, ${stale.length} stale${stale.map(name => ` ${name}`).join('')}`,
        },
      )
      await look()
      await check('L9', 'L9a', 'L4')
    })

    await step('in the moment of an election', async () => {
      const old = await cluster.leader()
      const others = cluster.nodes.filter(n => n.id !== old.id)
      const creations = others.map(node => create(node))
      await cluster.act({do: 'kill', who: {nodes: [old.id]}, patienceMs: 0})
      await Promise.all(creations)
      await Promise.all(others.map(node => create(node)))
      await old.disk()
      await old.start()
      await cluster.seen(old.caughtUp, WITHIN)
      await look()
      await check('P0', 'L8', 'L9', 'L9a', 'L1', 'L2', 'L3', 'L4', 'L5', 'D8', 'D8e')
    })

    await step('after a restart of all', async () => {
      const [gone] = living
      await create(cluster.nodes[0], 3)
      await remove(gone, cluster.nodes[1 % cluster.nodes.length])
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'L6')
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await look()
      await check('L9', 'L9a', 'L8', 'L4', 'D8', 'D8e', 'L2', 'P5')
      note(`${living.size} topics`)
    })

    await step('a node added, the leader removed, another replaced', async () => {
      await load.start({acks: cluster.acks})
      const acknowledged = (what: string) => load.acknowledged(40, {withinMs: 10_000, what})
      await acknowledged('before any change')
      const [added] = (await cluster.act({do: 'add'})).did
      await acknowledged('with a node more')
      const old = await cluster.leader()
      await cluster.act({do: 'remove', node: old.id})
      await acknowledged('without the old leader')
      const disk = await cluster.follower()
      await cluster.act({do: 'replace', node: disk.id})
      await acknowledged('with an empty disk in a node')
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await look()
      await load.stop()
      await check('L7', 'L4', 'H1', 'H2', 'H3', 'H4', 'H7', 'H8')
      note(`n${added.node} added, n${old.id} removed, n${disk.id} replaced`)
    })
  },
)

/** Did this node follow another than `leader`, or nobody, after that moment? */
function strayed(change: PushedChange, node: NodeHandle, leader: NodeHandle, sinceMs: number): boolean {
  const {group, atMs} = change
  return change.node === node.id && group === METADATA && atMs >= sinceMs && change.leader !== leader.id
}
