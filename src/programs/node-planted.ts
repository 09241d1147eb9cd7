// A broker with one known bug: `node dist/node-planted.mjs CONFIG_FILE PLANT`, or `--list` for what there is.
import {defaultBrokerParts} from '../broker/parts.ts'
import {findPlant, PLANTS} from '../plants/index.ts'
import {startNodeProgram} from './shared/node-process.ts'

const [config, name = ''] = process.argv.slice(2)
if (config === '--list') {
  for (const {plant: _, ...told} of PLANTS) console.log(JSON.stringify(told))
} else {
  const plant = findPlant(name)
  if (!plant) {
    console.error(`No planted bug "${name}". There are: ${PLANTS.map(p => p.name).join(', ')}`)
    process.exit(2)
  }
  await startNodeProgram(plant.plant(defaultBrokerParts))
}
