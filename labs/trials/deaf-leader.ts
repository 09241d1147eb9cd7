// A leader that everybody hears and that hears nobody: it has to give up, or nobody else will ever lead.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {name: 'deaf-leader', proves: 'A leader that hears no majority steps down, and another one leads.'},
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 1, rate: 100})
    await load.acknowledged(10, {...WITHIN, what: 'before any fault'})
    const old = await cluster.leader()
    const cut = await old.isolate({oneWay: 'in'})
    await cluster.seen(
      s =>
        s.changes.find(
          c => c.group === s.snapshot.group && c.role === 'leader' && c.atMs > cut.atMs && c.node !== old.id,
        ),
      {withinMs: cluster.patienceMs},
    )
    await check('P0', 'L8', 'L1')
  },
)
