import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import {basename, join, resolve} from 'node:path'
import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import {runsRoot} from '../supervisor/registry.ts'
import type {Report, SummaryReport} from './report/report.ts'

const KEPT_PASSED = 20

/** Everything that a run may leave in its folder. */
const OURS = new Set([
  'report.json',
  'report.xml',
  'report.md',
  'report.html',
  'history.jsonl',
  'events.jsonl',
  'evidence.jsonl.gz',
  'plan.json',
  'suite-host.log',
  'nodes',
  'runs',
])

/** What a folder below RUNS is called. */
export const RUN_ID = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[\w.-]{1,100}$/

/** `2026-01-31T12-40-58Z`: a time as it stands in front of a run's name. */
export function stampOf(when: string | number): string {
  const at = new Date(when)
  return (Number.isNaN(at.getTime()) ? new Date(0) : at)
    .toISOString()
    .replace(/:/g, '-')
    .replace(/\.\d+Z$/, 'Z')
}

/** Makes the folder of a run: RUNS/{time}-{suite}, or the one that was asked for. */
export function makeRunDir(suite: string, o: {out?: string; atWallMs: number; root?: string}): string {
  if (o.out !== undefined) return emptyOut(resolve(o.out))
  const root = o.root ?? runsRoot()
  mkdirSync(root, {recursive: true, mode: 0o700})
  const stamp = stampOf(o.atWallMs)
  for (let n = 1; ; n++) {
    const dir = join(root, n === 1 ? `${stamp}-${suite}` : `${stamp}-${suite}-${n}`)
    try {
      mkdirSync(dir, {mode: 0o700})
      return dir
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** `--out DIR` may be new, empty, or hold an earlier report of ours, which then goes. Nothing else is touched. */
function emptyOut(dir: string): string {
  const names = existsSync(dir) ? readdirSync(dir) : []
  const foreign = names.filter(name => !OURS.has(name))
  if (foreign.length > 0 || (names.length > 0 && !names.includes('report.json') && !names.includes('plan.json')))
    throw new UsageError(
      `${dir} is not empty and holds no report of chronik (${foreign[0] ?? names[0]}). --out takes a new folder`,
    )
  for (const name of names) rmSync(join(dir, name), {recursive: true, force: true})
  mkdirSync(dir, {recursive: true, mode: 0o700})
  return dir
}

/** `latest` names the newest run. Put in place by a rename, so that it always names one. */
export function pointLatest(dir: string, root = runsRoot()): void {
  if (resolve(dir, '..') !== resolve(root)) return
  const temporary = join(root, `.latest-${process.pid}`)
  rmSync(temporary, {force: true})
  symlinkSync(basename(dir), temporary)
  renameSync(temporary, join(root, 'latest'))
}

/** A passed run keeps all but the nodes' data and logs. */
export function trim(dir: string): void {
  rmSync(join(dir, 'nodes'), {recursive: true, force: true})
  rmSync(join(dir, 'suite-host.log'), {force: true})
}

export interface RunEntry {
  id: string
  dir: string
  report?: Report
}

/** Runs by age, the newest first. Folders that are not ours are passed over. */
export function listRuns(root = runsRoot()): RunEntry[] {
  if (!existsSync(root)) return []
  return readdirSync(root)
    .filter(name => /^\d{4}-\d\d-\d\dT/.test(name) && lstatSync(join(root, name)).isDirectory())
    .sort()
    .reverse()
    .map(id => ({id, dir: join(root, id), report: readReport(join(root, id))}))
}

/** Deletes one run. A folder that holds anything that is not ours stays as it is. */
export function removeRun(dir: string, root = runsRoot()): void {
  const foreign = readdirSync(dir).find(name => !OURS.has(name))
  if (foreign !== undefined)
    throw new UsageError(`${dir} holds ${foreign}, which is no file of a run: it is left as it is.`)
  rmSync(dir, {recursive: true, force: true})
  if (latestName(root) !== basename(dir)) return
  const [newest] = listRuns(root)
  if (newest) pointLatest(newest.dir, root)
  else rmSync(join(root, 'latest'), {force: true})
}

/** The newest 20 passed runs stay, and all that did not pass; what sums several up goes with the last of them. */
export function prune(root = runsRoot()): void {
  const runs = listRuns(root)
  for (const run of runs.filter(r => r.report?.result === 'pass').slice(KEPT_PASSED))
    rmSync(run.dir, {recursive: true, force: true})
  for (const {dir, report} of runs) {
    const summed = report ? undefined : readSummary(dir)
    if (summed?.runs.every(r => !existsSync(resolve(dir, r.dir)))) rmSync(dir, {recursive: true, force: true})
  }
}

/** The run that is meant: `latest`, the beginning of an id, or a folder. */
export function findRun(word: string | undefined, root = runsRoot()): RunEntry {
  const runs = listRuns(root)
  if (word === undefined || word === 'latest') {
    const named = latestName(root)
    const found = runs.find(r => r.id === named) ?? runs[0]
    if (!found)
      throw new ChronikError('CHRONIK_NO_RUN', EXIT.labState, 'No run yet.', {next: 'chronik verify recovery'})
    return found
  }
  if (existsSync(word) && statSync(word).isDirectory() && readReport(resolve(word)))
    return {id: basename(resolve(word)), dir: resolve(word), report: readReport(resolve(word))}
  const matching = runs.filter(r => r.id === word || r.id.startsWith(word))
  if (matching.length === 0) throw new UsageError(`No run "${word}".`, 'chronik report ls')
  return matching[0]
}

function latestName(root: string): string | undefined {
  try {
    return readlinkSync(join(root, 'latest'))
  } catch {
    return undefined
  }
}

export function readReport(dir: string): Report | undefined {
  try {
    const value = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as Report
    // The sum of several runs has a report too, and no steps.
    return value?.schema === 1 && Array.isArray(value.steps) ? value : undefined
  } catch {
    return undefined
  }
}

/** The sum of several runs, where a folder holds one. */
export function readSummary(dir: string): SummaryReport | undefined {
  try {
    const value = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as SummaryReport
    return value?.schema === 1 && Array.isArray(value.runs) && value.runs.length > 0 ? value : undefined
  } catch {
    return undefined
  }
}
