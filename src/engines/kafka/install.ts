import {type ChildProcess, spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../../base/errors.ts'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../contracts/node-config.ts'
import {cacheDir, findJava, findKafka, installedHome, jarsIn, KAFKA_VERSION, type KafkaInstall, onPath} from './find.ts'
import {kafkaArgs} from './index.ts'
import {STARTED} from './log.ts'
import {LOG4J2, metaProperties, serverProperties} from './properties.ts'

const FETCH_MS = 300_000
const ARCHIVE_MS = 60_000
const LOG4J_VERSION = '2.25.3'

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>chronik</groupId><artifactId>kafka-home</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version></dependency>
  </dependencies>
</project>
`

/** Fetches Kafka's jars with Maven into the user's cache (about 44 MB); a second call finds them there. Gives the folder. */
export async function installKafka(say: (line: string) => void): Promise<string> {
  const home = installedHome()
  if (!findJava())
    throw new ChronikError('CHRONIK_NO_JAVA', EXIT.environment, 'Kafka needs Java 17; none on PATH or in JAVA_HOME.')
  if (jarsIn(home)) {
    say(`Kafka ${KAFKA_VERSION} is in ${home} already`)
    return home
  }
  const maven = onPath('mvn')
  if (!maven)
    throw new ChronikError(
      'CHRONIK_NO_MAVEN',
      EXIT.environment,
      'Maven (mvn) is not on PATH; it fetches the jars. Without it: a Kafka distribution of your own, --kafka-home DIR.',
    )
  mkdirSync(cacheDir(), {recursive: true})
  const work = mkdtempSync(join(cacheDir(), 'kafka-fetch-'))
  try {
    writeFileSync(join(work, 'pom.xml'), POM)
    say(`fetching Kafka ${KAFKA_VERSION} with ${maven} …`)
    const words = [
      '-q',
      '-B',
      '-ntp',
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      '-DoutputDirectory=libs',
    ]
    const child = spawn(maven, words, {cwd: work, stdio: ['ignore', 'pipe', 'pipe']})
    const {how, printed} = await ended(child, FETCH_MS)
    if (how !== 'exit 0' || !jarsIn(work))
      throw new ChronikError(
        'CHRONIK_FETCH',
        EXIT.environment,
        `Maven did not fetch Kafka (${how}): ${printed.split('\n').find(line => /ERROR/.test(line)) ?? 'it printed nothing'}`,
      )
    // In place under its name at once, or not at all.
    if (existsSync(home)) rmSync(home, {recursive: true, force: true})
    renameSync(work, home)
    return home
  } finally {
    rmSync(work, {recursive: true, force: true})
  }
}

/**
 * Makes the archive of classes that halves the start of every later node: one node runs alone until it has started, and writes it as it ends. Gives
 * false when one was there.
 */
export async function makeArchive(kafkaHome: string | undefined, ports: [number, number]): Promise<boolean> {
  const install = findKafka(kafkaHome === undefined ? {} : {kafkaHome})
  if (install.hasArchive) return false
  mkdirSync(cacheDir(), {recursive: true})
  const dir = mkdtempSync(join(tmpdir(), 'chronik-kafka-archive-'))
  try {
    await recordClasses(install, dir, ports)
  } finally {
    rmSync(dir, {recursive: true, force: true})
  }
  return true
}

async function recordClasses(
  install: KafkaInstall,
  dir: string,
  [kafkaPort, raftPort]: [number, number],
): Promise<void> {
  const at = (port: number) => ({host: '127.0.0.1', port})
  const clusterId = randomBytes(16).toString('hex')
  const node: NodeConfig = {
    formatVersion: 1,
    clusterId,
    clusterName: 'archive',
    node: 1,
    dataDir: dir,
    kafka: at(kafkaPort),
    raft: at(raftPort),
    secret: '',
    controlPath: '',
    peers: [],
    voters: [1],
    exitOnStdinEnd: true,
    settings: {...DEFAULT_SETTINGS, 'min.insync.replicas': 1, 'default.replication.factor': 1},
  }
  const data = join(dir, 'data')
  mkdirSync(data)
  const directoryId = randomBytes(16).toString('hex')
  writeFileSync(join(data, 'meta.properties'), metaProperties({clusterId, node: 1, directoryId}))
  writeFileSync(join(dir, 'log4j2.xml'), LOG4J2)
  writeFileSync(join(dir, 'server.properties'), serverProperties(node, data, {}))
  const draft = join(dir, 'classes.jsa')
  const args = kafkaArgs(install, join(dir, 'log4j2.xml'), join(dir, 'server.properties'), [
    `-XX:ArchiveClassesAtExit=${draft}`,
  ])
  const child = spawn(install.java, args, {cwd: dir, stdio: ['ignore', 'pipe', 'pipe']})
  child.stdout?.on('data', (chunk: Buffer) => {
    if (STARTED.test(chunk.toString('utf8'))) child.kill('SIGTERM')
  })
  const {how, printed} = await ended(child, ARCHIVE_MS)
  if (!existsSync(draft))
    throw new ChronikError(
      'CHRONIK_ARCHIVE',
      EXIT.environment,
      `No class archive was made (${how}): ${printed.split('\n').filter(Boolean).at(-1) ?? ''}`,
    )
  writeFileSync(`${install.archive}.tmp`, readFileSync(draft))
  renameSync(`${install.archive}.tmp`, install.archive)
}

function ended(child: ChildProcess, withinMs: number): Promise<{how: string; printed: string}> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const keep = (chunk: Buffer): void => {
      printed = (printed + chunk.toString('utf8')).slice(-65_536)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
    child.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({how: signal ?? `exit ${code}`, printed})
    })
  })
}
