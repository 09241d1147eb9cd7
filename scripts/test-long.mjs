// `npm run test:long [-- --part seeds|plants|images|fuzz|kafka] [--from S] [--to S] [--for DUR] [--workers N]`: the long run of each check that grows with its number of
// cases. Seeds of the simulator, 20 s of simulated time each: one that fails is told with the command that repeats it, and the run goes on. Crash
// images of a log, and crashes of their recovery. The checks on trial: every planted bug, every harmless change. Damaged input for every decoder. Real Apache Kafka, where Java and Kafka are there. The last line is the sum: `N passed, N failed`.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {parseArgs} from 'node:util'
import {root, setUp} from './setup.mjs'

const SEEDS = 20_000
/** Test files whose number of cases is set from outside. */
const PARTS = {
  images: {
    files: ['test/wal/crash-images.test.ts'],
    env: {CHRONIK_CRASH_IMAGES: '500000', CHRONIK_RECOVERY_CRASHES: '50000'},
  },
  fuzz: {files: ['test/fuzz', 'test/broker/kafka/fuzz.test.ts'], env: {CHRONIK_FUZZ: '2000000'}},
  kafka: {files: ['test/e2e/kafka.test.ts'], env: {CHRONIK_KAFKA: '1'}},
}
const TOLD_EVERY_MS = 10_000

const {values} = parseArgs({
  options: {
    part: {type: 'string'},
    from: {type: 'string', default: '1'},
    to: {type: 'string', default: String(SEEDS)},
    for: {type: 'string'},
    workers: {type: 'string'},
  },
})
const [from, to] = [Number(values.from), Number(values.to)]
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from) {
  process.stderr.write(`--from ${values.from} --to ${values.to}: whole numbers, the first not above the second\n`)
  process.exit(2)
}
if (values.part !== undefined && !['seeds', 'plants', ...Object.keys(PARTS)].includes(values.part)) {
  process.stderr.write(`--part ${values.part}: seeds, plants, ${Object.keys(PARTS).join(' or ')}\n`)
  process.exit(2)
}
const broken = setUp()
if (broken) {
  console.log('0 passed, 1 failed')
  process.exit(broken)
}

const scratch = mkdtempSync(join(tmpdir(), 'chronik-long-'))
process.on('exit', () => rmSync(scratch, {recursive: true, force: true}))
const about = values.for === undefined ? [] : ['--for', values.for]
const begun = performance.now()
let told = begun
let passed = 0
let steps = 0
let simulated = 0
const failures = []
let next = from
while (wanted('seeds') && next <= to) {
  const before = next
  const code = await seeds()
  // The command ends at a seed that fails; whatever else ends it, or a seed that got nowhere, is no pass.
  if (next === before || (code !== 0 && code !== 1)) {
    failures.push(`seed ${next}: chronik sim ended with ${code}`)
    console.log(failures.at(-1))
    next++
  }
}
if (wanted('seeds')) progress()
if (wanted('plants')) await plants()
for (const part of Object.keys(PARTS)) if (wanted(part)) await testsOf(part)
for (const failure of failures) console.log(failure)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0

function wanted(part) {
  return values.part === undefined || values.part === part
}

/** One part by the test runner; a failing test counts as one failure, shown with what it says. */
async function testsOf(part) {
  const {files, env} = PARTS[part]
  const told = Object.entries(env).map(e => e.join('='))
  console.log(`${part}: ${told.join(' ')}`)
  const out = join(scratch, `${part}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${out}`]
  const child = spawn(
    join(root, 'node_modules/.bin/vitest'),
    ['run', '--testTimeout=3600000', ...reporters, ...files],
    {
      cwd: root,
      env: {...process.env, ...env, NODE_ENV: 'test'},
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  const [code] = await once(child, 'close')
  const result = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : {numPassedTests: 0, numFailedTests: 0}
  passed += result.numPassedTests
  const failed = result.numFailedTests || (code === 0 ? 0 : 1)
  for (let n = 0; n < failed; n++) failures.push(`FAIL a test of ${part}, shown above`)
}

/** `chronik sim --self-test`: a planted bug that is caught, or a harmless change that stays green, is one that passed. */
async function plants() {
  const args = ['sim', '--self-test', '--json']
  if (values.workers !== undefined) args.push('--workers', values.workers)
  const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...args], {stdio: ['ignore', 'pipe', 'inherit']})
  const before = failures.length
  createInterface({input: child.stdout}).on('line', line => {
    const {plant, control, vacuous = []} = JSON.parse(line)
    if (plant && !plant.caught) failures.push(`FAIL ${plant.id} ${plant.name} escaped ${plant.seeds} seeds`)
    else if (control?.accused)
      failures.push(`FAIL ${control.name} is accused at seed ${control.accused.seed}: ${control.accused.check}`)
    else if (plant || control) passed++
    for (const id of vacuous) failures.push(`FAIL ${id} is vacuous: no planted bug made it fail`)
  })
  const [code] = await once(child, 'close')
  if (code !== 0 && failures.length === before) failures.push(`FAIL chronik sim --self-test ended with ${code}`)
  console.log(`plants: ${failures.length - before} failed`)
}

/** Runs from `next` on to the end, or to the first seed that fails. */
function seeds() {
  const args = ['sim', '--json', '--quiet', '--seeds', `${next}..${to}`, ...about]
  if (values.workers !== undefined) args.push('--workers', values.workers)
  return new Promise(resolve => {
    const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...args], {stdio: ['ignore', 'pipe', 'inherit']})
    createInterface({input: child.stdout}).on('line', line => {
      const done = JSON.parse(line)
      next = done.seed + 1
      steps += done.steps
      simulated += done.simulated
      if (done.violations.length === 0) passed++
      for (const {check, text} of done.violations.slice(0, 1)) {
        failures.push(
          `FAIL seed ${done.seed} (${done.scenario}) ${check}: ${text}\n  Again: ${['chronik sim --seed', done.seed, ...about].join(' ')}`,
        )
        console.log(failures.at(-1))
      }
      if (performance.now() - told > TOLD_EVERY_MS) progress()
    })
    child.on('close', resolve)
  })
}

function progress() {
  told = performance.now()
  const s = (told - begun) / 1_000
  const all = passed + failures.length
  console.log(
    `seed ${next - 1} of ${from}..${to}: ${passed} passed, ${failures.length} failed; ${(all / s).toFixed(1)} seeds/s, ${Math.round(steps / s)} events/s, ${(simulated / 1e6 / s).toFixed(1)} × real time; go on with --from ${next}`,
  )
}
