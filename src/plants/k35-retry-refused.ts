import {KafkaError} from '../formats/kafka/errors.ts'
import type {Plant} from './plant.ts'

/** A batch that comes again because its answer was late is refused: its producer takes a write for lost that is there. */
export const k35: Plant = {
  id: 'K35',
  name: 'retry-refused',
  change: 'a batch that comes again because its answer was late is refused as out of order',
  caughtBy: 'H4',
  scenarios: ['retries', 'network'],
  parts: sound => ({
    ...sound,
    partition: {
      ...sound.partition,
      sequence: check =>
        check !== 'fresh' && 'baseOffset' in check ? {error: KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER} : check,
    },
  }),
}
