import {FileWindow} from '../../inspect/file-window.ts'
import type {GroupPlace} from '../../inspect/group.ts'
import {groupPlaces} from '../../inspect/node.ts'
import {type Seen, walk} from '../../inspect/walk.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import {isWanted, type Selection} from './selection.ts'
import type {WalSource} from './sources.ts'

export interface TailSeen {
  seen: Seen
  file: string
  source: WalSource
}

/** Follows logs that somebody else writes: each pass gives the records that came since the one before. */
export class WalTail {
  readonly #sources: readonly WalSource[]
  readonly #selection: Selection
  readonly #reached = new Map<string, number>()
  #first = true

  constructor(sources: readonly WalSource[], selection: Selection) {
    this.#sources = sources
    this.#selection = selection
  }

  /** The first pass leaves out all but about so many bytes at the end of each file. */
  skipTo(bytes: number): void {
    for (const {place} of this.#sources)
      for (const [i, {path}] of place.segments.entries()) {
        const size = nodeFiles.stat(path)?.size ?? 0
        if (i < place.segments.length - 1) this.#reached.set(path, size)
        else if (size > bytes) this.#reached.set(path, firstSound(path, size, size - bytes))
      }
  }

  *pass(): Generator<TailSeen> {
    for (const source of this.#sources) {
      const segments = this.#first || source.single ? source.place.segments : (again(source)?.segments ?? [])
      for (const {path} of segments) {
        const bytes = nodeFiles.stat(path)?.size ?? 0
        let from = Math.min(bytes, this.#reached.get(path) ?? 0)
        for (const seen of walk(new FileWindow(nodeFiles, path, bytes), from)) {
          // Bytes at the end may be a record that is being written.
          if (seen.seen === 'unsound' && seen.end) break
          from = seen.at + seen.bytes
          if (isWanted(seen, this.#selection)) yield {seen, file: path, source}
        }
        this.#reached.set(path, from)
      }
    }
    this.#first = false
  }
}

/** The first place at or behind `from` where a record begins. */
function firstSound(path: string, size: number, from: number): number {
  for (const seen of walk(new FileWindow(nodeFiles, path, size), from)) if (seen.seen === 'record') return seen.at
  return size
}

/** The same group, looked for anew: segments come and go. */
export function again(source: WalSource): GroupPlace | undefined {
  return groupPlaces(nodeFiles, source.root).find(p => p.group === source.place.group && p.dir === source.place.dir)
}
