// `npm start`: set up what is missing, then show a real cluster. Needs nothing but Node.js.
import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {root, setUp} from './setup.mjs'

const flags = process.argv.slice(2)
const chronik = join(root, 'bin', 'run.js')
const onTerminal = process.stdin.isTTY && process.stdout.isTTY && !process.env.CI

// The children end by themselves on Ctrl-C (the terminal signals them too); this process waits for them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)

const failed = setUp()
process.exitCode = failed || (onTerminal ? await live() : await once())

/** A terminal: a cluster under load to play with, and its dashboard; leaving asks whether it stays. */
async function live() {
  const up = await run(['cluster', 'up', ...flags])
  return up || run(['dashboard', '--from-start', ...clusterFlags()])
}

/** No terminal: a scratch cluster, its status, the proof, nothing left. */
async function once() {
  const dir = mkdtempSync(join(tmpdir(), 'chronik-start-'))
  const here = ['--dir', join(dir, 'cluster')]
  const own = flags.filter((flag, i) => !isClusterFlag(flag) && !isClusterFlag(flags[i - 1]))
  let code = 70
  try {
    code = await run(['cluster', 'up', '--new-ports', ...own, ...here])
    if (code === 0) code = await run(['cluster', 'status', ...here])
  } finally {
    const purged = await run(['cluster', 'purge', '--yes', '--quiet', ...here])
    if (purged === 0) rmSync(dir, {recursive: true, force: true})
    if (code === 0) code = purged
  }
  if (code !== 0) return code
  return run(['verify', 'recovery', ...nodesFlag()])
}

function isClusterFlag(flag) {
  return flag === '-c' || flag === '--cluster' || flag === '--dir'
}

function clusterFlags() {
  const kept = []
  for (let i = 0; i < flags.length; i++) {
    if (isClusterFlag(flags[i])) kept.push(flags[i], flags[++i] ?? '')
    else if (/^--(cluster|dir)=/.test(flags[i])) kept.push(flags[i])
  }
  return kept
}

function nodesFlag() {
  const at = flags.findIndex(flag => flag === '-n' || flag === '--nodes')
  if (at >= 0 && flags[at + 1]) return ['-n', flags[at + 1]]
  const joined = flags.find(flag => flag.startsWith('--nodes='))
  return joined ? ['-n', joined.slice('--nodes='.length)] : []
}

function run(args) {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [chronik, ...args], {stdio: 'inherit'})
    child.on('error', () => resolve(70))
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 70)))
  })
}
