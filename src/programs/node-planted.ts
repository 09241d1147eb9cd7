// A broker with a known bug, or with a harmless change: `node dist/node-planted.mjs CONFIG_FILE NAME`. `--list` says which bugs there are, `--list-all`
// the harmless changes besides, an object a line.
import {defaultBrokerParts} from '../broker/parts.ts'
import {CONTROLS} from '../plants/controls.ts'
import {PLANTS, planted, plantOf} from '../plants/index.ts'
import {startNodeProgram} from './shared/node-process.ts'

const [, , first, name = ''] = process.argv
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

if (first === '--list' || first === '--list-all') {
  for (const {id, name, change, caughtBy} of PLANTS) say({id, name, change, caughtBy})
  if (first === '--list-all')
    for (const {name, change, settings} of CONTROLS) say({name, change, settings, harmless: true})
} else {
  const plant = plantOf(name)
  const parts = plant ? planted(plant) : CONTROLS.find(c => c.name === name)?.parts?.(defaultBrokerParts)
  if (!parts) {
    process.stderr.write(`No planted bug "${name}".\n`)
    process.exit(2)
  }
  await startNodeProgram(parts)
}
