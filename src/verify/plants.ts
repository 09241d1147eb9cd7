import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {UsageError} from '../base/errors.ts'
import {programPath} from '../base/package-root.ts'

/** A planted bug as the planted node program lists it: this side of the house knows none by itself. */
export interface PlantInfo {
  id: string
  name: string
  change: string
  caughtBy: string
}

/** A planted bug, or a harmless change. */
export interface Change {
  id?: string
  name: string
  change: string
  settings?: Record<string, number | string>
  harmless?: true
}

export const listPlants = (): Promise<PlantInfo[]> => listed('--list')

/** Planted bugs and harmless changes. */
export const listChanges = (): Promise<Change[]> => listed('--list-all')

async function listed<T>(flag: '--list' | '--list-all'): Promise<T[]> {
  const {stdout} = await promisify(execFile)(process.execPath, [programPath('node-planted'), flag], {timeout: 10_000})
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as T)
}

/** The plant's name, by name or id. */
export async function plantNamed(word: string): Promise<string> {
  const plants = await listPlants()
  const found = plants.find(p => p.name === word || p.id === word.toUpperCase())
  if (!found)
    throw new UsageError(
      `No planted bug "${word}". There are: ${plants.map(p => p.name).join(', ')}`,
      'chronik verify ls --plants',
    )
  return found.name
}
