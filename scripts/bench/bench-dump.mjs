// `npm run bench -- dump`: `wal dump` of Kafka's segments beside kafka-dump-log, turn by turn. Needs Java, and a folder with Kafka's jars, kafka-tools
// among them, in KAFKA_HOME (or its libs/). CHRONIK_BENCH_MB: how large (300).
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {chronikPath, inScratch, median, root, row, timeOf} from './measure.mjs'

const MB = Number(process.env.CHRONIK_BENCH_MB ?? 300)
const RUNS = 5
const JAVA = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Xshare:auto']

export default async function bench() {
  const home = process.env.KAFKA_HOME
  const libs = [home, home && join(home, 'libs')].find(dir => dir && existsSync(dir) && hasTools(dir))
  if (spawnSync('java', ['-version']).status !== 0 || !libs) {
    row('kafka-dump-log', 'not run', 'needs Java, and KAFKA_HOME with kafka-tools among its jars')
    return
  }
  const java = ['-cp', join(libs, '*'), ...JAVA, 'org.apache.kafka.tools.DumpLogSegments', '--files']
  await inScratch(async dir => {
    for (const [what, mb, ours, theirs, aim] of [
      [`batches of ${MB} MB`, MB, ['verify'], [], '3 ×'],
      [`records of ${MB} MB`, MB, ['dump'], ['--print-data-log'], '2 ×'],
      ['records of 64 KiB', 1 / 16, ['dump'], ['--print-data-log'], '5 ×'],
    ]) {
      const file = join(dir, '00000000000000000000.log')
      const made = segment(file, mb)
      const runs = []
      for (let n = 0; n < RUNS; n++)
        runs.push({
          ours: timeOf(process.execPath, [chronikPath, 'wal', ...ours, file]),
          theirs: timeOf('java', [...java, file, ...theirs]),
        })
      const [a, b] = [median(runs.map(r => r.ours)), median(runs.map(r => r.theirs))]
      row(
        `${what}: wal ${ours[0]} to kafka-dump-log, ${RUNS} runs`,
        `${median(runs.map(r => r.theirs / r.ours)).toFixed(1)} × as fast`,
        aim,
      )
      row('  each', `${(a / 1_000).toFixed(2)} s, ${(b / 1_000).toFixed(2)} s`)
      row('  records', `${Math.round(made.records / (a / 1_000)).toLocaleString('en')}/s`)
    }
  })
}

function hasTools(dir) {
  return readdirSync(dir).some(name => /^kafka-tools-\d.*\.jar$/.test(name))
}

/** kafka-log.ts, run as it stands. */
function segment(...args) {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  const script = join(root, 'scripts', 'bench', 'kafka-log.ts')
  const done = spawnSync(process.execPath, ['--import', tsx, script, ...args.map(String)], {encoding: 'utf8'})
  if (done.status !== 0) throw new Error(`kafka-log exited ${done.status}\n${done.stderr}`)
  return JSON.parse(done.stdout)
}
