import {cpSync, existsSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import type {NodeId} from '../base/ids.ts'
import {readClientRecords} from '../inspect/client-records.ts'
import {readNode} from '../inspect/node.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import type {DiskReading} from '../judge/evidence.ts'

/**
 * Copies a node's data directory into the run folder and reads the copy with the independent reader. The first copy of n2 is
 * `nodes/n2`, later ones `nodes/n2-2`, `nodes/n2-3`.
 */
export function collectDisk(o: {
  node: NodeId
  dataDir: string
  runDir: string
  /** The incarnation that had ended; empty when the node was alive. */
  after: string
  atMs: number
  /** Values of client records to look for; undefined: all of them. */
  wanted?: ReadonlySet<string>
  /** Where the copy goes, relative to the run folder; undefined: the next free name. */
  name?: string
}): DiskReading {
  const dir = o.name ?? freeName(o.runDir, o.node)
  const copy = join(o.runDir, dir)
  mkdirSync(join(o.runDir, 'nodes'), {recursive: true, mode: 0o700})
  // Sockets and pipes are no evidence; links are copied as links and never followed.
  cpSync(o.dataDir, copy, {recursive: true, dereference: false, verbatimSymlinks: true, filter: isPlain})
  return {
    node: o.node,
    dir,
    after: o.after,
    copiedAtMs: o.atMs,
    groups: readNode(nodeFiles, copy, {sums: true}),
    records: readClientRecords(nodeFiles, copy, o.wanted),
  }
}

function freeName(runDir: string, node: NodeId): string {
  for (let n = 1; ; n++) {
    const name = join('nodes', n === 1 ? `n${node}` : `n${node}-${n}`)
    if (!existsSync(join(runDir, name))) return name
  }
}

function isPlain(path: string): boolean {
  return !/\.sock$/.test(path)
}
