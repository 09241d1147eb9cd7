import type {Plant} from './plant.ts'
import {ignoreHardState} from './r04-ignore-hardstate.ts'
import {guessPayloadKind} from './w01-guess-payload-kind.ts'
import {dropNewestEntries} from './w17-drop-newest-entries.ts'

export type {Plant}

export const PLANTS: readonly Plant[] = [ignoreHardState, guessPayloadKind, dropNewestEntries]

/** By id (`W01`, in any case) or name. */
export function findPlant(word: string): Plant | undefined {
  return PLANTS.find(p => p.name === word || p.id === word.toUpperCase())
}
