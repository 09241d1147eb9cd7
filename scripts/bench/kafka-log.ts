// kafka-log.ts FILE MB: a segment of Apache Kafka's log: batches of 16 KiB, records of 100 B.
import {closeSync, openSync, writeSync} from 'node:fs'
import {encodeBatch, stampBatch} from '../../src/formats/record-batch.ts'

const RECORDS_A_BATCH = 146
const VALUE_BYTES = 100
const WALL_MS = 1_700_000_000_000

const [file, mb] = process.argv.slice(2)
const value = new Uint8Array(VALUE_BYTES).fill(0x78)
const records = Array.from({length: RECORDS_A_BATCH}, (_, i) => ({timestamp: WALL_MS + i, value}))
const batch = encodeBatch({records})
const out = openSync(file, 'w')
const batches = Math.ceil((Number(mb) * 1024 * 1024) / batch.length)
for (let n = 0; n < batches; n++) {
  stampBatch(batch, n * RECORDS_A_BATCH, 0)
  writeSync(out, batch)
}
closeSync(out)
process.stdout.write(JSON.stringify({batches, records: batches * RECORDS_A_BATCH, bytes: batches * batch.length}))
