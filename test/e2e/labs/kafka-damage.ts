// Files of real Kafka nodes are damaged while they are dead. Each step has to fail at the check named for it: what Kafka does about damage is not silent here.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {lab, type NodeHandle} from 'chronik/lab'

const QUORUM_STATE = 'data/__cluster_metadata-0/quorum-state'
const LOG = 'data/__cluster_metadata-0/00000000000000000000.log'

/** The last byte of a batch in the middle: its CRC covers that, and does not cover the epoch that its head names. */
function inTheMiddle(log: Buffer): number {
  let end = 0
  while (end < log.length / 2) end += 12 + log.readInt32BE(end + 8)
  return end - 1
}

export default lab(
  {name: 'kafka-damage', steps: 4, proves: 'Damage that Kafka goes on from is seen.'},
  async ({cluster, load, check, step}) => {
    const within = {withinMs: cluster.patienceMs}
    const damage = (n: NodeHandle, how: 'flip' | 'drop-file', path: string, byte?: number) =>
      cluster.act({do: 'damage', who: {nodes: [n.id]}, how, path, ...(byte === undefined ? {} : {byte})})
    const file = (id: number, path: string) =>
      cluster.until(s => join(s.snapshot.nodes.find(v => v.id === id)?.dataDir ?? '', path), within)
    await load.start({acks: 'all'})
    await load.acknowledged(30, {withinMs: 15_000, what: 'before any damage'})

    await step('the vote of a term is lost with quorum-state', async () => {
      const states = await Promise.all(cluster.nodes.map(n => n.state()))
      const voter = states.find(r => (r.live?.groups[0]?.vote ?? 0) !== 0)
      if (!voter) return
      const n = cluster.node(voter.node)
      await n.kill()
      await n.disk()
      await damage(n, 'drop-file', QUORUM_STATE)
      await n.start()
      await cluster.seen(n.caughtUp, within)
      await check('D8', 'D8e')
    })

    await step('quorum-state is set back to the one of an epoch before', async () => {
      const before = new Map<number, Buffer>()
      for (const n of cluster.nodes) before.set(n.id, readFileSync(await file(n.id, QUORUM_STATE)))
      const old = await cluster.leader()
      const {term = 0} = await cluster.until(s => s.of(old.id), within)
      await old.kill()
      const voter = await cluster.until(
        s => s.readings.find(r => r.live?.groups.some(g => g.term > term && g.leader !== 0 && (g.vote ?? 0) !== 0)),
        within,
      )
      await old.start()
      await cluster.seen(old.caughtUp, within)
      const n = cluster.node(voter.node)
      await cluster.seen(n.caughtUp, within)
      await n.kill()
      await n.disk()
      writeFileSync(await file(n.id, QUORUM_STATE), before.get(n.id) ?? '')
      await n.start()
      await cluster.seen(n.caughtUp, within)
      await check('D8')
    })

    await step('a committed batch of one node is flipped: cut, and fetched again', async () => {
      const n = await cluster.follower()
      await n.kill()
      await n.disk()
      await damage(n, 'flip', LOG, inTheMiddle(readFileSync(await file(n.id, LOG))))
      await n.start()
      await cluster.seen(n.caughtUp, within)
      await n.kill()
      await n.disk()
      await n.start()
      await cluster.seen(n.caughtUp, within)
      await check('D8e', 'D9')
    })

    await step('the same batch of all nodes is flipped: committed metadata is lost', async () => {
      await cluster.kill({role: 'all'})
      await cluster.disks()
      const middle = inTheMiddle(readFileSync(await file(cluster.nodes[0].id, LOG)))
      for (const n of cluster.nodes) await damage(n, 'flip', LOG, middle)
      await cluster.start({role: 'all'})
      await cluster.seen(s => s.readings.some(r => r.live?.groups[0]?.serving), within)
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('D9')
    })
  },
)
