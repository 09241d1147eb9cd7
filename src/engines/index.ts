import {ChronikError, EXIT} from '../base/errors.ts'
import type {EngineContract, EngineName} from '../contracts/engine.ts'
import {attachedContract} from './attached/contract.ts'
import {chronikServer} from './chronik-server/index.ts'
import {embedded} from './embedded.ts'
import type {Engine} from './engine.ts'
import {kafka} from './kafka/index.ts'

/** Every engine there is, in the order in which they are shown. */
export const ENGINES: readonly Engine[] = [embedded, kafka, chronikServer]

export const ENGINE_NAMES: readonly EngineName[] = ENGINES.map(e => e.name)

export function engineNamed(name: string): Engine {
  const found = ENGINES.find(e => e.name === name)
  if (found) return found
  throw new ChronikError('CHRONIK_NO_ENGINE', EXIT.usage, `No engine "${name}". There is: ${ENGINE_NAMES.join(', ')}`, {
    next: 'chronik engine ls',
  })
}

/** What holds for the nodes of a cluster: of one that the lab did not start, by what its nodes run. */
export function contractOf(cluster: {engine: string; runs?: EngineName}): EngineContract {
  return cluster.engine === 'attached' ? attachedContract(cluster.runs) : engineNamed(cluster.engine).contract
}
