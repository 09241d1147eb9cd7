// Random faults, drawn with the seed, one after another under a steady load: the history has to be without a flaw, and the cluster well soon after the last.
import {type ClusterState, lab} from 'chronik/lab'

/** After healing, this long at most until every node holds all that was committed, and writes are acknowledged on every partition. */
const BOUND = {withinMs: 10_000}
const WITHIN = {withinMs: 10_000}
const METADATA = '__raft_metadata/0'
const FAULTS = ['kill', 'stop', 'pause', 'restart', 'partition', 'link', 'clock', 'disk'] as const
const EVERY_MS = 2_000
const FOR_MS = 30_000
/** Fewer that were seen in force than this prove nothing. */
const LANDED_MIN = 5

function oneServes(s: ClusterState): boolean {
  return s.readings.some(r => s.of(r.node, METADATA)?.serving === true)
}

export default lab(
  {
    name: 'chaos',
    steps: 3,
    withinMs: 300_000,
    proves:
      'Random faults under load lose, repeat and reorder nothing, show nothing that was never sent, and are over soon after they are healed.',
  },
  async ({cluster, load, check, step, note, time, now}) => {
    await load.start({acks: 'all', producers: 2, rate: 300})
    await load.acknowledged(60, {...WITHIN, what: 'before any fault'})

    await step('random faults under load', async () => {
      const {faults, healed} = await cluster.nemesis({faults: FAULTS, everyMs: EVERY_MS, forMs: FOR_MS})
      const landed = faults.filter(f => f.landed)
      const kinds = new Set(landed.map(f => f.fault))
      check.that('faults were in force', landed.length >= LANDED_MIN && kinds.size > 1 ? true : undefined, {
        expected: `${LANDED_MIN} faults or more, of more kinds than one`,
        seen: `${landed.length} of ${faults.length}: ${faults.map(f => `${f.command.replace('chronik ', '')}${f.landed ? '' : ' (not seen)'}`).join(', ')}`,
      })
      const healedMs = now()
      const leads = await cluster.seen(oneServes, BOUND)
      const whole = await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, BOUND)))
      await load.acknowledged(60, {...BOUND, what: 'after healing'})
      check.that(`well within ${BOUND.withinMs / 1_000} s of healing`, leads !== undefined && whole.every(Boolean), {
        expected: 'a leader that serves, and every node holds all that was committed',
        seen: `${leads ? 'a leader serves' : 'nobody leads'}; caught up: ${
          cluster.nodes
            .filter((_, i) => whole[i])
            .map(n => `n${n.id}`)
            .join(' ') || 'none'
        }`,
      })
      await cluster.topics()
      await check('L8w', 'L1', 'L2', 'L3', 'L9', 'P5')
      note(
        `${landed.length} faults of ${kinds.size} kinds, well ${((now() - healedMs) / 1_000).toFixed(1)} s after healing`,
      )
      time('healedMs', now() - healed.atMs)
    })

    await step('all killed, all restarted', async () => {
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D7', 'L6')
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await load.acknowledged(40, {...WITHIN, what: 'after the restart of all'})
      await check('D8', 'D8e', 'L8', 'L8w', 'L1', 'L2', 'L3')
    })

    await step('every acknowledged write', async () => {
      const history = await load.stop()
      await check('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10')
      note(
        `${history.acknowledged.toLocaleString('en')} acknowledged, ${history.readBack.toLocaleString('en')} read back, once, in order`,
      )
    })
  },
)
