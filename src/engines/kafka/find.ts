import {createHash} from 'node:crypto'
import {existsSync, readdirSync, statSync} from 'node:fs'
import {homedir} from 'node:os'
import {delimiter, join} from 'node:path'
import {ChronikError, EXIT} from '../../base/errors.ts'
import type {EngineOptions} from '../../contracts/engine.ts'

/** The version that `engine install kafka` fetches: its broker has everything that is needed at run time. */
export const KAFKA_VERSION = '4.3.1'

export function cacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chronik')
}

export function installedHome(): string {
  return join(cacheDir(), `kafka-${KAFKA_VERSION}`)
}

/** A program by its name on PATH. */
export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map(dir => join(dir, name))
    .find(isProgram)
}

function isProgram(path: string): boolean {
  const stat = statSync(path, {throwIfNoEntry: false})
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0
}

export function findJava(): string | undefined {
  const {JAVA_HOME} = process.env
  const own = JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : undefined
  return own && isProgram(own) ? own : onPath('java')
}

/** The folder of jars of a distribution, or of a folder of jars; undefined when there is no broker in it. */
export function jarsIn(home: string): string | undefined {
  for (const dir of [join(home, 'libs'), home]) {
    const names = existsSync(dir) && statSync(dir).isDirectory() ? readdirSync(dir) : []
    if (names.some(name => /^kafka_2\.\d+-[\d.]+.*\.jar$/.test(name))) return dir
  }
  return undefined
}

export function versionIn(jars: string): string {
  const jar = readdirSync(jars).find(name => /^kafka_2\.\d+-[\d.]+.*\.jar$/.test(name))
  return /^kafka_2\.\d+-([\d.]+)/.exec(jar ?? '')?.[1].replace(/\.$/, '') ?? 'unknown'
}

/** What runs a node: Java, jars, and the archive of their classes when one was made. */
export interface KafkaInstall {
  java: string
  jars: string
  version: string
  archive: string
  hasArchive: boolean
}

/** Given on the command line, by KAFKA_HOME, or installed by chronik. Throws, with what to do, when something is missing. */
export function findKafka(options: EngineOptions): KafkaInstall {
  const java = findJava()
  if (!java)
    throw new ChronikError(
      'CHRONIK_NO_JAVA',
      EXIT.environment,
      'Kafka needs Java 17; none on PATH or in JAVA_HOME. Everything but --engine kafka works without.',
      {next: 'chronik doctor'},
    )
  const home = options.kafkaHome ?? (process.env.KAFKA_HOME || installedHome())
  const jars = jarsIn(home)
  if (!jars)
    throw new ChronikError(
      'CHRONIK_NO_KAFKA',
      EXIT.environment,
      `No Kafka in ${home}: a distribution, or a folder of jars, is given by --kafka-home DIR or KAFKA_HOME.`,
      {next: 'chronik engine install kafka'},
    )
  const archive = join(cacheDir(), `kafka-${archiveName(java, jars)}.jsa`)
  return {java, jars, version: versionIn(jars), archive, hasArchive: existsSync(archive)}
}

/** An archive fits one Java and one list of jars. */
function archiveName(java: string, jars: string): string {
  const stat = statSync(java)
  const names = readdirSync(jars).filter(name => name.endsWith('.jar'))
  const text = `${java} ${stat.mtimeMs} ${stat.size}\n${jars}\n${names.sort().join('\n')}`
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
