// The coordinator of a consumer group is cut off from the other nodes, and not from clients: the offsets that it takes alone are lost with its leadership.
import {type ClusterState, lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

/** The partition of the offsets topic in which the load's group commits. */
function written(s: ClusterState): string | undefined {
  const groups = s.readings.flatMap(r => r.live?.groups ?? []).filter(g => g.group.startsWith('__consumer_offsets/'))
  return groups.find(g => g.role === 'leader' && g.commit > 3)?.group
}

export default lab(
  {
    name: 'lonely-coordinator',
    proves: 'Offsets that a group was told are committed are there under the next coordinator.',
    cluster: {settings: {timing: 'calm'}},
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', groups: 1, rate: 200})
    await load.acknowledged(30, {...WITHIN, what: 'before any fault'})
    const offsets = await cluster.until(written, WITHIN)
    const old = await cluster.leader(offsets)
    const cut = await old.isolate()
    const next = await cluster.leader(offsets, [old])
    await load.acknowledged(20, {...WITHIN, what: 'under the new leader'})
    await cut.undo()
    await cluster.until(old.caughtUp, WITHIN)
    await load.stop()
    await check('P0', 'L8w', 'H11')
    note(`n${old.id} coordinated, then n${next.id}`)
  },
)
