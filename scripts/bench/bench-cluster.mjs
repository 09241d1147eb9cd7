// cluster up to leader, how long the leader's death keeps writes standing, and memory a node.
import {producePartition, recordBatch} from './kafka-wire.mjs'
import {
  bootstrapsOf,
  chronik,
  chronikAside,
  largestMegabytes,
  median,
  nodesOf,
  pause,
  row,
  timeOf,
  until,
  withCluster,
} from './measure.mjs'

const RUNS = 5
const PARTITIONS = 6
const LOAD_BYTES = 100 * 1024 * 1024

export default async function cluster() {
  const ups = []
  const floors = []
  for (let i = 0; i < RUNS; i++) {
    floors.push(timeOf(process.execPath, ['-e', '0']))
    const begun = performance.now()
    await withCluster([], async () => ups.push(performance.now() - begun))
  }
  row(
    'cluster up, 3 nodes to an elected leader',
    `${median(ups).toFixed(0)} ms = ${(median(ups) / median(floors)).toFixed(1)} x node -e 0`,
    'under 1 s',
  )
  await withCluster([], async here => {
    chronik('topic', 'create', 'bench', '--partitions', String(PARTITIONS), ...here)
    await pause(1_000)
    row('memory of a node: idle, largest of 3', megabytes(here), 'under 80 MB')
    await leaderDeaths(here)
    await load(here)
    row(`  after a load of ${LOAD_BYTES / 1024 / 1024} MB`, megabytes(here), 'under 80 MB')
  })
}

function megabytes(here) {
  return `${largestMegabytes(here).toFixed(0)} MB`
}

/** Writers on every partition, one write at a time. From the moment the leader's connections break to the first write acknowledged again. */
async function leaderDeaths(here) {
  const first = []
  const all = []
  for (let i = 0; i < RUNS; i++) {
    const bootstraps = bootstrapsOf(here)
    const acknowledged = Array.from({length: PARTITIONS}, () => [])
    const writers = acknowledged.map((times, partition) =>
      producePartition({
        bootstraps,
        topic: 'bench',
        partition,
        batch: recordBatch(1, 100),
        window: 1,
        onAcknowledged: () => times.push(performance.now()),
      }),
    )
    await until('a write on every partition', () => acknowledged.every(times => times.length > 20))
    const before = nodesOf(here)
    await chronikAside('kill', '--leader', ...here)
    const killed = before.find(n => n.role === 'leader')
    await until('writes on every partition again', () =>
      acknowledged.every(times => times[times.length - 1] > performance.now() - 100),
    )
    await pause(300)
    // The gap in what was acknowledged holds the death: partitions that the killed node did not lead have none to speak of.
    const gaps = acknowledged.map(times => Math.max(...times.slice(1).map((t, n) => t - times[n])))
    const stood = gaps.filter((_, p) => writers[p].figures.moves > 0)
    if (stood.length > 0) {
      first.push(Math.min(...stood))
      all.push(Math.max(...stood))
    }
    await Promise.all(writers.map(w => w.stop()))
    chronik('start', `n${killed.id}`, ...here)
    await pause(500)
  }
  if (first.length === 0) return row('kill --leader to writes served again', 'no partition moved')
  row(
    `kill --leader to the first acknowledged write, ${first.length} runs`,
    `${median(first).toFixed(0)} ms`,
    'under 400 ms',
  )
  row('  to writes on every partition that it led', `${median(all).toFixed(0)} ms`, 'under 400 ms')
}

async function load(here) {
  const bootstraps = bootstrapsOf(here)
  const batch = recordBatch(140, 100)
  let bytes = 0
  const writers = Array.from({length: PARTITIONS}, (_, partition) =>
    producePartition({
      bootstraps,
      topic: 'bench',
      partition,
      batch,
      window: 8,
      onAcknowledged: () => {
        bytes += batch.length
      },
    }),
  )
  await until('the load', () => bytes >= LOAD_BYTES, 120_000)
  await Promise.all(writers.map(w => w.stop()))
}
