// `npm test`: set up, then every check. The last line is the sum: `N passed, N failed`.
import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {root, setUp} from './setup.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'chronik-test-'))
let passed = 0
let failed = 0

const broken = setUp()
if (broken) {
  console.log('0 passed, 1 failed')
  process.exit(broken)
}

const bin = name => join(root, 'node_modules', '.bin', name)

try {
  await Promise.all([
    step('lint', bin('biome'), ['check', '.']),
    step('types', bin('tsc'), ['--noEmit']),
    step('types of the report page', bin('tsc'), ['--noEmit', '-p', 'src/verify/report/html/browser']),
    step('unused code', bin('knip'), ['--no-progress']),
  ])
  await tests('unit tests', ['--exclude', 'test/e2e/**'])
  if (existsSync(join(root, 'test/e2e'))) await tests('end-to-end tests', ['test/e2e/'])
} finally {
  rmSync(scratch, {recursive: true, force: true})
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** One command that is one check; what it printed is shown only when it failed. */
async function step(title, command, args) {
  const begun = Date.now()
  const {code, output} = await run(command, args, 'pipe')
  if (code === 0) passed++
  else failed++
  console.log(`${code === 0 ? 'ok   ' : 'FAIL '} ${title} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
  if (code !== 0) console.log(output.trimEnd())
}

async function tests(title, args) {
  const begun = Date.now()
  const file = join(scratch, `${title.replaceAll(' ', '-')}.json`)
  const {code} = await run(
    bin('vitest'),
    ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`, ...args],
    'inherit',
  )
  const result = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {numPassedTests: 0, numFailedTests: 1}
  // A file that could not be loaded has no failed test, and yet it failed.
  const fileFailures = (result.testResults ?? []).filter(
    f => f.status === 'failed' && !f.assertionResults.some(t => t.status === 'failed'),
  ).length
  const bad = result.numFailedTests + fileFailures
  passed += result.numPassedTests
  failed += bad || (code === 0 ? 0 : 1)
  console.log(
    `${code === 0 && bad === 0 ? 'ok   ' : 'FAIL '} ${title}: ${result.numPassedTests} passed, ${bad} failed (${((Date.now() - begun) / 1000).toFixed(1)} s)`,
  )
}

function run(command, args, how) {
  return new Promise(resolve => {
    const env = {...process.env, NODE_ENV: 'test'}
    for (const name of ['CHRONIK_CLUSTER', 'NO_COLOR', 'FORCE_COLOR']) delete env[name]
    const child = spawn(command, args, {cwd: root, env, stdio: ['ignore', how, how]})
    let output = ''
    child.stdout?.on('data', chunk => (output += chunk))
    child.stderr?.on('data', chunk => (output += chunk))
    child.on('error', error => resolve({code: 1, output: String(error)}))
    child.on('close', code => resolve({code: code ?? 1, output}))
  })
}
