// What the benchmarks share: medians, processes, a row of the table.
import {spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
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

/** Memory that a process holds, in MB. */
function residentMegabytes(pid) {
  if (process.platform === 'linux')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], {encoding: 'utf8'}).stdout) / 1024
}

/** Processor time that a process has used, in seconds. */
export function cpuSeconds(pid) {
  if (process.platform === 'linux') {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }
  const text = spawnSync('ps', ['-o', 'time=', '-p', String(pid)], {encoding: 'utf8'}).stdout.trim()
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

/** The nodes of a running cluster, as `status --json` tells. */
export function nodesOf(here) {
  return JSON.parse(chronik('status', '--json', ...here).stdout).nodes
}

/** Memory of the largest node, in MB. */
export function largestMegabytes(here) {
  return Math.max(...nodesOf(here).map(n => residentMegabytes(n.pid)))
}

/** Where each node takes Kafka clients. */
export function bootstrapsOf(here) {
  return nodesOf(here).map(({kafka}) => {
    const at = kafka.lastIndexOf(':')
    return {host: kafka.slice(0, at), port: Number(kafka.slice(at + 1))}
  })
}

/** Runs a program to its end, while this process may be told to end; throws when it does not exit 0 in time. */
export async function ended(command, args, withinMs = 120_000) {
  const begun = performance.now()
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, NO_COLOR: '1'}})
  return andUndo(
    () => child.kill('SIGKILL'),
    () =>
      new Promise((resolve, reject) => {
        const said = {stdout: '', stderr: ''}
        for (const stream of ['stdout', 'stderr'])
          child[stream].setEncoding('utf8').on('data', text => {
            said[stream] += text
          })
        const called = [command, ...args].join(' ').slice(0, 200)
        const late = setTimeout(() => {
          child.kill('SIGKILL')
          reject(new Error(`not within ${withinMs / 1_000} s: ${called}`))
        }, withinMs)
        child.on('error', reject)
        child.on('close', (code, signal) => {
          clearTimeout(late)
          if (code === 0) resolve({ms: performance.now() - begun, ...said})
          else
            reject(
              new Error(
                `${(said.stderr || said.stdout).trim().split('\n')[0]} (${signal ?? `exit ${code}`}: ${called})`,
              ),
            )
        })
      }),
  )
}

/** Runs chronik to its end, while this process may be told to end. */
export const chronikAside = (...args) => ended(process.execPath, [chronikPath, ...args])

/** Waits until `holds` gives something, asking again and again; says what it waited for when it never comes. */
export async function until(what, holds, withinMs = 20_000) {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await holds()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

export function pause(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** What has to be undone before this process may end, newest last. */
const undoings = []

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    for (const undo of undoings.reverse()) undo()
    process.exit(130)
  })

/** `run`, and then `undo`, also when a signal ends the benchmark first. */
async function andUndo(undo, run) {
  undoings.push(undo)
  try {
    return await run()
  } finally {
    undoings.splice(undoings.indexOf(undo), 1)
    undo()
  }
}

/** A folder that is gone afterwards. */
export async function inScratch(run) {
  const dir = mkdtempSync(join(tmpdir(), 'chronik-bench-'))
  return andUndo(
    () => rmSync(dir, {recursive: true, force: true}),
    () => run(dir),
  )
}

/** A cluster of its own, gone afterwards, also when it did not come up. */
export async function withCluster(flags, run) {
  return inScratch(async dir => {
    const here = ['--dir', join(dir, 'c')]
    const purge = () =>
      spawnSync(process.execPath, [chronikPath, 'cluster', 'purge', '--yes', ...here], {stdio: 'ignore'})
    return andUndo(purge, async () => {
      await chronikAside('cluster', 'up', '--new-ports', ...flags, ...here)
      return run(here)
    })
  })
}

export function row(what, value, aim = '') {
  process.stdout.write(`  ${what.padEnd(58)} ${value.padStart(24)}${aim ? `   aim ${aim}` : ''}\n`)
}
