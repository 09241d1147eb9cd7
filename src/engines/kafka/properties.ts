import {Buffer} from 'node:buffer'
import type {NodeConfig} from '../../contracts/node-config.ts'

/** A universally unique id as Kafka writes it: 16 bytes in base64url. `hex`: 32 digits. */
export function kafkaUuid(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url')
}

/**
 * Timing that is as quick as Kafka stays stable at: an idle leader holds a fetch for 500 ms, which no setting changes, so that a fetch timeout near that
 * is an election without end. The session timeout rules how long a full restart takes.
 */
const QUICK: Record<string, string> = {
  'controller.quorum.election.timeout.ms': '500',
  'controller.quorum.fetch.timeout.ms': '1200',
  'controller.quorum.election.backoff.max.ms': '200',
  'controller.quorum.request.timeout.ms': '1000',
  'broker.heartbeat.interval.ms': '300',
  'broker.session.timeout.ms': '2000',
  'replica.fetch.wait.max.ms': '100',
}

const SMALL: Record<string, string> = {
  'num.network.threads': '1',
  'num.io.threads': '2',
  'background.threads': '2',
  'log.cleaner.dedupe.buffer.size': '2097152',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '1',
}

/** `server.properties` of one node: what it is, where its peers are as it is told, then quick and small defaults, then what the user set. */
export function serverProperties(node: NodeConfig, dataDir: string, own: Record<string, string>): string {
  const {settings} = node
  const at = (a: NodeConfig['raft'] | NodeConfig['peers'][number]['raft']): string =>
    'path' in a ? a.path : `${a.host}:${a.port}`
  const listeners = `PLAINTEXT://${at(node.kafka)},CONTROLLER://${at(node.raft)}`
  const members = [{node: node.node, raft: node.raft}, ...node.peers].sort((a, b) => a.node - b.node)
  const replicas = String(settings['default.replication.factor'])
  const inSync = String(settings['min.insync.replicas'])
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.node),
    listeners,
    'advertised.listeners': listeners,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': members.map(m => `${m.node}@${at(m.raft)}`).join(','),
    'log.dirs': dataDir,
    'default.replication.factor': replicas,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'share.coordinator.state.topic.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.min.isr': inSync,
    'num.partitions': String(settings['num.partitions']),
    'auto.create.topics.enable': String(settings['auto.create.topics.enable']),
    'message.max.bytes': String(settings['message.max.bytes']),
    'log.segment.bytes': String(settings['segment.bytes']),
    'replica.lag.time.max.ms': String(settings['replica.lag.time.max.ms']),
    ...(settings.timing === 'calm' ? {} : QUICK),
    ...SMALL,
    ...own,
  }
  return Object.entries(all)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join('')
}

/** A value of a Java properties file: a backslash begins an escape, and no value has an end of line. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replace(/[\r\n]/g, ' ')
}

/** `meta.properties`, which makes a folder a node's log directory; `format` writes the same. */
export function metaProperties(o: {clusterId: string; node: number; directoryId: string}): string {
  return `version=1\ncluster.id=${kafkaUuid(o.clusterId)}\nnode.id=${o.node}\ndirectory.id=${kafkaUuid(o.directoryId)}\n`
}

/** What a node prints goes to its log with a time in front; XML, so that no parser of another form is needed. */
export const LOG4J2 = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="OFF">
  <Appenders>
    <Console name="out">
      <PatternLayout pattern="%d{yyyy-MM-dd'T'HH:mm:ss.SSS}{UTC}Z %p %m (%c{1})%n%throwable"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="out"/></Root>
    <Logger name="kafka" level="INFO"/>
    <Logger name="org.apache.kafka" level="INFO"/>
  </Loggers>
</Configuration>
`
