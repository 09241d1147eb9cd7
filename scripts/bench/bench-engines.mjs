// `npm run bench -- engines`: the embedded broker beside Apache Kafka. Cluster up, the leader's death, a restart of all, produce with acks=all by the
// same Java client and load, memory a node. Every round runs every setup once, one after the other, so that what else the machine does falls on all of them;
// medians, and ratios of medians. Needs Java (a JDK) and Kafka's jars: `chronik engine install kafka`, or KAFKA_HOME.
// --runs N rounds (3), --kills N leader deaths a setup in all (20), --seconds S that each load is measured for (4), --minutes M after which no round begins
// that would end later (20). What cannot be measured is told with its reason, and the rest goes on.
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {cpus, loadavg} from 'node:os'
import {delimiter, join} from 'node:path'
import {
  chronik,
  chronikAside,
  ended,
  inScratch,
  largestMegabytes,
  median,
  nodesOf,
  pause,
  root,
  row,
  withCluster,
} from './measure.mjs'

const SETUPS = [
  {name: 'embedded, relays', flags: [], kills: true},
  {name: 'embedded, direct', flags: ['--set', 'links=direct']},
  {name: 'Kafka', flags: ['--engine', 'kafka'], kills: true},
  {name: 'Kafka, flush.messages=1', flags: ['--engine', 'kafka', '--set', 'flush.messages=1']},
]
const LOADS = [
  {partitions: 1, bytes: 100},
  {partitions: 6, bytes: 100},
  {partitions: 1, bytes: 1_024},
  {partitions: 6, bytes: 1_024},
]
/** One write of 100 B at a time. */
const UNLOADED_PER_SECOND = 50
/** A broker that has just been started is slow: it is warmed up for this part of what is measured. */
const WARM = 0.4

export default async function engines({runs = 3, kills = 20, seconds = 4, minutes = 20} = {}) {
  const jars = jarsOrWhy()
  if (jars.why) {
    row('engines', 'not run', jars.why)
    return
  }
  await inScratch(async dir => {
    await ended('javac', ['-d', dir, '-cp', join(jars.dir, '*'), join(root, 'scripts', 'bench', 'Produce.java')])
    const classPath = `${dir}${delimiter}${join(jars.dir, '*')}`
    const seen = new Map(SETUPS.map(s => [s.name, new Figures(s.name)]))
    const begun = performance.now()
    const loads = []
    let longest = 0
    let round = 0
    while (round < runs && performance.now() - begun + longest < minutes * 60_000) {
      const from = performance.now()
      const left = Math.max(1, Math.min(runs - round, Math.floor((minutes * 60_000 - (from - begun)) / longest)))
      for (const setup of SETUPS) {
        const figures = seen.get(setup.name)
        figures.round = `round ${round + 1} of ${runs}`
        const deaths = setup.kills ? Math.ceil((kills - figures.of('failover').length) / left) : 0
        await measured(setup, {figures, classPath, seconds, deaths})
        loads.push(loadavg()[0])
      }
      longest = Math.max(longest, performance.now() - from)
      round++
    }
    const took = ((performance.now() - begun) / 60_000).toFixed(1)
    row(`${round} of ${runs} rounds in ${took} min`, `load ${median(loads).toFixed(1)} on ${cpus().length} cores`)
    table(seen)
  })
}

/** What was measured of one setup, and what was not, with the reason. */
class Figures {
  round = ''
  #name
  #values = new Map()
  #reasons = new Map()

  constructor(name) {
    this.#name = name
  }

  add(what, value, words = value) {
    this.#values.set(what, [...this.of(what), value])
    this.#say(`${what} ${words}`)
  }

  missed(what, why) {
    this.#reasons.set(what, why)
    this.#say(`${what} not measured: ${why}`)
  }

  of(what) {
    return this.#values.get(what) ?? []
  }

  middle(what) {
    return median(this.of(what))
  }

  /** What ended a part of the setup is the reason for all that it would have measured. */
  why(what) {
    return this.#reasons.get(what) ?? [...this.#reasons.values()].at(-1) ?? 'nothing was measured'
  }

  #say(words) {
    process.stderr.write(`  ${this.round}  ${this.#name}: ${words}\n`)
  }
}

/** One setup, from its beginning to its end. What fails is told, and the next thing is measured. */
async function measured(setup, {figures, classPath, seconds, deaths}) {
  const trying = async (what, run) => {
    // Whoever ends the benchmark is heard between two of them.
    await pause(1)
    try {
      await run()
    } catch (error) {
      figures.missed(what, error.message)
    }
  }
  const begun = performance.now()
  await trying('cluster up', () =>
    withCluster(setup.flags, async here => {
      const upMs = performance.now() - begun
      figures.add('cluster up', upMs, ms(upMs))
      await trying('memory, idle', async () => {
        for (const partitions of [1, 6])
          await chronikAside(
            'topic',
            'create',
            `p${partitions}`,
            '--partitions',
            `${partitions}`,
            '--replication-factor',
            '3',
            ...here,
          )
        const idle = largestMegabytes(here)
        figures.add('memory, idle', idle, `${idle.toFixed(0)} MB`)
      })
      await trying('produce', () => produce(here, {figures, classPath, seconds}))
      await trying('memory, after the load', async () => {
        const loaded = largestMegabytes(here)
        figures.add('memory, after the load', loaded, `${loaded.toFixed(0)} MB`)
      })
      for (let n = 0; n < deaths; n++)
        await trying('failover', async () => {
          const tookMs = await failover(here)
          figures.add('failover', tookMs, `${tookMs} ms`)
        })
      await trying('restart of all', async () => {
        await chronikAside('kill', '--all', ...here)
        const again = await chronikAside('start', ...here, '--timeout', '100s')
        figures.add('restart of all', again.ms, ms(again.ms))
      })
    }),
  )
}

/** All loads by one process of Java, so that its own warming up falls on no single one. */
async function produce(here, {figures, classPath, seconds}) {
  const bootstrap = nodesOf(here)
    .map(n => n.kafka)
    .join(',')
  const cells = [
    ...LOADS.map(load => ({what: loadName(load), cell: `p${load.partitions}:${load.bytes}:0`})),
    {what: 'unloaded', cell: `p1:100:${UNLOADED_PER_SECOND}`},
  ]
  const jvm = ['-Xms64m', '-Xmx256m', '-Dlog4j2.level=OFF', '-cp', classPath, 'Produce']
  const times = [bootstrap, `${Math.round(seconds * WARM * 1_000)}`, `${Math.round(seconds * 1_000)}`]
  const withinMs = cells.length * (seconds * (1 + WARM) + 45) * 1_000
  const {stdout} = await ended('java', [...jvm, ...times, ...cells.map(c => c.cell)], withinMs)
  for (const {what, cell} of cells) {
    const line = stdout.split('\n').find(l => l.startsWith(`${cell} `))
    const said = /^\S+ ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)$/.exec(line ?? '')
    if (!said) {
      figures.missed(what, line?.slice(cell.length + 1) ?? 'the producer said nothing of it')
      continue
    }
    const [perSecond, p50, p95, p99] = said.slice(1).map(Number)
    figures.add(what, perSecond, `${rounded(perSecond)}/s, p95 ${p95} ms`)
    figures.add(`${what} p50`, p50, `${p50} ms`)
    figures.add(`${what} p99`, p99, `${p99} ms`)
  }
}

/** From the order to kill the leader to the next one that serves, by the supervisor's clock. */
async function failover(here) {
  const {did, lines} = JSON.parse((await chronikAside('kill', '--leader', '--json', ...here)).stdout)
  await chronikAside('start', `n${did[0].node}`, ...here, '--timeout', '60s')
  const found = lines.map(line => /leads term \d+ after (\d+) ms/.exec(line)?.[1]).find(Boolean)
  if (!found) throw new Error(`no new leader: ${lines.join('; ')}`)
  return Number(found)
}

function jarsOrWhy() {
  const compiler = spawnSync('javac', ['-version'], {encoding: 'utf8'})
  if (compiler.status !== 0) return {why: 'needs a JDK of Java 17: there is no javac'}
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

function table(seen) {
  const [ours, direct, kafka, flush] = SETUPS.map(s => seen.get(s.name))
  const shown = (figures, what, words) =>
    figures.of(what).length > 0 ? words(figures.middle(what)) : `- (${figures.why(what)})`
  /** How many times the first is as large as the second. */
  const times = (a, b, what) =>
    a.of(what).length > 0 && b.of(what).length > 0 ? ratio(a.middle(what) / b.middle(what)) : '-'
  const counted = what => `${what}, ${ours.of(what).length} and ${kafka.of(what).length} runs`
  const faster = (what, aim) =>
    row(counted(what), `${shown(ours, what, ms)}, Kafka ${shown(kafka, what, ms)}: ${times(kafka, ours, what)}`, aim)
  faster('cluster up', 'under 1 s')
  faster('failover', 'under 400 ms')
  faster('restart of all')
  for (const load of LOADS) {
    const what = loadName(load)
    const latency = (figures, rate) =>
      `${rate}, p50 ${shown(figures, `${what} p50`, ms)} p99 ${shown(figures, `${what} p99`, ms)}`
    row(`produce acks=all, ${what}, ${SETUPS.map(s => seen.get(s.name).of(what).length).join(' ')} runs`, '')
    for (const figures of [ours, direct])
      row(
        `  ${figures === ours ? 'embedded, relays' : 'embedded, direct'}`,
        `${latency(figures, shown(figures, what, perSecond))} = ${times(figures, flush, what)} synced, ${times(figures, kafka, what)} not synced`,
        load.partitions === 6 ? (load.bytes === 100 ? '4 × and 2 ×' : '4 × and 1.2 ×') : '',
      )
    row('  Kafka, flush.messages=1', latency(flush, shown(flush, what, perSecond)))
    row('  Kafka', latency(kafka, shown(kafka, what, perSecond)))
  }
  for (const what of ['unloaded p50', 'unloaded p99'])
    row(
      `one write of 100 B at a time, ${UNLOADED_PER_SECOND}/s: ${what.slice(-3)}`,
      SETUPS.map(({name}) => `${name} ${shown(seen.get(name), what, ms)}`).join('; '),
      what === 'unloaded p50' ? 'under 2.5 ms' : '',
    )
  for (const what of ['memory, idle', 'memory, after the load'])
    row(
      `${what}, largest of 3 nodes`,
      `${shown(ours, what, megabytes)}, Kafka ${shown(kafka, what, megabytes)}: ${times(kafka, ours, what)}`,
      'under 80 MB',
    )
}

const ratio = n => `${n.toFixed(n < 10 ? 1 : 0)} ×`
const ms = n => (n < 10 ? `${n.toFixed(1)} ms` : n < 1_000 ? `${n.toFixed(0)} ms` : `${(n / 1_000).toFixed(1)} s`)
const rounded = n => Math.round(n).toLocaleString('en')
const perSecond = n => `${rounded(n)}/s`
const megabytes = n => `${n.toFixed(0)} MB`
