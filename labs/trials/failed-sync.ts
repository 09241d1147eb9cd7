// A sync fails once on two of three nodes. What it was for is not on the disk, whatever a later sync says; power is lost, and shows it.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {name: 'failed-sync', proves: 'A failed sync is never tried again: the node ends. With --power-loss.'},
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, producers: 4, rate: 200})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const leader = await cluster.leader(load.group())
    const others = cluster.nodes.filter(n => n !== leader).map(n => n.id)
    // A node that dies of it may not be there any more to say that it was told.
    await cluster
      .act({do: 'disk', who: {nodes: others}, trouble: {eio: {on: 'sync', times: 1}}})
      .catch(error => note(`the order: ${(error as Error).message}`))
    const dead = await cluster.seen(
      s => others.every(id => s.snapshot.nodes.some(n => n.id === id && n.state === 'CRASHED')),
      {withinMs: 3_000},
    )
    await cluster.kill({nodes: cluster.nodes.map(n => n.id)}, {losesAll: true})
    await cluster.disks()
    await check('D1', 'D3', 'D4', 'D7')
    note(dead ? 'both ended' : 'they went on')
  },
)
