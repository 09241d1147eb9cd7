import {fromHex, toHex} from '../../base/bytes.ts'
import {iterateRecords, readBatchHeader} from '../../formats/record-batch.ts'

/** The newest record of each key: what stays of `__consumer_offsets` when its log is compacted. */
export class LastValues {
  /** By the key in hex. */
  readonly #values = new Map<string, Uint8Array>()

  /** A record without value removes its key. A compressed batch is nobody's here: the coordinator writes none. */
  apply(batch: Uint8Array): void {
    if ((readBatchHeader(batch).attributes & 7) !== 0) return
    for (const {key, value} of iterateRecords(batch)) {
      if (!key) continue
      if (value) this.#values.set(toHex(key), value.slice())
      else this.#values.delete(toHex(key))
    }
  }

  /** In the order of their keys. */
  all(): Array<{key: Uint8Array; value: Uint8Array}> {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({key: fromHex(key), value}))
  }

  restore(values: Iterable<{key: Uint8Array; value: Uint8Array}>): void {
    this.#values.clear()
    for (const {key, value} of values) this.#values.set(toHex(key), value.slice())
  }
}
