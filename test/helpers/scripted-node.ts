import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {DEFAULT_SETTINGS, type NodeConfig} from '../../src/contracts/node-config.ts'
import {embedded} from '../../src/engines/embedded.ts'
import {ProcessHandle} from '../../src/supervisor/process-handle.ts'
import {ProcessList} from '../../src/supervisor/process-list.ts'

/** What a scripted node prints where a broker says that it is ready. */
export const READY = `fs.writeSync(3, JSON.stringify({ready: {pid: process.pid, incarnation: 'i', kafkaPort: 1, raftPort: 2, controlPath: 'c'}}) + '\\n')`

export function scriptedConfig(dir: string): NodeConfig {
  return {
    formatVersion: 1,
    clusterId: '0'.repeat(32),
    clusterName: 'default',
    node: 1,
    dataDir: join(dir, 'node1'),
    kafka: {host: '127.0.0.1', port: 1},
    raft: {host: '127.0.0.1', port: 2},
    secret: 'the secret of the peers',
    controlPath: join(dir, 'n1.sock'),
    peers: [],
    voters: [1],
    readyFd: 3,
    exitOnStdinEnd: true,
    settings: DEFAULT_SETTINGS,
  }
}

/** A handle of a node whose program is this text, with `fs` imported; it ends when its standard input does. */
export function scripted(
  dir: string,
  program: string,
  o: {logBytesMax?: number; dir?: string; flooded?(bytes: number): void} = {},
): ProcessHandle {
  const file = join(dir, 'program.mjs')
  writeFileSync(file, `import fs from 'node:fs'\nprocess.stdin.resume().on('end', () => process.exit())\n${program}\n`)
  return new ProcessHandle(
    o.dir ?? dir,
    scriptedConfig(dir),
    {
      engine: {
        ...embedded,
        launch: (node, at) => ({...embedded.launch(node, at), args: [file, join(at.dir, 'node1.conf')]}),
      },
      cluster: {dir: o.dir ?? dir, options: {}},
    },
    new ProcessList(dir),
    {
      changed: () => undefined,
      group: () => undefined,
      starting: async () => undefined,
      ready: async () => undefined,
      ran: () => undefined,
      noticed: () => undefined,
      vanished: () => undefined,
      exited: () => undefined,
      flooded: bytes => o.flooded?.(bytes),
    },
    o,
  )
}
