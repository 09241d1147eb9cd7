import {defaultRaftParts} from '../raft/parts.ts'
import type {RaftParts} from '../raft/types.ts'
import {defaultWalParts, type WalParts} from '../wal/parts.ts'
import {defaultGroupRules, type GroupRules} from './group-rules.ts'
import {defaultMetadataRules, type MetadataRules} from './metadata/rules.ts'
import {defaultPartitionRules, type PartitionRules} from './partition/rules.ts'

/** Everything in a broker that a planted bug may replace: plain functions, in the room that owns them. The production node knows nothing of plants. */
export interface BrokerParts {
  raft: RaftParts
  wal: WalParts
  group: GroupRules
  partition: PartitionRules
  metadata: MetadataRules
}

export const defaultBrokerParts: BrokerParts = {
  raft: defaultRaftParts,
  wal: defaultWalParts,
  group: defaultGroupRules,
  partition: defaultPartitionRules,
  metadata: defaultMetadataRules,
}
