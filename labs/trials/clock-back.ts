// A leader that sleeps most of the time, hears nobody, and whose wall clock went back: by that clock it was heard a moment ago.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}
/** Less than an election timeout: the leader does not notice that it slept. */
const ASLEEP_MS = 350

export default lab(
  {
    name: 'clock-back',
    proves: 'How long ago a leader heard a majority is measured with a clock that never jumps.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, producers: 2, rate: 200})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const old = await cluster.leader(load.group())
    const others = {nodes: cluster.nodes.filter(n => n !== old).map(n => n.id)}
    const reader = await load.readerOf(old)
    // Nobody is heard any more, the clock goes back, and it sleeps before it has missed them.
    await cluster.act({do: 'pause', who: others})
    await cluster.act({do: 'clock', who: {nodes: [old.id]}, byMs: -60_000})
    await old.pause()
    await old.isolate()
    await cluster.act({do: 'resume', who: others})
    // Its time goes by a little at each waking, that of the others goes on: they elect, and acknowledge.
    let over = false
    const acknowledged = load.acknowledged(20, {...WITHIN, what: 'under the new leader'}).finally(() => {
      over = true
    })
    let naps = 0
    while (!over) {
      await Promise.race([acknowledged, cluster.seen(() => false, {withinMs: ASLEEP_MS})])
      if (over) break
      await old.resume()
      await old.pause()
      naps++
    }
    const next = await cluster.leader(load.group(), [old])
    const told = await (await load.readerOf(next)).read(WITHIN)
    // The question is there before it wakes.
    const asked = reader.read(WITHIN)
    await next.state()
    await old.resume()
    note(`n${next.id}: ${told}; n${old.id}, after ${naps} naps: ${await asked}`)
    await cluster.heal()
    await load.stop()
    await check('L8w', 'H10')
  },
)
