import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, messageOf} from '../../base/errors.ts'
import type {NodeConfig, NodeIdentity} from '../../contracts/node-config.ts'
import type {Engine} from '../engine.ts'
import {KafkaAttendance} from './attendance.ts'
import {contract} from './contract.ts'
import {findKafka, type KafkaInstall} from './find.ts'
import {LOG4J2, metaProperties, serverProperties} from './properties.ts'

/** Small heaps and a quick compiler: a node is for an experiment, not for a year. */
export const JVM_FLAGS = [
  '-Xms64m',
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-Xshare:auto',
] as const

/** Apache Kafka in KRaft mode: each node is broker and controller in one Java process. */
export const kafka: Engine = {
  name: 'kafka',
  contract,
  ports: {kafka: 29_092, raftOffset: 1, step: 20, more: []},
  async availability(options) {
    try {
      const {java, jars, version, hasArchive} = findKafka(options)
      const archive = hasArchive ? '' : ', no class archive yet (starts take twice as long)'
      return {name: 'kafka', available: true, found: `Kafka ${version} in ${jars}, ${java}${archive}`, missing: ''}
    } catch (error) {
      const next = error instanceof ChronikError ? error.next : undefined
      return {name: 'kafka', available: false, found: '', missing: messageOf(error), ...(next ? {next} : {})}
    }
  },
  /** Kafka's own `format` writes no more than this where every voter is named in the properties. */
  prepare(node) {
    const data = dataOf(node)
    if (existsSync(data)) return
    mkdirSync(data, {mode: 0o700})
    const {directoryId} = JSON.parse(readFileSync(join(node.dataDir, 'node.json'), 'utf8')) as NodeIdentity
    writeFileSync(
      join(data, 'meta.properties'),
      metaProperties({clusterId: node.clusterId, node: node.node, directoryId}),
      {mode: 0o600},
    )
  },
  launch(node, {dir, options}) {
    const install = findKafka(options)
    const properties = join(dir, `node${node.node}.conf`)
    const log4j2 = join(dir, `node${node.node}.conf.log4j2.xml`)
    writeFileSync(properties, serverProperties(node, dataOf(node), options.properties ?? {}), {mode: 0o600})
    writeFileSync(log4j2, LOG4J2, {mode: 0o600})
    return {command: install.java, args: kafkaArgs(install, log4j2, properties), guarded: true}
  },
  attend: (node, life) => new KafkaAttendance(node, life),
}

/** The words behind `java` that run one node. */
export function kafkaArgs(install: KafkaInstall, log4j2: string, properties: string, more: string[] = []): string[] {
  return [
    ...JVM_FLAGS,
    ...(install.hasArchive ? [`-XX:SharedArchiveFile=${install.archive}`] : []),
    ...more,
    `-Dlog4j2.configurationFile=file:${log4j2}`,
    '-cp',
    join(install.jars, '*'),
    'kafka.Kafka',
    properties,
  ]
}

function dataOf(node: NodeConfig): string {
  return join(node.dataDir, 'data')
}
