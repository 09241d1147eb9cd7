// The node dies at each named point of the broker, while it runs or while it recovers: point × outcome.
import {lab, type NodeHandle, type Ordered} from 'chronik/lab'

const WITHIN = {withinMs: 10_000}
/** Some points take many writes to be reached. */
const REACHED = {withinMs: 30_000}
const METADATA = '__raft_metadata/0'
/** Entries of the metadata group after which its log is compacted, and bytes of a segment: few, so that what happens rarely happens all the time. */
const INTERVAL = 8
const SEGMENT_BYTES = 16_384

/** Gets the node, which runs, to the point: it died there, or did not get there in time. */
type Way = (victim: NodeHandle, point: string) => Promise<Ordered | undefined>

export default lab(
  {
    name: 'crash-points',
    steps: 86,
    withinMs: 900_000,
    proves:
      'A node that dies at any named point of the broker comes back with what lay on its disk, and nothing acknowledged is lost.',
    cluster: {settings: {'segment.bytes': SEGMENT_BYTES, 'snapshot.interval.entries': INTERVAL}},
    damages: true,
  },
  async ({cluster, load, topics, check, step, note, seed, now}) => {
    let made = 0
    /** Topics that come and go, through every node in turn, until what it is for is over. What a dead node does not answer is no matter. */
    const stirred = async <T>(until: Promise<T>, how: {keeps?: boolean; shortens?: boolean} = {}): Promise<T> => {
      let over = false
      const stirring = (async () => {
        while (!over) {
          const name = `stir-${seed.toString(36)}-${++made}`
          await topics.create(name, cluster.nodes[made % cluster.nodes.length])
          if (how.shortens) await topics.shorten(name, {records: 40})
          if (!how.keeps) await topics.remove(name, cluster.nodes[(made + 1) % cluster.nodes.length])
        }
      })()
      try {
        return await until
      } finally {
        over = true
        await stirring
      }
    }

    const running: Way = (victim, point) => stirred(victim.dieAt(point, REACHED))
    const shortening: Way = (victim, point) => stirred(victim.dieAt(point, REACHED), {shortens: true})
    const starting: Way = async (victim, point) => {
      await victim.kill()
      return victim.dieAt(point, REACHED)
    }
    /** It died in the middle of something, which its next start has to clear away. */
    const after =
      (first: string): Way =>
      async (victim, point) => {
        // Topics stay: what was begun for them is what the next start finds.
        const died = await stirred(victim.dieAt(first, REACHED), {keeps: true})
        return died && victim.dieAt(point, REACHED)
      }
    const torn =
      (metadata: boolean, first?: string): Way =>
      async (victim, point) => {
        await victim.kill()
        // Logs that hold something: what an interrupted birth left nobody will look at.
        const groups = new Set(victim.files.records().flatMap(r => (r.kind === 'Entry' ? [r.group] : [])))
        for (const group of groups) if ((group === METADATA) === metadata) await victim.files.tear(group, 100)
        if (first !== undefined && !(await victim.dieAt(first, REACHED))) return undefined
        return victim.dieAt(point, REACHED)
      }

    /** How a point is reached, where topics that come and go do not do it. */
    const WAYS: ReadonlyArray<[points: RegExp, way: Way]> = [
      [/^(partition-wal|sidecar)\.remove/, shortening],
      [/^metadata-wal\.truncate/, torn(true)],
      [/^partition-wal\.truncate/, torn(false)],
      // The copy is there already, of a start that died before it had cut.
      [/^kept-aside\.remove/, torn(true, 'metadata-wal.truncate.before')],
      [/^kept-aside/, torn(true)],
      [/^groups-log\.truncate/, after('groups-log.append.inside')],
      [/^topic-file\.remove/, after('topic-file.append.before')],
      [/^peer\.(dial|accept)/, starting],
    ]

    let died = 0
    const never: string[] = []
    const reached = (point: string, death: Ordered | undefined): death is Ordered => {
      if (death) died++
      else never.push(point)
      check.that('it dies there', death ? true : undefined, {
        expected: `the node ends itself at ${point}`,
        seen: death ? (death.lines[0] ?? 'it did') : `never reached within ${REACHED.withinMs / 1_000} s`,
      })
      return death !== undefined
    }

    /** Whether it follows or is elected itself meanwhile is no matter. */
    const comesBack = (victim: NodeHandle, seen: unknown): void => {
      check.that('it comes back and catches up', seen !== undefined, {
        expected: `n${victim.id} holds all that was committed, within ${WITHIN.withinMs / 1_000} s`,
        seen: seen ? 'it does' : 'not seen in time',
      })
    }

    const dieAndComeBack = async (point: string, leads: boolean, way: Way): Promise<void> => {
      const victim = leads ? await cluster.leader() : await cluster.follower()
      const death = await way(victim, point)
      if (!reached(point, death)) return
      if (leads) await cluster.leader()
      await load.acknowledged(10, {...WITHIN, what: `while n${victim.id} is dead`})
      await victim.disk()
      const started = await victim.start()
      const back = await cluster.seen(victim.caughtUp, WITHIN)
      comesBack(victim, back)
      await check('P0', 'D1', 'D3', 'D4', 'D8', 'D8e', 'L8w')
      note(
        `${leads ? 'leader' : 'follower'} ${back ? `back after ${Math.round(back.atMs - started.atMs)} ms` : 'not back'}`,
      )
    }

    /** The list of groups is made once in the life of a node. Where it is lost nothing is begun anew: the groups are refused, until it is there again. */
    const listLost = async (point: string): Promise<void> => {
      const victim = await cluster.follower()
      await victim.kill()
      const {restore} = await victim.files.save()
      await victim.files.drop('groups.log')
      if (!reached(point, await victim.dieAt(point, REACHED))) return
      await victim.start()
      const refused = await cluster.seen(
        ({readings}) =>
          readings.find(r => r.node === victim.id)?.live?.refused.find(g => g.group === METADATA) ?? undefined,
        WITHIN,
      )
      check.that('what is not listed is refused, not begun anew', refused !== undefined, {
        expected: `n${victim.id} refuses ${METADATA}`,
        seen: refused ? `refused at ${refused.file}@${refused.at}` : 'not refused within 10 s',
      })
      await victim.kill()
      await restore()
      await victim.disk()
      await victim.start()
      comesBack(victim, await cluster.seen(victim.caughtUp, WITHIN))
      await check('P0', 'D1', 'D3', 'D4', 'D8', 'D8e')
      note('its list lost: refused, then put back')
    }

    if (cluster.crashPoints.length === 0)
      check.that('its nodes can be made to die at named points', undefined, {
        expected: 'points of `chronik fault points`',
        seen: 'none: this engine is a program of its own',
      })
    await load.start({acks: 'all', rate: 100})
    await load.acknowledged(30, {...WITHIN, what: 'before any fault'})
    const beganMs = now()
    for (const [i, {name}] of cluster.crashPoints.entries())
      await step(name, () => {
        if (name.startsWith('groups-log.create')) return listLost(name)
        const way = WAYS.find(([points]) => points.test(name))?.[1] ?? running
        return dieAndComeBack(name, i % 3 === 2, way)
      })

    await step('all killed, all restarted', async () => {
      note(`died at ${died} of ${cluster.crashPoints.length} points in ${Math.round((now() - beganMs) / 1_000)} s`)
      if (never.length > 0) note(`never reached: ${never.join(' ')}`)
      await cluster.kill({role: 'all'})
      await cluster.disks()
      await check('P0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'L6')
      await cluster.start({role: 'all'})
      await Promise.all(cluster.nodes.map(n => cluster.seen(n.caughtUp, WITHIN)))
      await load.acknowledged(20, {...WITHIN, what: 'after the restart of all'})
      await cluster.topics()
      await check('D8', 'D8e', 'L8', 'L8w', 'L1', 'L2', 'L3', 'L9', 'P5')
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
