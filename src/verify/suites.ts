import {existsSync} from 'node:fs'
import {extname, join, resolve} from 'node:path'
import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import {packageRoot} from '../base/package-root.ts'

export interface Suite {
  name: string
  phase?: number
  proves: string
  /** What it runs on, where a cluster of three nodes is not enough. */
  needs?: string
}

/** The suites by name; there are no synonyms. Which of them are built in is seen by `dist/labs`. */
export const SUITES: readonly Suite[] = [
  {
    name: 'wal',
    phase: 1,
    proves: 'every acknowledged record is on disk, framed and checksummed; torn ends are cut, damage is refused',
    needs: 'a cluster of its own: it damages files',
  },
  {name: 'raft', phase: 2, proves: 'one leader a term, logs match, HardState never regresses'},
  {name: 'replication', phase: 3, proves: 'acks mean what they say, a minority cannot commit'},
  {name: 'recovery', phase: 4, proves: 'nodes die and come back, and nothing acknowledged is lost'},
  {
    name: 'snapshots',
    phase: 5,
    proves: 'compaction and restarts from a snapshot lose nothing',
  },
  {
    name: 'metadata',
    phase: 6,
    proves: 'topics are the same on every node, also after restarts; nodes are added, removed and replaced under load',
  },
  {
    name: 'storage',
    proves: 'power loss, bit flips and lost files are never a silent loss; damage is refused by name and repaired',
    needs: 'a cluster of its own, with disks that lose what was not synced: it damages files',
  },
  {name: 'network', proves: 'partitions lose no acknowledged write', needs: 'links that can be cut'},
  {
    name: 'chaos',
    proves: 'random faults under load leave a history without anomalies, and are over soon after they are healed',
    needs: 'links that can be cut, clocks and disks that can be moved and filled',
  },
  {
    name: 'crash-points',
    proves: 'a node that dies at any named point of the broker comes back with what lay on its disk',
    needs: 'a cluster of its own: it damages files',
  },
  {
    name: 'cut-points',
    proves: 'a log that is cut anywhere is recovered or refused',
    needs: 'a cluster of its own, of one node: it damages files',
  },
]

function builtInPath(name: string): string {
  return join(packageRoot(), 'dist', 'labs', `${name}.mjs`)
}

export function isBuiltIn(name: string): boolean {
  return existsSync(builtInPath(name))
}

export interface LabModule {
  /** Suite name, or the file's own name without its end. */
  name: string
  path: string
  /** As it was typed, for the command that repeats it. */
  typed: string
  /** Somebody's own: what goes wrong in it is no bug of chronik. */
  foreign?: boolean
}

const FILE = /\.(ts|mts|js|mjs)$/
/** Scenarios in which `--self-test` seeks planted bugs, `labs/trials`: they can be run by hand, and are listed nowhere. */
const TRIAL = /^trials\/[a-z-]+$/

/** What `verify WORD` means: a built-in suite, or a file that is named as one (never looked for). */
export function findLab(word: string, cwd = process.cwd()): LabModule {
  if (FILE.test(word)) {
    const path = resolve(cwd, word)
    if (!existsSync(path)) throw new UsageError(`No file ${word}.`, 'chronik verify ls')
    const stem = path.slice(path.lastIndexOf('/') + 1, -extname(path).length)
    return {name: labName(stem), path, typed: word, foreign: true}
  }
  if (TRIAL.test(word) && isBuiltIn(word)) return {name: labName(word), path: builtInPath(word), typed: word}
  const suite = SUITES.find(s => s.name === word)
  if (suite && !isBuiltIn(word))
    throw new ChronikError(
      'CHRONIK_NOT_BUILT',
      EXIT.environment,
      'This checkout is not built: its suites are not there',
      {
        next: 'npm run build',
      },
    )
  if (suite) return {name: word, path: builtInPath(word), typed: word}
  throw new UsageError(
    `No suite "${word}". There is: ${SUITES.map(s => s.name).join(', ')}, or a file such as ./my-lab.ts`,
    'chronik verify ls',
  )
}

/** Names of labs appear in folders and reports: only what is harmless there. */
function labName(stem: string): string {
  const name = stem
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
  return name === '' ? 'lab' : name
}
