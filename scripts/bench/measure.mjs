// What the benchmarks share: medians, processes, a row of the table.
import {spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const chronikPath = join(root, 'bin', 'run.js')

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]
}

/** Runs chronik to its end; throws when it does not exit 0. */
export function chronik(...args) {
  const begun = performance.now()
  const done = spawnSync(process.execPath, [chronikPath, ...args], {
    encoding: 'utf8',
    env: {...process.env, NO_COLOR: '1'},
  })
  if (done.status !== 0)
    throw new Error(`chronik ${args.join(' ')} exited ${done.status}\n${done.stdout}${done.stderr}`)
  return {ms: performance.now() - begun, stdout: done.stdout, stderr: done.stderr}
}

export function timeOf(command, args) {
  const begun = performance.now()
  const done = spawnSync(command, args, {stdio: 'ignore'})
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} exited ${done.status}`)
  return performance.now() - begun
}

/** A process that prints one line when it is ready. */
export function startProcess(args) {
  const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']})
  return new Promise((resolve, reject) => {
    let text = ''
    child.on('error', reject)
    child.on('exit', code => reject(new Error(`${args[0]} exited ${code}`)))
    child.stdout.on('data', chunk => {
      text += chunk
      if (text.includes('\n')) resolve({child, line: text.slice(0, text.indexOf('\n'))})
    })
  })
}

/** A folder that is gone afterwards. */
export async function inScratch(run) {
  const dir = mkdtempSync(join(tmpdir(), 'chronik-bench-'))
  try {
    return await run(dir)
  } finally {
    rmSync(dir, {recursive: true, force: true})
  }
}

/** A cluster of its own, gone afterwards. */
export async function withCluster(flags, run) {
  return inScratch(async dir => {
    const here = ['--dir', join(dir, 'c')]
    chronik('cluster', 'up', '--new-ports', ...flags, ...here)
    try {
      return await run(here)
    } finally {
      chronik('cluster', 'purge', '--yes', ...here)
    }
  })
}

export function row(what, value, aim = '') {
  process.stdout.write(`  ${what.padEnd(58)} ${value.padStart(24)}${aim ? `   aim ${aim}` : ''}\n`)
}
