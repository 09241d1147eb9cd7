// What disks do: power that is lost at any moment, bits that turn over, ranges that read as zeros, files that are gone. Never a silent loss.
import {type ClusterState, lab, type NodeHandle} from 'chronik/lab'

const WITHIN = {withinMs: 15_000}
/** Power losses of each kind. */
const LOSSES = 3
/** Few entries and bytes, so that there are many files to be damaged. */
const SETTINGS = {'segment.bytes': 8_192, 'snapshot.interval.entries': 8}

/** A file of a log, by what it is. */
type Kind = 'metadata log' | 'log of a topic' | 'snapshot' | 'list of groups' | 'name of a topic'
const KINDS: ReadonlyArray<[kind: Kind, path: RegExp]> = [
  ['metadata log', /^wal\/__meta\/__raft_metadata\/0\/wal_0_\d+\.log$/],
  ['snapshot', /\.snap$/],
  ['log of a topic', /^wal\/verify-[^/]+\/\d+\/wal_\d+_\d+\.log$/],
  ['list of groups', /^groups\.log$/],
]
/** Not for single bits: one makes of its id another one, which only the metadata can tell. */
const NAME: (typeof KINDS)[number] = ['name of a topic', /^wal\/verify-[^/]+\/topic\.json$/]

/** Numbers drawn with the lab's seed, one after another (an LCG of Knuth's, MMIX). */
function drawer(seed: number): (below: number) => number {
  let state = BigInt(seed) + 1n
  return below => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number(state >> 33n) % below
  }
}

type Damage = 'flip' | 'zero' | 'drop-file'

export default lab(
  {
    name: 'storage',
    steps: 7,
    withinMs: 600_000,
    proves:
      'After a power loss all that was acknowledged is there; a damaged or lost file is refused by name, never taken for whole, and repaired from the others.',
    cluster: {disk: 'lossy', settings: SETTINGS},
    damages: true,
  },
  async ({cluster, load, topics, check, step, note, seed}) => {
    const draw = drawer(seed)
    const caughtUp = async (nodes: readonly NodeHandle[]): Promise<void> => {
      const seen = await Promise.all(nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      check.that('back, and caught up', seen.every(Boolean), {
        expected: `${nodes.map(n => `n${n.id}`).join(' ')} hold all that was committed, within ${WITHIN.withinMs / 1_000} s`,
        seen: `caught up: ${nodes.flatMap((n, i) => (seen[i] ? [`n${n.id}`] : [])).join(' ') || 'none'}`,
      })
    }

    await load.start({acks: 'all', producers: 2, rate: 200})
    await load.acknowledged(60, {...WITHIN, what: 'before any fault'})
    // The metadata group is compacted: there are snapshots to be damaged.
    for (let n = 0; n < SETTINGS['snapshot.interval.entries']; n++) {
      const name = `storage-${seed.toString(36)}-${n}`
      await topics.create(name, cluster.nodes[n % cluster.nodes.length])
      await topics.remove(name, cluster.nodes[n % cluster.nodes.length])
    }

    await step('the power of one node is lost at any moment', async () => {
      for (let n = 0; n < LOSSES; n++) {
        await load.tried(1 + draw(40), WITHIN)
        const node = n % 2 === 0 ? await cluster.leader() : await cluster.follower()
        await node.kill()
        await load.acknowledged(20, {...WITHIN, what: `without n${node.id}`})
        await node.disk()
        await node.start()
        await caughtUp([node])
      }
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D8', 'D8e', 'L8w')
    })

    await step('the power of all nodes is lost at any moment', async () => {
      for (let n = 0; n < LOSSES; n++) {
        await load.tried(1 + draw(40), WITHIN)
        await cluster.kill({role: 'all'})
        await cluster.disks()
        await check('D7')
        await cluster.start({role: 'all'})
        await caughtUp(cluster.nodes)
        await load.acknowledged(20, {...WITHIN, what: 'after the power came back'})
      }
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D8', 'D8e', 'L8w', 'L1', 'L2', 'L3')
    })

    /** One file of this kind is damaged, on a node that is dead: at a byte that is drawn. */
    const damaged = async (how: Damage, kind: Kind, path: RegExp): Promise<string> => {
      const node = await cluster.follower()
      await node.kill()
      const files = node.files.all().filter(f => path.test(f.file) && f.bytes > 0)
      if (files.length === 0) {
        await node.start()
        await caughtUp([node])
        return `${kind}: none there`
      }
      const {file, bytes} = files[draw(files.length)]
      const at = draw(bytes)
      if (how === 'drop-file') await node.files.drop(file)
      else await cluster.act({do: 'damage', how, who: {nodes: [node.id]}, path: file, byte: at})
      const {groups} = await node.disk()
      const found = groups.filter(g => g.damage.length > 0)
      // One whose list of groups is damaged does not start, and says why.
      const unstarted = await node.start().then(
        () => undefined,
        (error: Error) => error.message,
      )
      // Of a refused metadata group no topic is known, and none opened.
      const tells = (s: ClusterState) => {
        const live = s.readings.find(r => r.node === node.id)?.live
        return live !== undefined && (live.refused.length > 0 || found.length === 0) && live
      }
      const live = unstarted === undefined ? await cluster.seen(tells, WITHIN) : undefined
      await load.acknowledged(20, {...WITHIN, what: `while a ${kind} of n${node.id} is damaged`})
      const refused = live?.refused ?? []
      const where = [
        ...refused.map(r => `${r.file.slice(r.file.lastIndexOf('/') + 1)}@${r.at}`),
        ...(/refuses (\S+@\d+)/.exec(unstarted ?? '')?.slice(1) ?? []),
      ]
      const harmless = found.length === 0
      const told = unstarted !== undefined || live !== undefined
      check.that(
        `${kind}: ${how} ${file.slice(file.lastIndexOf('/') + 1)}@${at}`,
        told ? harmless === (where.length === 0) : undefined,
        {
          expected: harmless
            ? 'no byte that counts was hit: the log is recovered as it lies there'
            : `refused, as the second reader finds it damaged: ${found[0].group} ${found[0].damage[0].file}@${found[0].damage[0].at}`,
          seen:
            where.length > 0
              ? `refused at ${where.join(', ')}`
              : (unstarted ?? (live ? 'nothing was refused' : 'nothing was told')),
        },
      )
      if (!harmless) {
        const repaired = await cluster.act({do: 'repair', who: {nodes: [node.id]}})
        check.that(
          `${kind}: repaired from the others`,
          repaired.did.every(d => d.effect === 'repaired'),
          {
            expected: 'what is damaged is moved aside, and rebuilt from the other replicas',
            seen: repaired.lines.join('; '),
          },
        )
      }
      await cluster.until(node.caughtUp, WITHIN)
      return `${kind}: ${harmless ? 'not hit' : 'refused, repaired'}`
    }

    for (const [title, how] of [
      ['a bit that turns over, anywhere', 'flip'],
      ['a range that reads as zeros, anywhere', 'zero'],
      ['a file that is lost, anywhere', 'drop-file'],
    ] as const)
      await step(title, async () => {
        const outcomes: string[] = []
        for (const [kind, path] of how === 'flip' ? KINDS : [...KINDS, NAME])
          outcomes.push(await damaged(how, kind, path))
        await check('P0', 'L8w', 'L1', 'L2', 'L3')
        note(outcomes.join('; '))
      })

    await step('all killed, all restarted', async () => {
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'L6')
      await cluster.start({role: 'all'})
      await caughtUp(cluster.nodes)
      await load.acknowledged(20, {...WITHIN, what: 'after the restart of all'})
      await cluster.topics()
      await check('D8', 'D8e', 'L8', 'L8w', 'L9')
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
