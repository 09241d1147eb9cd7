// Produce with acks=all, 3 nodes, against a bare relay of the same bytes in the same run: client → A; A → B, C; each
// appends and syncs, a file a partition, with the same group commit; A answers after 2 of 3. In turns, 5 runs each, medians.
import {spawnSync} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {producePartition, pump, recordBatch} from './kafka-wire.mjs'
import {
  bootstrapsOf,
  chronik,
  inScratch,
  median,
  nodesOf,
  pause,
  percentile,
  root,
  row,
  startProcess,
  until,
  withCluster,
} from './measure.mjs'

const RUNS = 5
const RUN_MS = 2_000
const WARM_MS = 1_000
/** Requests in flight a partition. */
const WINDOW = 8
/** Records of a size that make a batch of about 16 KB, what a Kafka producer sends. */
const LOADS = [
  {label: '100 B', bytes: 100, count: 140},
  {label: '1 KiB', bytes: 1024, count: 15},
]

export default async function produce() {
  await withCluster(['-n', '3'], here =>
    inScratch(async dir => {
      const bootstraps = bootstrapsOf(here)
      for (const partitions of [1, 6])
        chronik('topic', 'create', `p${partitions}`, '--partitions', `${partitions}`, ...here)
      const relay = await startRelay(dir)
      const moves = {moves: 0, refused: 0}
      try {
        for (const partitions of [6, 1])
          for (const {label, count, bytes} of LOADS) {
            const load = {partitions, count, batch: recordBatch(count, bytes), window: WINDOW}
            const [ours, bare] = await inTurns(bootstraps, relay.port, load, moves)
            const rates = [ours, bare].map(runs => median(runs.map(r => r.perSecond)))
            const what = `${partitions} partition${partitions > 1 ? 's' : ''}, ${label} records, batches of ${count}`
            row(what, `${rounded(rates[0])}/s`)
            row('  the bare relay', `${rounded(rates[1])}/s`)
            row('  ratio', `${((100 * rates[0]) / rates[1]).toFixed(0)} %`, 'at least 40 %')
          }
        const lone = {partitions: 1, count: 1, batch: recordBatch(1, 100), window: 1}
        const [ours, bare] = await inTurns(bootstraps, relay.port, lone, moves)
        const p50 = runs => `${median(runs.map(r => percentile(r.latencies, 0.5))).toFixed(2)} ms`
        row('one write of 100 B at a time: p50', p50(ours), 'under 2.5 ms')
        row('  the bare relay', p50(bare))
        row('leaders that moved meanwhile', `${moves.moves}, ${moves.refused} writes refused`)
      } finally {
        for (const child of relay.children) child.stdin.end()
      }
      javaProducer(here)
    }),
  )
}

async function inTurns(bootstraps, relayPort, load, moves) {
  const ours = []
  const bare = []
  await runBroker(bootstraps, load, WARM_MS, moves)
  await runRelay(relayPort, load, WARM_MS)
  for (let i = 0; i < RUNS; i++) {
    ours.push(await runBroker(bootstraps, load, RUN_MS, moves))
    bare.push(await runRelay(relayPort, load, RUN_MS))
  }
  return [ours, bare]
}

async function startRelay(dir) {
  const program = join(root, 'scripts', 'bench', 'relay-node.mjs')
  const b = await startProcess([program, join(dir, 'b')])
  const c = await startProcess([program, join(dir, 'c')])
  const a = await startProcess([program, join(dir, 'a'), b.line, c.line])
  for (const {child} of [a, b, c]) child.removeAllListeners('exit')
  return {port: Number(a.line), children: [a.child, b.child, c.child]}
}

async function runBroker(bootstraps, {partitions, count, batch, window}, ms, moves) {
  const counter = new Counter(partitions)
  const writers = Array.from({length: partitions}, (_, partition) =>
    producePartition({
      bootstraps,
      topic: `p${partitions}`,
      partition,
      batch,
      window,
      onAcknowledged: latency => counter.answered(partition, latency),
    }),
  )
  const result = await counter.over(ms, count)
  await Promise.all(writers.map(w => w.stop()))
  for (const {figures} of writers) {
    moves.moves += figures.moves
    moves.refused += figures.refused
  }
  return result
}

async function runRelay(port, {partitions, count, batch, window}, ms) {
  const counter = new Counter(partitions)
  const pumps = Array.from({length: partitions}, (_, partition) => {
    const frame = Buffer.alloc(8 + batch.length)
    frame.writeUInt32BE(batch.length)
    frame.writeUInt32BE(partition, 4)
    batch.copy(frame, 8)
    return pump(
      {host: '127.0.0.1', port},
      frame,
      window,
      kept => (kept.length > 0 ? 1 : 0),
      (_answer, latency) => {
        counter.answered(partition, latency)
        return true
      },
    )
  })
  const result = await counter.over(ms, count)
  await Promise.all(pumps.map(p => p.stop()))
  return result
}

/** Counts answers from the moment that every partition has had one: connecting is not what is measured. */
class Counter {
  #first
  #answered = 0
  #latencies = []

  constructor(partitions) {
    this.#first = new Set(Array.from({length: partitions}, (_, p) => p))
  }

  answered(partition, latency) {
    this.#first.delete(partition)
    this.#answered++
    if (this.#latencies.length < 1_000_000) this.#latencies.push(latency)
  }

  async over(ms, count) {
    await until('an answer on every partition', () => this.#first.size === 0)
    this.#answered = 0
    this.#latencies = []
    const begun = performance.now()
    await pause(ms)
    const perSecond = (this.#answered * count) / ((performance.now() - begun) / 1000)
    return {perSecond, latencies: this.#latencies}
  }
}

function rounded(n) {
  return Math.round(n).toLocaleString('en')
}

/** With Java and a folder of Kafka's jars: the same load from Kafka's own ProducerPerformance. */
function javaProducer(here) {
  const libs = process.env.KAFKA_LIBS
  if (!libs) return row('ProducerPerformance: needs Java, and KAFKA_LIBS', '-')
  if (!readdirSync(libs).some(f => f.endsWith('.jar'))) return row(`ProducerPerformance: no jars in ${libs}`, '-')
  const bootstrap = nodesOf(here)
    .map(n => n.kafka)
    .join(',')
  for (const {label, bytes} of LOADS) {
    const records = bytes === 100 ? 1_000_000 : 200_000
    const rates = []
    for (let i = 0; i < 3; i++) {
      const flags = {
        topic: 'p6',
        'num-records': records,
        'record-size': bytes,
        throughput: -1,
        'bootstrap-server': bootstrap,
        'command-property': 'acks=all',
      }
      const done = spawnSync(
        'java',
        [
          '-Xms64m',
          '-Xmx256m',
          '-cp',
          join(libs, '*'),
          'org.apache.kafka.tools.ProducerPerformance',
          ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
        ],
        {encoding: 'utf8'},
      )
      const rate = [...(done.stdout ?? '').matchAll(/([\d.]+) records\/sec/g)].pop()
      if (done.status !== 0 || !rate)
        return row(`ProducerPerformance ended with ${done.error?.code ?? done.status}`, firstLine(done.stderr))
      rates.push(Number(rate[1]))
    }
    row(
      `ProducerPerformance acks=all, 6 partitions, ${label}`,
      `${rounded(median(rates))}/s`,
      bytes === 100 ? '180,000/s where synced Kafka does 45,000/s' : '24,000/s where it does 6,000/s',
    )
  }
}

function firstLine(text) {
  return (text ?? '').split('\n')[0].slice(0, 60)
}
