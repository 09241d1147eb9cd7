// One broker: `node dist/node.mjs CONFIG_FILE`.
import {defaultBrokerParts} from '../broker/parts.ts'
import {startNodeProgram} from './shared/node-process.ts'

await startNodeProgram(defaultBrokerParts)
