// Produce with acks=all over 6 partitions on 3 nodes, against a bare relay of the same bytes in the same run:
// client → A; A → B, C; each appends and syncs; A answers after 2 of 3. Turn by turn, 5 runs each, medians.
import {spawnSync} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {leadersOf, produceError, produceRequest, pump, recordBatch} from './kafka-wire.mjs'
import {chronik, inScratch, median, percentile, root, row, startProcess, withCluster} from './measure.mjs'

const PARTITIONS = 6
const RUN_MS = 3_000

export default async function produce() {
  await withCluster(['-n', '3'], here =>
    inScratch(async dir => {
      chronik('topic', 'create', 'bench', '--partitions', String(PARTITIONS), ...here)
      const status = JSON.parse(chronik('status', '--json', ...here).stdout)
      const [host, port] = String(status.nodes[0].kafka).split(':')
      const bootstrap = {host, port: Number(port)}
      const relay = await startRelay(dir)
      try {
        for (const [label, count, bytes] of [
          ['100 B', 140, 100],
          ['1 KiB', 15, 1024],
        ]) {
          const batch = recordBatch(count, bytes)
          const ours = []
          const bare = []
          await runBroker(bootstrap, batch, count, 8, 1_000)
          await runRelay(relay.port, batch, count, 8, 1_000)
          for (let i = 0; i < 5; i++) {
            ours.push((await runBroker(bootstrap, batch, count, 8, RUN_MS)).perSecond)
            bare.push((await runRelay(relay.port, batch, count, 8, RUN_MS)).perSecond)
          }
          row(`${label} records, batches of ${count}: chronik`, `${Math.round(median(ours)).toLocaleString('en')}/s`)
          row('  the bare relay', `${Math.round(median(bare)).toLocaleString('en')}/s`)
          row('  ratio', `${((100 * median(ours)) / median(bare)).toFixed(0)} %`, 'at least 40 %')
        }
        const lone = await runBroker(bootstrap, recordBatch(1, 100), 1, 1, RUN_MS, 1)
        const loneRelay = await runRelay(relay.port, recordBatch(1, 100), 1, 1, RUN_MS, 1)
        row('one write at a time: p50', `${percentile(lone.latencies, 0.5).toFixed(2)} ms`, 'under 2.5 ms')
        row('  the bare relay', `${percentile(loneRelay.latencies, 0.5).toFixed(2)} ms`)
      } finally {
        for (const child of relay.children) child.stdin.end()
      }
      javaProducer(status)
    }),
  )
}

async function startRelay(dir) {
  const program = join(root, 'scripts', 'bench', 'relay-node.mjs')
  const b = await startProcess([program, join(dir, 'b.log')])
  const c = await startProcess([program, join(dir, 'c.log')])
  const a = await startProcess([program, join(dir, 'a.log'), b.line, c.line])
  for (const {child} of [a, b, c]) child.removeAllListeners('exit')
  return {port: Number(a.line), children: [a.child, b.child, c.child]}
}

async function runBroker(bootstrap, batch, count, window, ms, partitions = PARTITIONS) {
  const leaders = await leadersOf(bootstrap, 'bench')
  const targets = [...leaders]
    .slice(0, partitions)
    .map(([partition, address]) => ({address, bytes: produceRequest('bench', partition, batch)}))
  if (targets.length < partitions) throw new Error(`only ${targets.length} of ${partitions} partitions have a leader`)
  return run(targets, count, window, ms, kept => {
    if (kept.length < 4 || kept.length < 4 + kept.readInt32BE(0)) return 0
    const error = produceError(kept, 'bench')
    if (error !== 0) throw new Error(`produce answered error ${error}`)
    return 4 + kept.readInt32BE(0)
  })
}

async function runRelay(port, batch, count, window, ms, partitions = PARTITIONS) {
  const frame = Buffer.alloc(4 + batch.length)
  frame.writeUInt32BE(batch.length)
  batch.copy(frame, 4)
  const targets = Array.from({length: partitions}, () => ({address: {host: '127.0.0.1', port}, bytes: frame}))
  return run(targets, count, window, ms, kept => (kept.length > 0 ? 1 : 0))
}

async function run(targets, count, window, ms, answers) {
  let answered = 0
  const latencies = []
  const begun = performance.now()
  const pumps = targets.map(({address, bytes}) =>
    pump(address, bytes, window, answers, latency => {
      answered++
      if (latencies.length < 1_000_000) latencies.push(latency)
    }),
  )
  await new Promise(resolve => setTimeout(resolve, ms))
  const perSecond = (answered * count) / ((performance.now() - begun) / 1000)
  await Promise.all(pumps.map(p => p.stop()))
  return {perSecond, latencies}
}

/** With Java and a folder of Kafka's jars: the same load from Kafka's own ProducerPerformance. */
function javaProducer(status) {
  const libs = process.env.KAFKA_LIBS
  if (!libs) return row('ProducerPerformance', 'needs KAFKA_LIBS, Java')
  if (!readdirSync(libs).some(f => f.endsWith('.jar'))) return row('ProducerPerformance', `no jars in ${libs}`)
  for (const [bytes, records] of [
    [100, 500_000],
    [1024, 100_000],
  ]) {
    const rates = []
    for (let i = 0; i < 3; i++) {
      const done = spawnSync(
        'java',
        [
          '-Xms64m',
          '-Xmx256m',
          '-cp',
          join(libs, '*'),
          'org.apache.kafka.tools.ProducerPerformance',
          '--topic',
          'bench',
          '--num-records',
          String(records),
          '--record-size',
          String(bytes),
          '--throughput',
          '-1',
          '--bootstrap-server',
          status.nodes.map(n => n.kafka).join(','),
          '--command-property',
          'acks=all',
        ],
        {encoding: 'utf8'},
      )
      const rate = /([\d.]+) records\/sec \([^)]*\)[^\n]*\n?$/.exec(done.stdout.trim())
      if (done.status !== 0 || !rate)
        return row('ProducerPerformance', `exited ${done.status}: ${done.stderr.split('\n')[0].slice(0, 60)}`)
      rates.push(Number(rate[1]))
    }
    row(
      `ProducerPerformance acks=all, ${bytes} B`,
      `${Math.round(median(rates)).toLocaleString('en')}/s`,
      bytes === 100
        ? '180,000/s on a machine where synced Kafka does 45,000/s'
        : '24,000/s where synced Kafka does 6,000/s',
    )
  }
}
