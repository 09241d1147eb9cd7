import type {Index, Offset} from '../../base/ids.ts'
import type {BatchTable} from '../../formats/sidecar.ts'

const BLOCK = 256

interface BatchFound {
  index: Index
  baseOffset: Offset
  maxTimestampMs: number
}

/** Where each committed batch of a partition is: Kafka offset → Raft index. (Raft index → byte is the log's own map.) In memory: three numbers a batch. */
export class BatchIndex {
  #index: Index[] = []
  #base: Offset[] = []
  #maxTimestamp: number[] = []
  /** The newest time of each BLOCK batches: what is looked for by time is found without looking at every batch. */
  #blockMax: number[] = []

  get length(): number {
    return this.#index.length
  }

  add(index: Index, baseOffset: Offset, maxTimestampMs: number): void {
    this.#index.push(index)
    this.#base.push(baseOffset)
    this.#maxTimestamp.push(maxTimestampMs)
    this.#noteTime(this.#maxTimestamp.length - 1)
  }

  #noteTime(at: number): void {
    const block = Math.floor(at / BLOCK)
    this.#blockMax[block] = Math.max(this.#blockMax[block] ?? Number.NEGATIVE_INFINITY, this.#maxTimestamp[at])
  }

  /** Base offset of the first batch; undefined when there is none. */
  get firstOffset(): Offset | undefined {
    return this.#base[0]
  }

  /** Raft index and base offset of the newest batch but `back`; undefined when there is none. */
  fromEnd(back: number): {index: Index; baseOffset: Offset} | undefined {
    const at = this.#index.length - 1 - back
    return at < 0 ? undefined : {index: this.#index[at], baseOffset: this.#base[at]}
  }

  /** The batches of Raft indexes low … high - 1: the first offset behind them (undefined when there are none; `nextOffset` behind all), their newest time. */
  within(low: Index, high: Index, nextOffset: Offset): {endOffset: Offset | undefined; maxTimestampMs: number} {
    let maxTimestampMs = -1
    let at = this.#first(low)
    const begin = at
    for (; at < this.#index.length && this.#index[at] < high; at++)
      maxTimestampMs = Math.max(maxTimestampMs, this.#maxTimestamp[at])
    return {endOffset: at === begin ? undefined : (this.#base[at] ?? nextOffset), maxTimestampMs}
  }

  /** The batches of Raft indexes low … high. */
  table(low: Index, high: Index): BatchTable {
    const [from, to] = [this.#first(low), this.#first(high + 1)]
    return {
      indexes: this.#index.slice(from, to),
      baseOffsets: this.#base.slice(from, to),
      maxTimestampsMs: this.#maxTimestamp.slice(from, to),
    }
  }

  /** Place of the first batch whose Raft index is not below `index`. */
  #first(index: Index): number {
    let low = 0
    let high = this.#index.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#index[middle] < index) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Forgets the batches up to and with this Raft index. */
  dropTo(index: Index): void {
    const count = this.#first(index + 1)
    this.#index = this.#index.slice(count)
    this.#base = this.#base.slice(count)
    this.#maxTimestamp = this.#maxTimestamp.slice(count)
    this.#blockMax = []
    for (let at = 0; at < this.#maxTimestamp.length; at++) this.#noteTime(at)
  }

  /** Raft index of the batch that holds `offset`, the first one when it lies below all; undefined when there is none. */
  holding(offset: Offset): Index | undefined {
    return this.#index[this.#holding(offset)]
  }

  /** Its place; -1 when there is none. */
  #holding(offset: Offset): number {
    let low = 0
    let high = this.#base.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#base[middle] <= offset) low = middle
      else high = middle - 1
    }
    return high < 0 ? -1 : low
  }

  get lastIndex(): Index {
    return this.#index[this.#index.length - 1] ?? 0
  }

  /** The batch with the newest timestamp, the first of equal ones. */
  get newest(): BatchFound | undefined {
    return this.newerThan(
      this.#blockMax.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      0,
    )
  }

  /** The first batch at or behind the one that holds `from` with a record as new as `timestampMs`. */
  newerThan(timestampMs: number, from: Offset): BatchFound | undefined {
    const begin = Math.max(0, this.#holding(from))
    for (let block = Math.floor(begin / BLOCK); block < this.#blockMax.length; block++) {
      if (this.#blockMax[block] < timestampMs) continue
      const end = Math.min((block + 1) * BLOCK, this.#maxTimestamp.length)
      for (let at = Math.max(begin, block * BLOCK); at < end; at++)
        if (this.#maxTimestamp[at] >= timestampMs)
          return {index: this.#index[at], baseOffset: this.#base[at], maxTimestampMs: this.#maxTimestamp[at]}
    }
    return undefined
  }
}
