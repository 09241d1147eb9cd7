import type {Index, NodeId, Term} from '../base/ids.ts'
import type {Place} from '../inspect/reading.ts'
import type {PushedChange} from './evidence.ts'
import type {Cite} from './verdict.ts'

/** `term 3 vote 1 commit 31`, as everywhere in the lab; what is not known is left out. */
export function hardStateWords(h: {term: Term; vote?: NodeId; commit?: Index}): string {
  const vote = h.vote === undefined ? '' : ` vote ${h.vote}`
  return `term ${h.term}${vote}${h.commit === undefined ? '' : ` commit ${h.commit}`}`
}

/** `wal_0_0.log@3496`: the file's own name and the byte. */
export function placeWords(place: Place): string {
  return `${place.file.slice(place.file.lastIndexOf('/') + 1)}@${place.at}`
}

/** The file of a place as seen from the run folder: the copy's folder in front. */
export function inRun(dir: string, file: string): string {
  return `${dir}/${file}`
}

export function placeCite(node: NodeId, dir: string, place: Place, note?: string): Cite {
  return {kind: 'place', node, file: inRun(dir, place.file), at: place.at, bytes: place.bytes, ...(note ? {note} : {})}
}

/** `n1 leader of orders/0 at term 3`. */
export function changeWords(c: PushedChange): string {
  return `n${c.node} ${c.role} of ${c.group} at term ${c.term}`
}

/** What a node told of itself. */
export function changeCite(c: PushedChange, note = changeWords(c)): Cite {
  return {kind: 'reading', node: c.node, incarnation: c.incarnation, source: 'control', pushed: true, note}
}

/** The command that shows a place; `RUN` stands for the run folder and is filled in by whoever prints it. */
export function seeCommand(dir: string, place: Place): string {
  return `chronik wal dump RUN/${inRun(dir, place.file)} --at ${place.at} --hex`
}

export function nodeWords(nodes: readonly NodeId[]): string {
  return nodes.map(n => `n${n}`).join(' ')
}

/** 1 record, 3 records. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** The first few of a list, and how many more there are. */
export function some(items: readonly string[], most = 3): string {
  return items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`
}

/** The group of topics and brokers, whatever the engine calls it: it is what is meant when no group is named. */
export function isMetadata(group: string): boolean {
  return /^__(raft|cluster)_metadata\//.test(group)
}
