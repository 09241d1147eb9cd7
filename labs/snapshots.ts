// Logs that are compacted all the time: restarts from a snapshot, a follower that comes back behind the compacted log, and deaths in the middle of either.
import {type ClusterState, lab, type NodeHandle} from 'chronik/lab'

const WITHIN = {withinMs: 10_000}
const METADATA = '__raft_metadata/0'
/** Entries of the metadata group after which its log is compacted. */
const INTERVAL = 8

export default lab(
  {
    name: 'snapshots',
    phase: 5,
    steps: 5,
    cluster: {settings: {'snapshot.interval.entries': INTERVAL}},
    proves:
      'Compaction, restarts from a snapshot and snapshots sent to followers lose nothing, also when nodes die in the middle of them.',
  },
  async ({cluster, load, topics, check, step, note, seed}) => {
    let made = 0
    /** So many entries of the metadata group at least: topics that come and go. */
    const churn = async (entries: number, through: readonly NodeHandle[]): Promise<void> => {
      for (let n = 0; n < entries; n += 2) {
        const name = `verify-${seed.toString(36)}-${++made}`
        await topics.create(name, through[n % through.length], {partitions: 1})
        await topics.remove(name, through[(n + 1) % through.length])
      }
    }
    const metadataOf = ({readings}: ClusterState, node: number) =>
      readings.find(r => r.node === node)?.live?.groups.find(g => g.group === METADATA)
    /** These nodes' logs begin behind `index`. */
    const compacted = (nodes: readonly NodeHandle[], index: number) => (s: ClusterState) => {
      const firsts = nodes.map(n => metadataOf(s, n.id)?.firstIndex ?? 0)
      return firsts.every(first => first > index + 1) && firsts
    }
    const isEverywhere = (s: ClusterState): boolean => {
      const told = cluster.nodes.map(n => metadataOf(s, n.id))
      return told.every(g => g && g.applied === g.commit && g.commit === told[0]?.commit)
    }
    /** Asked when all have applied the same: how long that takes is not what is judged. */
    const look = async (): Promise<void> => {
      await cluster.seen(isEverywhere, WITHIN)
      await cluster.topics()
    }
    const others = (node: NodeHandle): NodeHandle[] => cluster.nodes.filter(n => n.id !== node.id)

    await load.start({acks: 'all'})
    await load.acknowledged(40, {...WITHIN, what: 'before any fault'})

    await step('logs are compacted under load', async () => {
      await churn(2 * INTERVAL, cluster.nodes)
      const firsts = await cluster.seen(compacted(cluster.nodes, 0), WITHIN)
      check.that('every log of the metadata group begins behind a snapshot', firsts !== undefined, {
        expected: 'a first index above 1 on every node',
        seen: firsts ? `first indexes ${firsts.join(', ')}` : 'not on all nodes within 10 s',
      })
      await look()
      await check('L4', 'L9', 'L3')
    })

    await step('all killed, started from their snapshots', async () => {
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'L6')
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await load.acknowledged(40, {...WITHIN, what: 'after the restart of all'})
      await look()
      await check('D8', 'D8e', 'L8', 'L8w', 'L4', 'L9', 'L2')
    })

    await step('a follower behind the compacted log', async () => {
      const away = await cluster.follower()
      await away.kill()
      const {groups} = await away.disk()
      const last = groups.find(g => g.group === METADATA)?.lastIndex ?? 0
      await churn(3 * INTERVAL, others(away))
      const beyond = await cluster.seen(compacted(others(away), last), WITHIN)
      await away.start()
      await cluster.seen(away.caughtUp, WITHIN)
      const behind = await cluster.seen(compacted([away], last), WITHIN)
      await load.acknowledged(40, {...WITHIN, what: 'after it came back'})
      check.that('it was sent a snapshot', beyond !== undefined && behind !== undefined, {
        expected: `its log begins behind index ${last}, where it ended, as those of the others did`,
        seen: `others ${beyond?.join(', ') ?? 'still held it'}; itself ${behind?.join() ?? 'still holds older entries'}`,
      })
      await look()
      await check('P0', 'D8', 'D8e', 'L8r', 'L8w', 'L4', 'L9')
      note(`log ended at ${last}, begins at ${behind?.join() ?? '?'}`)
    })

    await step('killed in the middle of snapshots', async () => {
      for (let round = 0; round < 3; round++) {
        const leads = round % 2 === 1
        const victim = leads ? await cluster.leader() : await cluster.follower()
        const churning = churn(2 * INTERVAL, others(victim))
        await cluster.act({do: 'kill', who: {nodes: [victim.id]}, patienceMs: 0})
        await churning
        if (leads) await check('L8')
        // Dead again while it is sent what it lacks.
        await victim.start()
        await cluster.act({do: 'kill', who: {nodes: [victim.id]}, patienceMs: 0})
        await victim.disk()
        await check('D1', 'D2', 'D3', 'D4', 'D5', 'D6')
        await victim.start()
        await cluster.seen(victim.caughtUp, WITHIN)
      }
      await load.acknowledged(40, {...WITHIN, what: 'after the last of them'})
      await look()
      await check('P0', 'D8', 'D8e', 'L8r', 'L8w', 'L4', 'L9', 'L1', 'L2', 'L3', 'P5')
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
