import {viewOf} from '../base/bytes.ts'
import {crc32c} from '../base/crc32c.ts'
import {batchCrcOk} from '../formats/record-batch.ts'
import type {Plant} from './plant.ts'

/** Bytes of a batch at which its CRC-32C stands, and from which on it counts. */
const CRC_AT = 17
const COVERED_FROM = 21

/** The CRC-32C of a batch is computed anew instead of checked: what was damaged on its way is sealed as sound. The class of CORDS (FAST 2017). */
export const k14: Plant = {
  id: 'K14',
  name: 'checksum-made-anew',
  change: 'the CRC-32C of a batch is computed anew by the broker instead of checked',
  caughtBy: 'H3',
  caughtInSim: ['H3', 'D1'],
  scenarios: ['damaged-on-the-way'],
  parts: sound => ({
    ...sound,
    partition: {
      ...sound.partition,
      refusal: batch => {
        const found = sound.partition.refusal(batch)
        if (!found || batchCrcOk(batch)) return found
        viewOf(batch).setUint32(CRC_AT, crc32c(batch, COVERED_FROM, batch.length))
        return sound.partition.refusal(batch)
      },
    },
  }),
}
