// The simulator: events and simulated time a second with every invariant on, beside a bare heap of as many events in the same run.
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {build} from 'esbuild'
import {inScratch, root, row} from './measure.mjs'

const SEEDS = 24
const WORKER = join(root, 'dist', 'sim-worker.mjs')

export default async function sim() {
  await inScratch(async dir => {
    const program = join(dir, 'sim-speed.mjs')
    await build({
      entryPoints: [join(root, 'scripts/bench/sim-speed.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      logLevel: 'warning',
    })
    const standard = measured(program, 'seeds', WORKER, '1', '1', String(SEEDS), 'standard')
    const bare = measured(program, 'bare', String(Math.round(standard.steps)))
    const bareRate = bare.steps / bare.seconds
    row('a bare heap of as many events: events/s', count(bareRate))
    told('standard, one worker', standard, bareRate, {events: '50,000', time: 'about 100 x'})
    for (const workers of [1, 2]) {
      const what = `random seeds of 20 s, ${workers === 1 ? 'one worker' : 'two workers'}`
      const done = measured(program, 'seeds', WORKER, String(workers), '1', String(SEEDS * workers))
      told(what, done, bareRate)
      row(`${what}: seeds/s`, (done.seeds / done.seconds).toFixed(1))
    }
  })
}

function told(what, {steps, simulated, seconds}, bareRate, aim = {}) {
  row(`${what}: events/s`, count(steps / seconds), aim.events)
  row(`${what}: cost of an event, in bare ones`, `${((bareRate * seconds) / steps).toFixed(0)} x`)
  row(`${what}: simulated time in real time`, `${(simulated / seconds).toFixed(1)} x`, aim.time)
}

function count(n) {
  return Math.round(n).toLocaleString('en-US')
}

function measured(program, ...args) {
  const done = spawnSync(process.execPath, [program, ...args], {encoding: 'utf8'})
  if (done.status !== 0) throw new Error(`exit ${done.status ?? done.signal}\n${done.stderr}`)
  return JSON.parse(done.stdout)
}
