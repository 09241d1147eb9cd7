// A bit turns over in the middle of a follower's log: the follower has to say so, and to leave that log alone.
import {lab} from 'chronik/lab'

const WITHIN = {withinMs: 20_000}

export default lab(
  {
    name: 'flipped-bit',
    proves: 'A damaged log is refused, and never cut or read as if it were whole.',
    damages: true,
  },
  async ({cluster, load, check, note}) => {
    await load.start({acks: 'all', partitions: 1, producers: 2, rate: 300})
    await load.acknowledged(80, {...WITHIN, what: 'before any fault'})
    const group = load.group()
    const leader = await cluster.leader(group)
    const follower = cluster.nodes.filter(n => n !== leader)[0]
    await follower.kill()
    const entries = follower.files.records().filter(r => r.group === group && r.kind === 'Entry')
    // Within a client's record, with sound ones before and behind it.
    const hit = entries[entries.length >> 1]
    await follower.files.flip(hit.file, hit.at + hit.bytes - 40)
    await follower.disk()
    await follower.start()
    const said = await cluster.seen(s => {
      const live = s.readings.find(r => r.node === follower.id)?.live
      return live?.refused.find(g => g.group === group)?.why ?? (s.of(follower.id, group) && 'opened')
    }, WITHIN)
    await check('P0', 'P2')
    note(`entry ${hit.index} of ${entries.length}: ${said ?? 'nothing was said'}`)
  },
)
