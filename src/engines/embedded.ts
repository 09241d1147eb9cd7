import {programPath} from '../base/package-root.ts'

/** How a node of an engine is started: plain data. */
export interface NodeLaunch {
  program: string
  args: string[]
}

/** chronik's own broker: one process a node, its configuration in a file. */
export const embedded = {
  name: 'embedded',
  prepare(configFile: string, plant: string | undefined): NodeLaunch {
    return plant
      ? {program: programPath('node-planted'), args: [configFile, plant]}
      : {program: programPath('node'), args: [configFile]}
  },
} as const
