import type {EngineContract, EngineName} from '../../contracts/engine.ts'
import {chronikServer} from '../chronik-server/index.ts'
import {embedded} from '../embedded.ts'
import {kafka} from '../kafka/index.ts'

export const NOT_OURS = 'the lab did not start these nodes: this is done to clusters of its own'

/** What reaches its nodes comes from elsewhere, and may take its time. */
const LEADER_WITHIN_MS = 30_000

/** What holds for nodes that the lab did not start: the rules of what they run, and none of the faults that need a process or a link of its own. */
export function attachedContract(runs: EngineName | undefined): EngineContract {
  const known = [embedded, kafka, chronikServer].find(e => e.name === runs)?.contract
  const base = known ?? kafka.contract
  return {
    metadataGroup: base.metadataGroup,
    acknowledged: known ? known.acknowledged : 'what its brokers mean by it: not known here',
    rules: {
      ...base.rules,
      // Only the quorum of the metadata is told of over the Kafka protocol.
      opaqueTopics: true,
      // A restart may lose what nobody here knows how to read.
      ...(known ? {} : {commitOnDisk: false}),
      leaderWithinMs: LEADER_WITHIN_MS,
    },
    cannot: {
      links: NOT_OURS,
      disk: NOT_OURS,
      clock: NOT_OURS,
      'power-loss': NOT_OURS,
      'crash-points': NOT_OURS,
      plants: NOT_OURS,
      members: NOT_OURS,
    },
  }
}
