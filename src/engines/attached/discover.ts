import {ChronikError, EXIT, messageOf} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {KafkaCluster} from '../../client/metadata.ts'
import {DESCRIBE_QUORUM} from '../../client/quorum.ts'
import {apiVersions} from '../../client/versions.ts'
import {type AttachedNode, nodeOfBroker, type Runs} from '../../contracts/attached.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {nodeNetwork} from '../../io/node/network.ts'
import type {Address} from '../../io/ports.ts'
import {isHost} from './command.ts'

const PORTS = {clock: nodeClock, network: nodeNetwork}
/** Brokers in KRaft mode know this; the embedded one, whose members come and go otherwise, does not. */
const UNREGISTER_BROKER = 64
const BROKER_MAX = 9_998

export interface Discovered {
  nodes: AttachedNode[]
  runs?: Runs
  shift?: 1
}

/** What the brokers of a cluster say of it: who they are, and what they speak. Asks one after the other until one answers. */
export async function discover(bootstrap: readonly Address[], withinMs: number): Promise<Discovered> {
  const cluster = new KafkaCluster(PORTS, bootstrap, 'chronik')
  const silent: string[] = []
  try {
    for (const at of bootstrap) {
      try {
        await cluster.refresh([], withinMs, cluster.to(at))
        const apis = await apiVersions(cluster.to(at), withinMs)
        const runs = runsOf(apis, cluster.clusterId)
        return {...nodesOf(cluster.brokers), ...(runs ? {runs} : {})}
      } catch (error) {
        if (error instanceof ChronikError) throw error
        silent.push(`${at.host}:${at.port} ${messageOf(error)}`)
      }
    }
  } finally {
    cluster.close()
  }
  throw new ChronikError(
    'CHRONIK_NO_BROKER',
    EXIT.environment,
    `No broker answers: ${silent.map(s => oneLine(s)).join('; ')}.`,
  )
}

/** Whose rules hold: seen by what it speaks, and by how it names itself. */
function runsOf(apis: ReadonlyMap<number, unknown>, clusterId: string | undefined): Runs | undefined {
  if (!apis.has(DESCRIBE_QUORUM)) return undefined
  if (apis.has(UNREGISTER_BROKER)) return 'kafka'
  return /^[0-9a-f]{32}$/.test(clusterId ?? '') ? 'embedded' : undefined
}

function nodesOf(brokers: ReadonlyMap<number, Address>): Pick<Discovered, 'nodes' | 'shift'> {
  const refuse = (message: string): ChronikError => new ChronikError('CHRONIK_NOT_ATTACHED', EXIT.environment, message)
  if (brokers.size === 0) throw refuse('The broker that answered knows of no broker.')
  const shift = brokers.has(0) ? 1 : 0
  const nodes = [...brokers]
    .map(([broker, {host, port}]) => {
      if (!isHost(host))
        throw refuse(
          `Broker ${broker} says that clients reach it at "${oneLine(host).slice(0, 80)}": that is no name of a host.`,
        )
      if (broker < 0 || broker > BROKER_MAX)
        throw refuse(`Broker ${broker} has a number that chronik gives no node: 0 to ${BROKER_MAX} are known to it.`)
      if (port < 1 || port > 65_535) throw refuse(`Broker ${broker} says that its port is ${port}.`)
      return {node: nodeOfBroker(broker, shift), host, port}
    })
    .sort((a, b) => a.node - b.node)
  return {nodes, ...(shift ? {shift} : {})}
}
