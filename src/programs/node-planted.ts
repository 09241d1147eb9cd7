// A broker with a known bug: `node dist/node-planted.mjs CONFIG_FILE PLANT`; `--list` says which there are, an object a line.
import {PLANTS, planted, plantOf} from '../plants/index.ts'
import {startNodeProgram} from './shared/node-process.ts'

if (process.argv[2] === '--list') {
  for (const {id, name, change, caughtBy} of PLANTS)
    process.stdout.write(`${JSON.stringify({id, name, change, caughtBy})}\n`)
} else {
  const plant = plantOf(process.argv[3] ?? '')
  if (!plant) {
    process.stderr.write(`No planted bug "${process.argv[3] ?? ''}".\n`)
    process.exit(2)
  }
  await startNodeProgram(planted(plant))
}
