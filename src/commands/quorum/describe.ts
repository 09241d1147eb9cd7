import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT} from '../../base/errors.ts'
import {Unanswered} from '../../client/connection.ts'
import {describeQuorum, type Quorum, type QuorumReplica} from '../../client/quorum.ts'
import {nodeClock} from '../../io/node/clock.ts'
import {KafkaCommand} from '../kafka.ts'

const ASK_MS = 2_000
const AGAIN_MS = 50

export default class QuorumDescribe extends KafkaCommand {
  static override summary = "The metadata quorum in kafka-metadata-quorum's fields and order."
  static override description =
    "Asked of the nodes over the wire (DescribeQuorum) until the leader answers. An offset is a Raft index: an end and the high watermark stand behind the last one. Numbers are the brokers' own, also where nodes are numbered one above them."
  static override usage = '[--status|--replication]'
  static override examples = ['chronik quorum describe', 'chronik quorum describe --replication']
  static override flags = {
    status: Flags.boolean({summary: 'leader, epoch, high watermark, lag (the default)', exclusive: ['replication']}),
    replication: Flags.boolean({summary: 'one line a replica'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof QuorumDescribe.flags>): Promise<void> {
    const {bootstrap, clusterId} = await this.cluster()
    const quorum = await this.#ask(bootstrap)
    if (this.asJson) this.json({clusterId, ...quorum})
    else this.out(flags.replication ? replication(quorum) : status(quorum, clusterId))
  }

  /** Each node in turn, over and over: only the leader can tell, and it may be about to change. */
  async #ask(bootstrap: readonly string[]): Promise<Quorum> {
    const cluster = this.clientOf(bootstrap)
    const until = nodeClock.monotonicMs() + this.timeoutMs
    try {
      while (nodeClock.monotonicMs() < until) {
        for (const _ of bootstrap) {
          const left = Math.max(1, until - nodeClock.monotonicMs())
          try {
            const quorum = await describeQuorum(cluster.any(), Math.min(ASK_MS, left))
            if (typeof quorum !== 'number') return quorum
          } catch (error) {
            if (!(error instanceof Unanswered)) throw error
          }
        }
        await cluster.pause(AGAIN_MS)
      }
    } finally {
      cluster.close()
    }
    throw new ChronikError('CHRONIK_NO_LEADER', EXIT.labState, 'No node says that it leads the metadata quorum.', {
      next: 'chronik status',
    })
  }
}

/** Kafka writes 16 bytes as base64 without padding, for URLs. */
function uuid(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url')
}

function status(quorum: Quorum, clusterId: string): string {
  const leader = quorum.voters.find(v => v.node === quorum.leader)
  const followers = [...quorum.voters, ...quorum.observers].filter(v => v.node !== quorum.leader)
  const lag = leader ? Math.max(0, ...followers.map(f => leader.logEndOffset - f.logEndOffset)) : -1
  const behind = Math.min(...followers.map(f => f.lastCaughtUpMs))
  const lagMs = !leader || behind < 0 ? -1 : followers.length === 0 ? 0 : Math.max(0, leader.lastCaughtUpMs - behind)
  const named = (replicas: readonly QuorumReplica[]): string =>
    JSON.stringify(
      replicas.map(r => {
        const listeners = quorum.nodes.find(n => n.node === r.node)?.listeners ?? []
        const endpoints = listeners.map(l => `${l.name}://${l.host}:${l.port}`)
        return {id: r.node, directoryId: uuid(r.directoryId), ...(endpoints.length > 0 ? {endpoints} : {})}
      }),
    )
  const fields: Array<[string, string | number]> = [
    ['ClusterId', clusterId],
    ['LeaderId', quorum.leader],
    ['LeaderEpoch', quorum.epoch],
    ['HighWatermark', quorum.highWatermark],
    ['MaxFollowerLag', lag],
    ['MaxFollowerLagTimeMs', lagMs],
    ['CurrentVoters', named(quorum.voters)],
    ['CurrentObservers', named(quorum.observers)],
  ]
  return fields.map(([name, value]) => `${`${name}:`.padEnd(24)}${value}`).join('\n')
}

function replication(quorum: Quorum): string {
  const leader = quorum.voters.find(v => v.node === quorum.leader)
  const words = (r: QuorumReplica, word: string): string =>
    [
      r.node,
      uuid(r.directoryId),
      r.logEndOffset,
      leader ? leader.logEndOffset - r.logEndOffset : -1,
      r.lastFetchMs,
      r.lastCaughtUpMs,
      word,
    ].join('\t')
  const head = 'NodeId\tDirectoryId           \tLogEndOffset\tLag\tLastFetchTimestamp\tLastCaughtUpTimestamp\tStatus'
  return [
    head,
    ...quorum.voters.filter(v => v.node === quorum.leader).map(v => words(v, 'Leader')),
    ...quorum.voters.filter(v => v.node !== quorum.leader).map(v => words(v, 'Follower')),
    ...quorum.observers.map(o => words(o, 'Observer')),
  ].join('\n')
}
