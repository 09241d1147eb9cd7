import {KafkaError} from '../formats/kafka/errors.ts'
import type {Plant} from './plant.ts'

/** What waits when a leader stops leading is answered with an error that promises that nothing was appended; the next leader may have it all the same. */
export const k34: Plant = {
  id: 'K34',
  name: 'waiting-writes-refused',
  change: 'writes that wait when their leader stops leading are told that they surely were not appended',
  caughtBy: 'H8',
  scenarios: ['elections', 'leader-churn'],
  parts: sound => ({...sound, partition: {...sound.partition, deposed: () => KafkaError.INVALID_RECORD}}),
}
