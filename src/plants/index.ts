import {type BrokerParts, defaultBrokerParts} from '../broker/parts.ts'
import type {Plant} from './plant.ts'
import {r04} from './r04-ignore-hardstate.ts'
import {w01} from './w01-guess-payload-kind.ts'
import {w17} from './w17-drop-newest-entries.ts'

export const PLANTS: readonly Plant[] = [r04, w01, w17]

/** By name or id; undefined when there is none. */
export function plantOf(word: string): Plant | undefined {
  return PLANTS.find(p => p.name === word || p.id === word.toUpperCase())
}

export function planted(plant: Plant): BrokerParts {
  return plant.parts(defaultBrokerParts)
}
