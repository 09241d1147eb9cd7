import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import type {NodeConfig} from '../../contracts/node-config.ts'

/** `raft-cluster`: everything in flags (2.5.0) · `start`: a configuration file. */
export type Generation = 'raft-cluster' | 'start'

const HELP_MS = 10_000

/** Which of both a program is, by the commands that its help lists; a sentence when it is neither. */
export function generationIn(help: string): Generation | string {
  const commands = new Set([...help.matchAll(/^\s{2,}([a-z][a-z-]*)(?:\s{2,}|\s*$)/gm)].map(m => m[1]))
  if (commands.has('raft-cluster')) return 'raft-cluster'
  if (commands.has('start')) return 'start'
  return 'its --help lists neither the command raft-cluster nor start'
}

/** Asks the program for its help. */
export function generationOf(binary: string): Generation | string {
  const asked = spawnSync(binary, ['--help'], {encoding: 'utf8', timeout: HELP_MS, stdio: ['ignore', 'pipe', 'pipe']})
  if (asked.error) return asked.error.message
  return generationIn(`${asked.stdout}\n${asked.stderr}`)
}

/** Ports of one node, above its Kafka port; the server itself takes the one for its WAL, ten above. */
export const ABOVE = {raft: 1, admin: 2, metrics: 3, wal: 10} as const

/** What the newer server listens on besides, whatever it is told: one such cluster a machine. */
export function fixedPorts(node: number): number[] {
  return [10_000 + node, 13_000 + node, 6_091 + node]
}

const HOST = '127.0.0.1'

export function flagArgs(node: NodeConfig): string[] {
  const {port} = node.kafka
  const peers = node.peers.map(p => `${p.node}@${addressOf(p.raft)}`).join(',')
  return [
    '--bind-addr',
    HOST,
    '--kafka-port',
    String(port),
    '--admin-port',
    String(port + ABOVE.admin),
    '--metrics-port',
    String(port + ABOVE.metrics),
    '--advertised-addr',
    HOST,
    '--node-id',
    String(node.node),
    '--data-dir',
    dataOf(node),
    'raft-cluster',
    '--raft-addr',
    addressOf(node.raft),
    '--peers',
    peers,
    '--bootstrap',
  ]
}

/** The file that the newer server is started with; TOML. */
export function configFile(node: NodeConfig): string {
  const addresses = (kafka: number, raft: string): string =>
    `kafka = "${HOST}:${kafka}"\nwal = "${HOST}:${kafka + ABOVE.wal}"\nraft = "${raft}"\n`
  const own = addresses(node.kafka.port, addressOf(node.raft))
  const members = [{node: node.node, kafka: node.kafka, raft: addressOf(node.raft)}]
  for (const p of node.peers) members.push({node: p.node, kafka: p.kafka, raft: addressOf(p.raft)})
  members.sort((a, b) => a.node - b.node)
  return [
    'enabled = true\n',
    `node_id = ${node.node}\n`,
    `data_dir = ${JSON.stringify(dataOf(node))}\n`,
    `replication_factor = ${node.settings['default.replication.factor']}\n`,
    `min_insync_replicas = ${node.settings['min.insync.replicas']}\n\n`,
    `[bind]\n${own}\n[advertise]\n${own}`,
    ...members.map(m => `\n[[peers]]\nid = ${m.node}\n${addresses(m.kafka.port, m.raft)}`),
  ].join('')
}

export function fileArgs(config: string): string[] {
  return ['start', '--config', config, '--bind', HOST, '--advertise', HOST]
}

export function dataOf(node: NodeConfig): string {
  return join(node.dataDir, 'data')
}

function addressOf(at: NodeConfig['raft'] | NodeConfig['peers'][number]['raft']): string {
  return 'path' in at ? at.path : `${at.host}:${at.port}`
}
