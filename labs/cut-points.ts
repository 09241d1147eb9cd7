// A log is cut before every record and inside every record, and the node starts on what is left: cut × outcome.
import {type FileRecord, lab, type NodeHandle} from 'chronik/lab'

const WITHIN = {withinMs: 10_000}
const METADATA = '__raft_metadata/0'
const PARTITIONS = 6

/** A place where a log ends early. */
interface Cut {
  group: string
  file: string
  at: number
  /** It lies in the log's last file. */
  last: boolean
  /** It lies in the first batch of its file: that one makes the file a segment. */
  head: boolean
  /** Last index of the batches that end before it; and of the whole log. */
  before: number
  whole: number
}

/** Every place of one log: before each record, and in the middle of it. */
function cutsOf(records: readonly FileRecord[]): Cut[] {
  const lastSegment = Math.max(...records.map(r => r.segment))
  const whole = Math.max(0, ...records.map(r => r.index ?? 0))
  const cuts: Cut[] = []
  let closed = 0
  let open = 0
  let batches = 0
  for (const [i, r] of records.entries()) {
    const fresh = i === 0 || records[i - 1].file !== r.file
    if (fresh) batches = 0
    if (r.kind === 'BatchMark') {
      closed = Math.max(closed, open)
      batches++
    }
    const cut = {
      group: r.group,
      file: r.file,
      last: r.segment === lastSegment,
      head: batches === 1,
      before: closed,
      whole,
    }
    if (r.at > 0) cuts.push({...cut, at: r.at})
    cuts.push({...cut, at: r.at + (r.bytes >> 1)})
    open = Math.max(open, r.index ?? 0)
  }
  return cuts
}

function byGroup(records: readonly FileRecord[]): Map<string, FileRecord[]> {
  const groups = new Map<string, FileRecord[]>()
  for (const r of records) groups.set(r.group, [...(groups.get(r.group) ?? []), r])
  return groups
}

type Outcome = 'as it was' | 'cut' | 'refused' | 'wrong' | 'not seen'

export default lab(
  {
    name: 'cut-points',
    steps: 3,
    proves:
      'A log that ends anywhere, before any record or inside of it, is recovered up to the batch before, or refused; nothing else.',
    cluster: {nodes: 1, settings: {'segment.bytes': 4_096}},
    damages: true,
  },
  async ({cluster, load, check, step, note, seed}) => {
    const node: NodeHandle = cluster.nodes[0]
    const outcomes = new Map<string, number>()

    /** Starts the node on these cuts of otherwise whole files, and says how each ended. */
    const round = async (cuts: readonly Cut[], restore: () => Promise<void>): Promise<Outcome[]> => {
      await restore()
      for (const cut of cuts) await node.files.cut(cut.file, cut.at)
      await node.disk()
      await node.start()
      // Of the groups that are not cut in this round as well: what it found in them is judged too.
      const live = await cluster.seen(node.opened, WITHIN)
      await node.kill()
      return cuts.map(cut => {
        const refused = live?.refused.find(g => g.group === cut.group)
        const recovery = live?.groups.find(g => g.group === cut.group)?.recovery
        const end = refused ? 'refused' : recovery ? judged(cut, recovery.lastIndex) : 'not seen'
        const where = `${cut.head ? 'head' : cut.last ? 'last file' : 'earlier file'}: ${end}`
        outcomes.set(where, (outcomes.get(where) ?? 0) + 1)
        return refused && cut.last && !cut.head ? 'wrong' : end
      })
    }

    const run = async (rounds: ReadonlyArray<readonly Cut[]>): Promise<void> => {
      const {restore} = await node.files.save()
      const ends: Outcome[] = []
      for (const cuts of rounds) ends.push(...(await round(cuts, restore)))
      await restore()
      const wrong = ends.filter(e => e === 'wrong').length
      const unseen = ends.filter(e => e === 'not seen').length
      check.that(
        'each is recovered up to the batch before the cut, or refused',
        wrong > 0 ? false : unseen > 0 || ends.length === 0 ? undefined : true,
        {
          expected:
            'in the last file: what stands in whole batches before the cut, no more and no less; in an earlier one: refused',
          seen: [...outcomes].map(([what, n]) => `${n} × ${what}`).join(', '),
        },
      )
      await check('P0', 'D8', 'D8e')
      note(`${ends.length} cuts in ${rounds.length} starts`)
    }

    await step('the metadata log', async () => {
      // A start leaves more to cut than a birth.
      await node.kill()
      await node.start()
      await cluster.leader()
      await node.kill()
      await run(cutsOf(node.files.records()).map(cut => [cut]))
      await check('P2')
      await node.start()
      await cluster.leader()
    })

    await step('logs of a topic are written', async () => {
      await load.start({partitions: PARTITIONS, rate: 200})
      await load.acknowledged(16 * PARTITIONS, {withinMs: 15_000, what: 'before any cut'})
      await load.stop()
      await check('L8w', 'H1', 'H2', 'H3', 'H4')
    })

    await step('cut before every record and inside every record', async () => {
      outcomes.clear()
      await node.kill()
      const logs = [...byGroup(node.files.records())].filter(([group]) => group !== METADATA).map(([, r]) => cutsOf(r))
      // The logs were made alike: each takes every nth place, so that together they take all of them.
      const rounds: Cut[][] = []
      for (let first = 0; first < Math.max(...logs.map(cuts => cuts.length)); first += logs.length)
        rounds.push(logs.flatMap((cuts, i) => cuts[first + ((i + seed) % logs.length)] ?? []))
      await run(rounds)
      await check('P2')
    })
  },
)

function judged(cut: Cut, lastIndex: number): Outcome {
  if (lastIndex === cut.whole) return cut.last && !cut.head && cut.before < cut.whole ? 'wrong' : 'as it was'
  return cut.last && lastIndex === cut.before ? 'cut' : 'wrong'
}
