import {resolve} from 'node:path'
import {Flags} from '@oclif/core'
import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import type {EngineName, EngineOptions} from '../contracts/engine.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import {ENGINE_NAMES, engineNamed} from '../engines/index.ts'
import {settingsOf, unknownSettings} from './settings.ts'

/** Flags of commands that begin a cluster: what its nodes run, and where the user has it. */
export const engineFlags = {
  engine: Flags.string({
    char: 'e',
    helpValue: 'NAME',
    options: [...ENGINE_NAMES],
    summary: `what a node runs: ${ENGINE_NAMES.join(', ')} (embedded)`,
  }),
  binary: Flags.string({helpValue: 'PATH', summary: 'chronik-server: the program (CHRONIK_SERVER)'}),
  'kafka-home': Flags.string({
    helpValue: 'DIR',
    summary: 'kafka: a distribution or a folder of jars (KAFKA_HOME, else what `engine install kafka` fetched)',
  }),
} as const

export interface EngineChoice {
  engine?: EngineName
  engineOptions?: EngineOptions
  settings: Partial<NodeSettings>
}

/** What was chosen, with what it needs found and checked: an engine that is not there is said before anything is begun. */
export async function chosenEngine(flags: {
  engine?: string
  binary?: string
  'kafka-home'?: string
  set?: string[]
}): Promise<EngineChoice> {
  const pairs = flags.set ?? []
  const {binary, 'kafka-home': home} = flags
  if (binary !== undefined && flags.engine !== 'chronik-server')
    throw new UsageError('--binary is for --engine chronik-server')
  if (home !== undefined && flags.engine !== 'kafka') throw new UsageError('--kafka-home is for --engine kafka')
  if (flags.engine === undefined) return {settings: settingsOf(pairs)}
  const engine = engineNamed(flags.engine)
  if (engine.name === 'embedded') return {engine: engine.name, settings: settingsOf(pairs)}
  // Any property of the broker itself may be set.
  const own = engine.name === 'kafka' ? unknownSettings(pairs) : {}
  const settings = settingsOf(pairs.filter(pair => !Object.hasOwn(own, pair.slice(0, pair.indexOf('=')))))
  const options: EngineOptions = {}
  const kafkaHome = home ?? process.env.KAFKA_HOME
  const program = binary ?? process.env.CHRONIK_SERVER
  if (engine.name === 'kafka' && kafkaHome) options.kafkaHome = resolve(kafkaHome)
  if (engine.name === 'chronik-server' && program) options.binary = resolve(program)
  if (Object.keys(own).length > 0) options.properties = own
  const there = await engine.availability(options)
  if (!there.available)
    throw new ChronikError('CHRONIK_ENGINE_MISSING', EXIT.environment, oneLine(there.missing), {next: there.next})
  return {engine: engine.name, engineOptions: options, settings}
}

/** `embedded,kafka`: each of them, with what belongs to it. Without a list the embedded broker. */
export async function chosenEngines(flags: {
  engine?: string
  binary?: string
  'kafka-home'?: string
}): Promise<Array<Omit<EngineChoice, 'settings'>>> {
  const names = [...new Set((flags.engine ?? 'embedded').split(','))]
  const owner = {binary: 'chronik-server', 'kafka-home': 'kafka'} as const
  for (const flag of ['binary', 'kafka-home'] as const)
    if (flags[flag] !== undefined && !names.includes(owner[flag]))
      throw new UsageError(`--${flag} is for --engine ${owner[flag]}`)
  const found: Array<Omit<EngineChoice, 'settings'>> = []
  for (const engine of names) {
    const own = Object.fromEntries(
      (['binary', 'kafka-home'] as const).filter(flag => owner[flag] === engine).map(flag => [flag, flags[flag]]),
    )
    const {settings: _, ...choice} = await chosenEngine({engine, ...own})
    // What is the default is not said: the command that repeats a run stays as short as it was.
    found.push(choice.engine === 'embedded' ? {} : choice)
  }
  return found
}
