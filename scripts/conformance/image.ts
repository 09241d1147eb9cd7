import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {join, relative} from 'node:path'

/** An image of one group's directory (`image/`) with the outcome that the rules of docs/formats.md give it (`expected.json`). */
export interface Image {
  name: string
  dir: string
}

export interface EntryWanted {
  index: number
  term: number
  type: number
  dataSha256: string
}

/** What lies in a group's directory once it has been recovered. */
export interface StateWanted {
  firstIndex: number
  lastIndex: number
  term: number
  vote: number
  commit: number
  marker: {index: number; term: number; installed: boolean}
  /** At the marker; null when the group is begun anew. */
  confState: {voters: number[]; learners: number[]} | null
  entries: EntryWanted[]
}

/** An outcome, as expected and as a reader gives it. */
export type Outcome =
  | {
      verdict: 'ok'
      state: StateWanted
      cut: Array<{file: string; at: number}>
      completesRotation: boolean
      begunAnew: boolean
    }
  | {verdict: 'refused'; file?: string; at?: number; why?: string}

export interface Expected {
  outcome: Outcome
  /** Undefined: the group does not stand in groups.log. */
  logId?: Uint8Array
  /** Which rule decides the image, and how it came to be. */
  rule?: string
  about?: string
}

/** Every folder with `image/` and `expected.json`, below `dir` or `dir` itself, by name. */
export function imagesBelow(dir: string, depth = 6): Image[] {
  const found: Image[] = []
  const look = (at: string, left: number): void => {
    if (existsSync(join(at, 'expected.json'))) {
      found.push({name: relative(dir, at) || at, dir: at})
      return
    }
    if (left === 0) return
    for (const name of readdirSync(at).sort())
      if (name !== 'node_modules' && statSync(join(at, name), {throwIfNoEntry: false})?.isDirectory())
        look(join(at, name), left - 1)
  }
  look(dir, depth)
  return found
}

/** Throws when the file is not what test/fixtures/wal-images/README.md describes. */
export function readExpected(image: Image): Expected {
  const e = JSON.parse(readFileSync(join(image.dir, 'expected.json'), 'utf8'))
  if (e.verdict !== 'ok' && e.verdict !== 'refused') throw new Error(`verdict ${JSON.stringify(e.verdict)}`)
  const about = {rule: e.rule, about: e.about, ...(e.logId ? {logId: new Uint8Array(Buffer.from(e.logId, 'hex'))} : {})}
  if (e.verdict === 'refused') return {...about, outcome: {verdict: 'refused', file: e.file, at: e.at, why: e.why}}
  const {confState, entries, marker, ...numbers} = e.state
  const {commit, firstIndex, lastIndex, term, vote} = numbers
  return {
    ...about,
    outcome: {
      verdict: 'ok',
      state: {
        firstIndex,
        lastIndex,
        term,
        vote,
        commit,
        marker: {index: marker.index, term: marker.term, installed: marker.installed === true},
        confState: confState && {voters: confState.voters ?? [], learners: confState.learners ?? []},
        entries: entries.map((x: EntryWanted) => ({
          index: x.index,
          term: x.term,
          type: x.type,
          dataSha256: x.dataSha256,
        })),
      },
      cut: e.cut.map((c: {file: string; at: number}) => ({file: c.file, at: c.at})),
      completesRotation: e.completesRotation === true,
      begunAnew: e.begunAnew === true,
    },
  }
}
