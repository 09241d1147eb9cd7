import type {Offset} from '../../base/ids.ts'

/** A producer of either client library, that writes one record at a time. */
export interface LoadProducer {
  /** Settles with the record's offset; with acks=0 undefined. */
  send(record: {topic: string; partition: number; value: string; acks: -1 | 0 | 1}): Promise<Offset | undefined>
  /** After this error, does it find out by itself who leads? If not, another one takes its place. */
  asksAgain(error: string): boolean
  /** Never throws. */
  close(): Promise<void>
}
