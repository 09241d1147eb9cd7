// A leader dies, is back, leads again, and dies for good as soon as its follower has heard of that: what the follower held before has to be there still.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** Each message takes so long: what a follower gives up is then missing for a while before it is sent again. */
const LATENCY_MS = 400

export default lab(
  {
    name: 'two-failovers',
    proves: 'A follower gives up no entry for a new leader that does not contradict it.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, producers: 8, rate: 400})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const first = await cluster.leader(group)
    const [beside, away] = cluster.nodes.filter(n => n !== first)
    const cut = await away.isolate()
    // What the follower answers comes late: when it hears nothing any more, it does not know that its last answers made a commit.
    await cluster.link(beside.id, first.id, {latencyMs: LATENCY_MS})
    await load.acknowledged(40, {...WITHIN, what: 'with one cut off'})
    const alone = await first.isolate({oneWay: 'out'})
    const ahead = await cluster.seen(
      s => {
        const untold = (s.of(first.id, group)?.commit ?? 0) - (s.of(beside.id, group)?.commit ?? 0)
        return untold > 2 && untold
      },
      {withinMs: 2_000},
    )
    await cluster.act({do: 'kill', who: {nodes: [first.id]}, patienceMs: 0})
    await alone.undo()
    await first.start()
    // One of them leads again. Has the other one fewer entries now than it had?
    const held = new Map<number, number>()
    let short = false
    const next = await cluster.until(s => {
      for (const [node, other] of [
        [first, beside],
        [beside, first],
      ]) {
        const [own, led] = [s.of(node.id, group), s.of(other.id, group)]
        const before = held.get(node.id) ?? 0
        held.set(node.id, Math.max(before, own?.lastIndex ?? 0))
        short = own !== undefined && own.lastIndex < before
        if (short || (led?.role === 'leader' && led.serving)) return other
      }
      return undefined
    }, WITHIN)
    await cluster.act({do: 'kill', who: {nodes: [next.id]}, patienceMs: 0})
    await cut.undo()
    await cluster.heal()
    await load.acknowledged(20, {...WITHIN, what: 'under the third leader'})
    await cluster.kill({role: 'all'})
    await cluster.disks()
    await check('L6')
    await cluster.start({role: 'all'})
    await load.acknowledged(10, {...WITHIN, what: 'with all of them'})
    await load.stop()
    await check('P0', 'L8w', 'L5', 'H1', 'H2', 'H3')
    note(
      `n${first.id} led, ${ahead ?? 'few'} commits ahead, then n${next.id}${short ? '; who followed had given up entries' : ''}`,
    )
  },
)
