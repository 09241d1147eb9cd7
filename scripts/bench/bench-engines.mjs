// `npm run bench -- engines`: the embedded broker beside Apache Kafka. Cluster up, the leader's death, a restart of all, produce with acks=all by the
// same Java client and load, memory a node. Every round runs every setup once, one after the other, so that what else the machine does falls on all of them;
// medians, and ratios of medians. Needs Java (a JDK) and Kafka's jars: `chronik engine install kafka`, or KAFKA_HOME.
// --runs N rounds (3), --kills N leader deaths a setup in all (20), --scale F of the records (1; 0.05 for a try).
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {chronik, median, nodesOf, residentMegabytes, root, row, withCluster} from './measure.mjs'

const SETUPS = [
  {name: 'embedded, relays', flags: [], kills: true},
  {name: 'embedded, direct', flags: ['--set', 'links=direct']},
  {name: 'Kafka', flags: ['--engine', 'kafka'], kills: true},
  {name: 'Kafka, flush.messages=1', flags: ['--engine', 'kafka', '--set', 'flush.messages=1']},
]
/** Records that take some seconds each. */
const LOADS = [
  {partitions: 1, bytes: 100, records: 300_000},
  {partitions: 6, bytes: 100, records: 500_000},
  {partitions: 1, bytes: 1_024, records: 30_000},
  {partitions: 6, bytes: 1_024, records: 60_000},
]
const UNLOADED = {records: 500, perSecond: 50, bytes: 100}

export default async function engines({runs = 3, kills = 20, scale = 1} = {}) {
  const jars = jarsOrWhy()
  if (jars.why) {
    row('engines', 'not run', jars.why)
    return
  }
  const seen = new Map(SETUPS.map(s => [s.name, new Map()]))
  for (let round = 0; round < runs; round++)
    for (const setup of SETUPS) {
      const figures = seen.get(setup.name)
      const add = (what, value) => figures.set(what, [...(figures.get(what) ?? []), value])
      process.stderr.write(`  round ${round + 1} of ${runs}: ${setup.name}\n`)
      await measured(setup, {add, jars: jars.dir, scale, kills: Math.ceil(kills / runs)})
    }
  table(seen, runs)
}

/** One setup, from its beginning to its end. */
async function measured(setup, {add, jars, scale, kills}) {
  const begun = performance.now()
  await withCluster(setup.flags, async here => {
    add('cluster up', performance.now() - begun)
    const bootstrap = nodesOf(here)
      .map(n => n.kafka)
      .join(',')
    const produce = (topic, records, bytes, perSecond = 0) =>
      java(jars, [bootstrap, topic, String(Math.max(100, Math.round(records))), String(bytes), String(perSecond)])
    for (const partitions of [1, 6])
      chronik(
        'topic',
        'create',
        `p${partitions}`,
        '--partitions',
        `${partitions}`,
        '--replication-factor',
        '3',
        ...here,
      )
    add('memory, idle', memory(here))
    for (const {partitions, bytes, records} of LOADS) {
      // A broker that has just been started is slow: it is warmed up by a tenth of the load.
      produce(`p${partitions}`, (records * scale) / 10, bytes)
      add(loadName({partitions, bytes}), produce(`p${partitions}`, records * scale, bytes).perSecond)
    }
    const lone = produce('p1', UNLOADED.records * Math.min(1, scale * 4), UNLOADED.bytes, UNLOADED.perSecond)
    add('p50', lone.p50)
    add('p99', lone.p99)
    add('memory, after the load', memory(here))
    if (setup.kills) for (let n = 0; n < kills; n++) add('failover', failover(here))
    chronik('kill', '--all', ...here)
    add('restart of all', chronik('start', ...here, '--timeout', '2m').ms)
  })
}

/** From the order to kill the leader to the next one that serves, by the supervisor's clock. */
function failover(here) {
  const {did, lines} = JSON.parse(chronik('kill', '--leader', '--json', ...here).stdout)
  const ms = lines.map(line => /leads term \d+ after (\d+) ms/.exec(line)?.[1]).find(Boolean)
  if (!ms) throw new Error(`no new leader: ${lines.join('; ')}`)
  chronik('start', `n${did[0].node}`, ...here, '--timeout', '2m')
  return Number(ms)
}

function memory(here) {
  return Math.max(...nodesOf(here).map(n => residentMegabytes(n.pid)))
}

function java(jars, args) {
  const flags = ['-Xms64m', '-Xmx256m', '-Dlog4j2.level=OFF', '-cp', join(jars, '*')]
  const done = spawnSync('java', [...flags, join(root, 'scripts', 'bench', 'Produce.java'), ...args], {
    encoding: 'utf8',
  })
  const said = /^produced ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)$/m.exec(done.stdout ?? '')
  if (done.status !== 0 || !said) throw new Error(`the producer exited ${done.status}\n${done.stdout}${done.stderr}`)
  const [perSecond, p50, p95, p99, failed] = said.slice(1).map(Number)
  if (failed > 0) throw new Error(`${failed} of ${args[2]} records were not acknowledged`)
  return {perSecond, p50, p95, p99}
}

function jarsOrWhy() {
  const compiler = spawnSync('java', ['--list-modules'], {encoding: 'utf8'})
  if (compiler.status !== 0) return {why: 'needs Java 17'}
  if (!compiler.stdout.includes('jdk.compiler')) return {why: 'needs a JDK: this Java compiles nothing'}
  const {found, missing} = JSON.parse(
    chronik('engine', 'ls', '--json')
      .stdout.split('\n')
      .find(line => line.includes('"kafka"')),
  )
  const dir = /^Kafka \S+ in (.+?), /.exec(found)?.[1]
  return dir && existsSync(dir) ? {dir} : {why: missing || 'needs Kafka: chronik engine install kafka'}
}

const loadName = ({partitions, bytes}) =>
  `${partitions} partition${partitions > 1 ? 's' : ''}, ${bytes === 100 ? '100 B' : '1 KiB'}`

function table(seen, runs) {
  const [ours, direct, kafka, flush] = SETUPS.map(s => seen.get(s.name))
  const of = (figures, what) => median(figures.get(what))
  const faster = (what, aim, mine = ours) =>
    row(
      `${what}, ${mine.get(what).length} runs`,
      `${ms(of(mine, what))}, Kafka ${ms(of(kafka, what))}: ${ratio(of(kafka, what) / of(mine, what))}`,
      aim,
    )
  faster('cluster up', 'under 1 s')
  faster('failover', 'under 400 ms')
  faster('restart of all')
  for (const load of LOADS) {
    const what = loadName(load)
    row(`produce acks=all, ${what}, ${runs} runs`, '')
    for (const [name, figures] of [
      ['  embedded, relays', ours],
      ['  embedded, direct', direct],
    ])
      row(
        name,
        `${rounded(of(figures, what))}/s = ${ratio(of(figures, what) / of(flush, what))} Kafka synced, ${ratio(of(figures, what) / of(kafka, what))} not synced`,
        load.partitions === 6 ? (load.bytes === 100 ? '4 × and 2 ×' : '4 × and 1.2 ×') : '',
      )
    row('  Kafka, flush.messages=1 and without', `${rounded(of(flush, what))}/s, ${rounded(of(kafka, what))}/s`)
  }
  for (const what of ['p50', 'p99'])
    row(
      `one write of 100 B at a time, ${UNLOADED.perSecond}/s: ${what}`,
      `${of(ours, what).toFixed(1)} ms, direct ${of(direct, what).toFixed(1)} ms, Kafka ${of(kafka, what).toFixed(1)} ms, synced ${of(flush, what).toFixed(1)} ms`,
      what === 'p50' ? 'under 2.5 ms' : '',
    )
  for (const what of ['memory, idle', 'memory, after the load'])
    row(
      `${what}, largest of 3 nodes`,
      `${of(ours, what).toFixed(0)} MB, Kafka ${of(kafka, what).toFixed(0)} MB: ${ratio(of(kafka, what) / of(ours, what))}`,
      'under 80 MB',
    )
}

const ratio = n => `${n.toFixed(n < 10 ? 1 : 0)} ×`
const ms = n => (n < 1_000 ? `${n.toFixed(0)} ms` : `${(n / 1_000).toFixed(1)} s`)
const rounded = n => Math.round(n).toLocaleString('en')
