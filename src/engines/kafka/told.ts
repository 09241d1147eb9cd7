import type {LogTold} from '../../contracts/node-state.ts'
import {type Line, logLines} from '../log-phrases.ts'
import {CLUSTER_METADATA} from './contract.ts'
import {cutIn, loadedEnd, type Transition, transitionIn} from './log.ts'

/** What a Kafka node's log says of its life, the last one when it holds several. */
export class KafkaTold {
  readonly #file: string
  #told: LogTold
  #state: Transition | undefined
  /** The last line that told a change. */
  #changedAt = 0

  /** `file`: how the log is called wherever a place in it is named. `from`: the byte at which the life begins. */
  constructor(file: string, from = 0) {
    this.#file = file
    this.#told = this.#born({at: from, bytes: 0}, 1)
  }

  #born(began: LogTold['began'], recoveries: number): LogTold {
    return {file: this.#file, bytes: 0, began, recoveries, group: CLUSTER_METADATA, leaderships: []}
  }

  /** Takes a line; gives the change of state that it tells. */
  take({text, ...line}: Line): Transition | undefined {
    const end = loadedEnd(text)
    const to = transitionIn(text)
    // A log that is loaded, and a state that comes from nowhere, are the beginning of a life.
    if (this.#state && (end !== undefined || to?.first)) {
      const cuts = this.#told.cuts?.filter(c => c.at > this.#changedAt)
      this.#told = {...this.#born(line, this.#told.recoveries + 1), ...(cuts?.length ? {cuts} : {})}
      this.#state = undefined
    }
    const told = this.#told
    told.bytes = line.at + line.bytes + 1
    if (line.wallMs !== undefined) told.ended = line
    if (end !== undefined) told.entries = {...line, lastIndex: end - 1}
    const place = cutIn(text)
    if (place !== undefined) told.cuts = [...(told.cuts ?? []), {...line, place}]
    if (!to) return undefined
    this.#state = to
    this.#changedAt = line.at
    if (to.first) told.hardState = {...line, term: to.epoch, ...(to.vote === undefined ? {} : {vote: to.vote})}
    if (to.role === 'leader') told.leaderships.push({...line, term: to.epoch})
    return to
  }

  told(): LogTold {
    return structuredClone(this.#told)
  }
}

/** What a whole log says of the last life in it; undefined when it tells of no recovery. */
export function readKafkaLog(log: Uint8Array, file: string): LogTold | undefined {
  const reader = new KafkaTold(file)
  for (const line of logLines(log)) reader.take(line)
  const told = reader.told()
  return told.hardState || told.entries ? {...told, bytes: log.byteLength} : undefined
}
