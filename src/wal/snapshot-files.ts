import {isDiskFull, systemCode} from '../base/errors.ts'
import type {Index, Term} from '../base/ids.ts'
import type {Snapshot} from '../formats/eraftpb.ts'
import {encodeSnapshotFile, readSnapshotFile} from '../formats/snapshot-file.ts'
import type {Disk} from '../io/ports.ts'
import type {WalParts} from './parts.ts'
import {readFile} from './segment-reader.ts'
import type {Damage} from './types.ts'

const SNAPSHOT = /^snapshot_\d+_\d+\.snap(\.tmp)?$/

/** What names a snapshot: (index, term) of the last entry that it holds. */
export interface SnapshotName {
  index: Index
  term: Term
}

export function snapshotName({index, term}: SnapshotName): string {
  return `snapshot_${index}_${term}.snap`
}

/**
 * The snapshot files of one group. One is written aside, synced, renamed, and its directory synced: whoever finds its name finds all of it.
 *
 * | the power fails …                         | found                                | done at the next start |
 * |-------------------------------------------|--------------------------------------|------------------------|
 * | while it is written, or before its rename | the old marker; a file in `.tmp`, or nothing | removed |
 * | before its directory is synced            | the old marker; either name, sound or not | removed: no marker names it |
 * | before the head that names it is synced   | the old marker; a sound file          | removed; a torn head is written anew with the old marker |
 * | before the seal of the segment before it  | the new marker; that seal missing     | seal written, as in every rotation |
 * | while old segments are removed            | the new marker; the oldest ones gone  | the rest is removed |
 */
export class SnapshotFiles {
  readonly #disk: Disk
  readonly #dir: string
  /** Being written, or written and not yet named by a head. */
  readonly #underWay = new Set<string>()
  readonly #kept: WalParts['keptSnapshot']
  #made = false

  constructor(disk: Disk, dir: string, kept: WalParts['keptSnapshot']) {
    this.#kept = kept
    this.#disk = disk
    this.#dir = dir
  }

  pathOf(name: SnapshotName): string {
    return `${this.#dir}/${snapshotName(name)}`
  }

  /** Durable when it settles. Rejects as the disk does; when it is full nothing is left behind. Kept by `removeOthers` until `settled`. */
  async store(snapshot: Snapshot): Promise<void> {
    const disk = this.#disk
    const path = this.pathOf(snapshot.metadata)
    const aside = `${path}.tmp`
    this.#underWay.add(snapshotName(snapshot.metadata))
    if (!this.#made) {
      await disk.makeDir(this.#dir)
      await disk.syncDir(this.#dir.slice(0, this.#dir.lastIndexOf('/')))
      this.#made = true
    }
    await this.#removeIfThere(aside)
    const file = await disk.open(aside, 'create')
    try {
      await file.append([encodeSnapshotFile(snapshot)])
      await file.sync()
    } catch (error) {
      await file.close()
      if (isDiskFull(error)) await disk.remove(aside)
      throw error
    }
    await file.close()
    await disk.rename(aside, path)
    await disk.syncDir(this.#dir)
  }

  /** A head names it, or never will. */
  settled(name: SnapshotName): void {
    this.#underWay.delete(snapshotName(name))
  }

  /** The snapshot that a marker names, or why it cannot be had. */
  async read(name: SnapshotName): Promise<Snapshot | Damage> {
    const path = this.pathOf(name)
    let bytes: Uint8Array
    try {
      bytes = await readFile(this.#disk, path)
    } catch (error) {
      if (systemCode(error) === 'ENOENT')
        return {file: path, at: 0, why: 'the snapshot that the marker names is missing'}
      throw error
    }
    const read = readSnapshotFile(bytes, name)
    return typeof read === 'string' ? {file: path, at: 0, why: read} : read
  }

  /** Removes every snapshot, finished or not, that is neither under way nor the one that the newest head names, which may change meanwhile. */
  async removeOthers(named: () => SnapshotName): Promise<void> {
    const names = (await this.#disk.list(this.#dir)).filter(name => SNAPSHOT.test(name))
    const wholes = names.filter(name => !name.endsWith('.tmp'))
    for (const name of names) {
      const finished = name.replace(/\.tmp$/, '')
      if (name === this.#kept(wholes, snapshotName(named())) || this.#underWay.has(finished)) continue
      // One that was given up since has been removed by whoever wrote it.
      await this.#removeIfThere(`${this.#dir}/${name}`)
    }
  }

  async #removeIfThere(path: string): Promise<void> {
    try {
      await this.#disk.remove(path)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
    }
  }
}
