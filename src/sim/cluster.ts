import {utf8} from '../base/bytes.ts'
import type {BrokerParts} from '../broker/parts.ts'
import {DEFAULT_SETTINGS, type NodeConfig, type NodeIdentity, type NodeSettings} from '../contracts/node-config.ts'
import {Machine, type MachineEvents} from './machine.ts'
import {SimNetwork} from './network.ts'
import {Streams} from './streams.ts'
import {World} from './world.ts'

export const KAFKA_PORT = 9092
export const RAFT_PORT = 9192

export interface ClusterOptions {
  seed: number
  nodes: number
  /** Machines that are there, and are no nodes yet. */
  spares?: number
  settings?: Partial<NodeSettings>
  parts: BrokerParts
  events: MachineEvents
}

/** Machines that run the broker, on one network, in one world. */
export class SimCluster {
  readonly world = new World()
  readonly streams: Streams
  readonly network: SimNetwork
  /** The nodes of the cluster. */
  readonly machines: Machine[] = []
  /** Machines that may become nodes. */
  readonly spares: Machine[] = []
  /** Every machine, of whatever kind, by number. */
  readonly all: Machine[] = []

  constructor(options: ClusterOptions) {
    const {seed, nodes, spares = 0, parts, events} = options
    this.streams = new Streams(seed)
    this.network = new SimNetwork(this.world, this.streams)
    this.network.peerPort = RAFT_PORT
    for (let id = 1; id <= nodes + spares; id++) {
      const config = configOf(id, nodes, {...DEFAULT_SETTINGS, ...options.settings})
      const machine = new Machine({
        world: this.world,
        network: this.network,
        streams: this.streams,
        seed,
        config,
        parts,
        events,
      })
      giveIdentity(machine, config)
      this.all.push(machine)
      if (id <= nodes) this.machines.push(machine)
      else this.spares.push(machine)
    }
  }

  machine(id: number): Machine {
    return this.all[id - 1]
  }

  enter(machine: Machine): void {
    this.spares.splice(this.spares.indexOf(machine), 1)
    this.machines.push(machine)
  }

  exit(machine: Machine): void {
    this.machines.splice(this.machines.indexOf(machine), 1)
  }
}

function configOf(node: number, nodes: number, settings: NodeSettings): NodeConfig {
  const all = Array.from({length: nodes}, (_, i) => i + 1)
  return {
    formatVersion: 1,
    clusterId: 'simulated',
    clusterName: 'simulated',
    node,
    dataDir: `/n${node}`,
    kafka: {host: `n${node}`, port: KAFKA_PORT},
    raft: {host: `n${node}`, port: RAFT_PORT},
    secret: 'c0ffee',
    controlPath: 'control',
    peers: all
      .filter(other => other !== node)
      .map(other => ({
        node: other,
        raft: {host: `n${other}`, port: RAFT_PORT},
        kafka: {host: `n${other}`, port: KAFKA_PORT},
      })),
    voters: all,
    exitOnStdinEnd: false,
    settings,
  }
}

/** `node.json` is made by the lab before the first start, synced. */
export function giveIdentity(machine: Machine, config: NodeConfig, directory = 1): void {
  const identity: NodeIdentity = {
    formatVersion: 1,
    clusterId: config.clusterId,
    node: config.node,
    directoryId: `${config.node}`.repeat(16).slice(0, 16) + `${directory}`.padStart(16, '0'),
  }
  machine.disk.put('node.json', utf8(`${JSON.stringify(identity)}\n`))
}
