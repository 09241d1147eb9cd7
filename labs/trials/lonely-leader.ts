// A leader that clients reach and other nodes do not: what it acknowledges alone is lost as soon as it is back.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {
    name: 'lonely-leader',
    proves: 'A leader alone acknowledges nothing.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check}) => {
    await load.start({acks: 'all', partitions: 1, producers: 2, rate: 200})
    await load.acknowledged(20, {...WITHIN, what: 'before any fault'})
    const old = await cluster.leader(load.group())
    const cut = await old.isolate()
    await cluster.leader(load.group(), [old])
    await load.acknowledged(20, {...WITHIN, what: 'under the new leader'})
    await cut.undo()
    await cluster.until(old.caughtUp, WITHIN)
    await load.stop()
    await check('P0', 'L8w', 'H1', 'H2', 'H3')
  },
)
