import {mkdirSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, EXIT} from '../../base/errors.ts'
import type {EngineOptions} from '../../contracts/engine.ts'
import type {Engine} from '../engine.ts'
import {ServerAttendance} from './attendance.ts'
import {ABOVE, configFile, dataOf, fileArgs, flagArgs, type Generation, generationOf} from './command-line.ts'
import {contract} from './contract.ts'

/** The Rust server that chronik's framing and log phrases come from; the program is the user's. */
export const chronikServer: Engine = {
  name: 'chronik-server',
  contract,
  ports: {kafka: 39_092, raftOffset: ABOVE.raft, step: 20, more: [ABOVE.admin, ABOVE.metrics, ABOVE.wal]},
  async availability(options) {
    try {
      const {binary, generation} = findServer(options)
      const found = `${binary}, started by ${generation === 'start' ? 'a configuration file' : 'flags (raft-cluster)'}`
      return {name: 'chronik-server', available: true, found, missing: ''}
    } catch (error) {
      return {name: 'chronik-server', available: false, found: '', missing: (error as Error).message}
    }
  },
  prepare: node => mkdirSync(dataOf(node), {recursive: true, mode: 0o700}),
  launch(node, {dir, options}) {
    const {binary, generation} = findServer(options)
    const env = {RUST_LOG: 'info'}
    if (generation === 'raft-cluster') return {command: binary, args: flagArgs(node), env, guarded: true}
    const file = join(dir, `node${node.node}.conf`)
    writeFileSync(file, configFile(node), {mode: 0o600})
    return {command: binary, args: fileArgs(file), env, guarded: true}
  },
  attend: (node, life) => new ServerAttendance(node, life),
}

const GENERATIONS = new Map<string, Generation | string>()

function findServer({binary}: EngineOptions): {binary: string; generation: Generation} {
  const missing = (message: string): ChronikError => new ChronikError('CHRONIK_NO_SERVER', EXIT.environment, message)
  if (!binary) throw missing('No chronik-server: the program is yours, and given by --binary PATH or CHRONIK_SERVER.')
  const stat = statSync(binary, {throwIfNoEntry: false})
  if (!stat?.isFile()) throw missing(`${binary} is no file: --binary PATH or CHRONIK_SERVER names a chronik-server.`)
  // Asked once for each file: a node is started while others are being watched.
  const key = `${binary} ${stat.mtimeMs} ${stat.size}`
  const generation = GENERATIONS.get(key) ?? generationOf(binary)
  GENERATIONS.set(key, generation)
  if (generation !== 'start' && generation !== 'raft-cluster')
    throw missing(`${binary} is no chronik-server that can be run as a cluster: ${generation}.`)
  return {binary, generation}
}
