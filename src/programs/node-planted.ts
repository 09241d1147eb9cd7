// A broker with a known bug: `node dist/node-planted.mjs CONFIG_FILE PLANT`.
import {planted, plantOf} from '../plants/index.ts'
import {startNodeProgram} from './shared/node-process.ts'

const plant = plantOf(process.argv[3] ?? '')
if (!plant) {
  process.stderr.write(`No planted bug "${process.argv[3] ?? ''}".\n`)
  process.exit(2)
}
await startNodeProgram(planted(plant))
