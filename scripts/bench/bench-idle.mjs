// What partitions cost that nobody writes to: processor time of a node with 3 and with 1,000 of them.
import {leadersOf} from './kafka-wire.mjs'
import {
  bootstrapsOf,
  chronik,
  cpuSeconds,
  largestMegabytes,
  median,
  nodesOf,
  pause,
  row,
  until,
  withCluster,
} from './measure.mjs'

const WINDOW_MS = 2_000
const RUNS = 5
const MANY = 1_000

export default async function idle() {
  await withCluster([], async here => {
    chronik('topic', 'create', 'few', '--partitions', '3', ...here)
    const few = await measured(here, 'few', 3)
    const fewBytes = largestMegabytes(here)
    chronik('topic', 'create', 'many', '--partitions', String(MANY - 3), ...here)
    const many = await measured(here, 'many', MANY - 3)
    const manyBytes = largestMegabytes(here)
    row('processor a node, 3 idle partitions', `${few.toFixed(1)} %`)
    row(`  ${MANY} idle partitions`, `${many.toFixed(1)} %`, 'within 1 % of it')
    row('memory a node, 3 idle partitions', `${fewBytes.toFixed(0)} MB`)
    row(`  ${MANY} idle partitions`, `${manyBytes.toFixed(0)} MB`)
  })
}

/** Percent of one core, the mean of the nodes, median of the windows; once every partition has a leader and the groups came to rest. */
async function measured(here, topic, partitions) {
  const [bootstrap] = bootstrapsOf(here)
  await until(
    `${partitions} partitions with a leader`,
    async () => (await leadersOf(bootstrap, topic)).size === partitions,
    120_000,
  )
  await pause(3_000)
  const pids = nodesOf(here).map(n => n.pid)
  const percents = []
  for (let i = 0; i < RUNS; i++) {
    const before = pids.map(cpuSeconds)
    const begun = performance.now()
    await pause(WINDOW_MS)
    const seconds = (performance.now() - begun) / 1000
    const used = pids.map((pid, n) => cpuSeconds(pid) - before[n])
    percents.push((100 * used.reduce((a, b) => a + b)) / seconds / pids.length)
  }
  return median(percents)
}
