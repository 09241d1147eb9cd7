// The log on the disk: segments written and rotated under load, a torn end, a bit that turned over; each read by a second reader before the node does.
import {type FileRecord, lab} from 'chronik/lab'

const WITHIN = {withinMs: 5_000}
const METADATA = '__raft_metadata/0'

/** Segments of the log of topics that has most of them. */
function mostSegments(records: readonly FileRecord[]): number {
  return Math.max(0, ...records.filter(r => r.group !== METADATA).map(r => r.segment + 1))
}

/** Batches that hold entries, and how many of them hold two or more: those writes shared a sync. */
function shared(records: readonly FileRecord[]): {batches: number; shared: number} {
  let entries = 0
  const found = {batches: 0, shared: 0}
  const count = (): void => {
    if (entries > 0) found.batches++
    if (entries > 1) found.shared++
    entries = 0
  }
  for (const r of records)
    if (r.group === METADATA) continue
    else if (r.kind === 'BatchMark') count()
    else if (r.kind === 'Entry') entries++
  count()
  return found
}

export default lab(
  {
    name: 'wal',
    phase: 1,
    steps: 4,
    proves:
      'What is acknowledged lies on the disks, framed and checksummed, over many segments; a torn end is cut and said, a damaged log is refused.',
    cluster: {settings: {'segment.bytes': 4_096}},
    damages: true,
  },
  async ({cluster, load, check, step, note}) => {
    await load.start({acks: 'all', partitions: 2, producers: 4})

    await step('many segments, then all killed', async () => {
      await load.acknowledged(400, {withinMs: 15_000, what: 'before any fault'})
      await cluster.kill({role: 'all'})
      const records = cluster.nodes.map(n => n.files.records())
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D7', 'L6')
      const segments = Math.min(...records.map(mostSegments))
      check.that('logs of more than ten segments', segments > 10 || undefined, {
        expected: 'on every node, a log of eleven segments or more: their numbers do not sort as text',
        seen: `${segments} segments`,
      })
      const together = records.map(shared)
      const most = Math.max(...together.map(t => t.shared))
      check.that('writes that come together share a sync', most > 0 || undefined, {
        expected: 'batches that hold more than one entry',
        seen: together.map((t, i) => `n${i + 1} ${t.shared} of ${t.batches} batches`).join(', '),
      })
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await load.acknowledged(40, {...WITHIN, what: 'after the restart of all'})
      await check('D8', 'D8e', 'L8', 'L8w', 'L2', 'L3', 'P5')
      note(`${segments} segments`)
    })

    await step('a torn end is cut', async () => {
      const follower = await cluster.follower()
      await follower.kill()
      const groups = new Set(follower.files.records().flatMap(r => (r.group === METADATA ? [] : [r.group])))
      let torn = 0
      for (const group of groups) if (await follower.files.tear(group, 100)) torn++
      await follower.disk()
      await follower.start()
      await cluster.seen(follower.caughtUp, WITHIN)
      await load.acknowledged(40, {...WITHIN, what: 'after it came back'})
      await check('P0', 'D1', 'D3', 'D4', 'D8', 'D8e', 'L8r', 'L8w')
      note(`${torn} logs torn`)
      // What it has written since then stands where the torn end was.
      await follower.kill()
      await follower.disk()
      await follower.start()
      await cluster.seen(follower.caughtUp, WITHIN)
      await check('D1', 'D3', 'D8', 'D8e', 'L8r')
    })

    await step('a bit that turned over is refused', async () => {
      const follower = await cluster.follower()
      await follower.kill()
      const records = follower.files.records()
      const hit = records.find(r => r.group !== METADATA && r.kind === 'Entry' && (r.index ?? 0) > 10)
      const turn = async (): Promise<void> => {
        if (hit) await follower.files.flip(hit.file, hit.at + hit.bytes - 40)
      }
      await turn()
      await follower.disk()
      await follower.start()
      await cluster.seen(follower.opened, WITHIN)
      await load.acknowledged(40, {...WITHIN, what: 'while it is refused'})
      await check('P0', 'P2', 'D8', 'D8e', 'L8w')
      await follower.kill()
      await turn()
      await follower.disk()
      await follower.start()
      await cluster.seen(follower.caughtUp, WITHIN)
      await check('L8r', 'L2', 'L3')
    })

    await step('every acknowledged write', async () => {
      const history = await load.stop()
      await check('H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H10')
      note(
        `${history.acknowledged.toLocaleString('en')} acknowledged, ${history.readBack.toLocaleString('en')} read back`,
      )
    })
  },
)
