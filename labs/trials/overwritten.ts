// Two of five nodes go on with a leader that the others do not hear. What they write there is overwritten later, on one of them first, and must leave
// nothing behind.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {
    name: 'overwritten',
    proves: 'Entries that a new leader overwrites are gone for good, with all that stood behind them.',
    cluster: {nodes: 5, settings: {timing: 'calm'}},
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: '1', partitions: 1, producers: 4, replicas: 5, rate: 300})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const old = await cluster.leader(group)
    const [beside, ...rest] = cluster.nodes.filter(n => n !== old)
    await cluster.partition([rest.map(n => n.id), [old.id, beside.id]])
    const next = await cluster.leader(group, [old, beside])
    await load.stop()
    // They hold entries that nobody else has, more of them than the new leader has written since.
    const tail = await cluster.until(s => {
      const [a, b, c] = [old, beside, next].map(n => s.of(n.id, group)?.lastIndex ?? 0)
      return c > 0 && Math.min(a, b) > c + 1 && Math.min(a, b)
    }, WITHIN)
    await beside.kill()
    await beside.disk()
    await cluster.heal()
    await cluster.until(s => {
      const [own, led] = [s.of(old.id, group), s.of(next.id, group)]
      return own && led && own.term === led.term && own.commit === led.commit && led.commit === led.lastIndex
    }, WITHIN)
    await cluster.kill({role: 'all'})
    await cluster.disks()
    await check('P0', 'D1', 'D3', 'L6')
    await cluster.start({role: 'all'})
    await cluster.seen(old.caughtUp, WITHIN)
    await check('D8', 'D8e')
    note(`entries up to ${tail} stood on n${old.id} and n${beside.id} alone`)
  },
)
