// Everybody dies, and every log ends in a write that was cut off: nobody was promised it, and the cluster has to come back.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 10_000}

export default lab(
  {name: 'torn-ends', proves: 'A torn end is cut, and the node goes on.', damages: true},
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, rate: 100})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    await cluster.kill({role: 'all'})
    let torn = 0
    for (const {files} of cluster.nodes)
      for (const group of new Set(files.records().map(r => r.group))) if (await files.tear(group, 100)) torn++
    await cluster.disks()
    await cluster.start({role: 'all'})
    await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
    await load.acknowledged(10, {...WITHIN, what: 'after all came back'})
    await check('P0', 'L8', 'D8', 'D8e', 'L8w')
    note(`${torn} logs torn`)
  },
)
