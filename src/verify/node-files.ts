import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import {join, resolve, sep} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'
import type {GroupName, NodeId} from '../base/ids.ts'
import {FileWindow} from '../inspect/file-window.ts'
import {groupPlaces} from '../inspect/node.ts'
import {walk} from '../inspect/walk.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import type {FileRecord, NodeFiles} from './api.ts'

/** Topics that were deleted, and copies of what was cut: nobody reads them again. */
const ASIDE = /\.deleted-[^/]+\/|\/cut\//

const KINDS: ReadonlySet<string> = new Set(['BatchMark', 'Entry', 'HardState', 'ConfState', 'SnapshotMarker'])

/** The data directory of a node while it is dead; `dataDir` throws while it is not. */
export class DeadNodeFiles implements NodeFiles {
  readonly #node: NodeId
  readonly #dataDir: () => string
  readonly #may: boolean
  readonly #damaged: (what: string, why: string) => void

  constructor(o: {node: NodeId; dataDir(): string; may: boolean; damaged(what: string, why: string): void}) {
    this.#node = o.node
    this.#dataDir = o.dataDir
    this.#may = o.may
    this.#damaged = o.damaged
  }

  async save(): Promise<{restore(): Promise<void>}> {
    const dataDir = this.#dataDir()
    const copy = mkdtempSync(`${dataDir}.saved-`)
    cpSync(dataDir, copy, {recursive: true, verbatimSymlinks: true})
    return {
      restore: async () => {
        this.#mine()
        rmSync(this.#dataDir(), {recursive: true, force: true})
        cpSync(copy, dataDir, {recursive: true, verbatimSymlinks: true})
      },
    }
  }

  all(): Array<{file: string; bytes: number}> {
    const dataDir = this.#dataDir()
    return readdirSync(dataDir, {recursive: true, withFileTypes: true})
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .filter(path => !ASIDE.test(path.slice(dataDir.length)))
      .sort()
      .map(path => ({file: path.slice(dataDir.length + 1), bytes: statSync(path).size}))
  }

  records(): FileRecord[] {
    const dataDir = this.#dataDir()
    const found: FileRecord[] = []
    for (const {group, segments} of groupPlaces(nodeFiles, dataDir))
      for (const [segment, {path, bytes: size}] of segments.entries())
        for (const seen of walk(new FileWindow(nodeFiles, path, size))) {
          if (seen.seen !== 'record') continue
          const {at, bytes, said} = seen
          found.push({
            group,
            file: path.slice(dataDir.length + 1),
            segment,
            at,
            bytes,
            kind: KINDS.has(said.kind) ? (said.kind as FileRecord['kind']) : 'other',
            ...(said.kind === 'Entry' ? {index: said.index} : {}),
          })
        }
    return found
  }

  async cut(file: string, at: number): Promise<void> {
    const path = this.#path(file, at)
    truncateSync(path, at)
    this.#damaged('cut', `${file}@${at}`)
  }

  async tear(group: GroupName, bytes: number): Promise<boolean> {
    const dataDir = this.#dataDir()
    const last = groupPlaces(nodeFiles, dataDir)
      .find(p => p.group === group)
      ?.segments.at(-1)
    if (!last) throw new ChronikError('CHRONIK_LAB', EXIT.usage, `n${this.#node} has no log of ${group}`)
    const ends = [...walk(new FileWindow(nodeFiles, last.path, last.bytes))]
    if (ends.length === 0 || ends.some(seen => seen.seen !== 'record')) return false
    const file = last.path.slice(dataDir.length + 1)
    const path = this.#path(file, 0)
    const begun = Buffer.alloc(bytes)
    const fd = openSync(path, 'r+')
    try {
      // The first batch of the file: at the end its mark names another byte than its own, as that of a torn batch may.
      const got = readSync(fd, begun, 0, bytes, 0)
      writeSync(fd, begun, 0, got, last.bytes)
    } finally {
      closeSync(fd)
    }
    this.#damaged('tear', `${file}@${last.bytes}`)
    return true
  }

  async wipe(): Promise<void> {
    this.#mine()
    const dataDir = this.#dataDir()
    for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), {recursive: true})
    this.#damaged('wipe', 'every file')
  }

  async drop(file: string): Promise<void> {
    unlinkSync(this.#path(file, 0))
    this.#damaged('lost file', file)
  }

  async flip(file: string, at: number): Promise<void> {
    const path = this.#path(file, at)
    const fd = openSync(path, 'r+')
    try {
      const byte = Buffer.alloc(1)
      readSync(fd, byte, 0, 1, at)
      byte[0] ^= 1
      writeSync(fd, byte, 0, 1, at)
    } finally {
      closeSync(fd)
    }
    this.#damaged('flip', `${file}@${at}`)
  }

  #mine(): void {
    if (!this.#may)
      throw new ChronikError(
        'CHRONIK_LAB',
        EXIT.usage,
        'files are damaged only in a cluster of the lab’s own, without -c',
      )
  }

  /** The file, which lies in the node's directory and reaches beyond `at`. */
  #path(file: string, at: number): string {
    this.#mine()
    const dataDir = this.#dataDir()
    const path = resolve(dataDir, file)
    if (!path.startsWith(dataDir + sep))
      throw new ChronikError('CHRONIK_LAB', EXIT.usage, `${file} is not in the directory of n${this.#node}`)
    const {size} = statSync(join(path))
    if (at < 0 || at >= size)
      throw new ChronikError('CHRONIK_LAB', EXIT.usage, `${file} has ${size} bytes: there is no byte ${at}`)
    return path
  }
}
