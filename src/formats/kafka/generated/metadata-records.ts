// Made by scripts/kafka-codecs.mjs from the schemas of type "metadata".
import type {WireReader} from '../wire.ts'
import {readRegisterBrokerRecord} from './register-broker-record.ts'
import {readUnregisterBrokerRecord} from './unregister-broker-record.ts'
import {readTopicRecord} from './topic-record.ts'
import {readPartitionRecord} from './partition-record.ts'
import {readConfigRecord} from './config-record.ts'
import {readPartitionChangeRecord} from './partition-change-record.ts'
import {readFenceBrokerRecord} from './fence-broker-record.ts'
import {readUnfenceBrokerRecord} from './unfence-broker-record.ts'
import {readRemoveTopicRecord} from './remove-topic-record.ts'
import {readDelegationTokenRecord} from './delegation-token-record.ts'
import {readUserScramCredentialRecord} from './user-scram-credential-record.ts'
import {readFeatureLevelRecord} from './feature-level-record.ts'
import {readClientQuotaRecord} from './client-quota-record.ts'
import {readProducerIdsRecord} from './producer-ids-record.ts'
import {readBrokerRegistrationChangeRecord} from './broker-registration-change-record.ts'
import {readAccessControlEntryRecord} from './access-control-entry-record.ts'
import {readRemoveAccessControlEntryRecord} from './remove-access-control-entry-record.ts'
import {readNoOpRecord} from './no-op-record.ts'
import {readZkMigrationStateRecord} from './zk-migration-record.ts'
import {readRemoveUserScramCredentialRecord} from './remove-user-scram-credential-record.ts'
import {readBeginTransactionRecord} from './begin-transaction-record.ts'
import {readEndTransactionRecord} from './end-transaction-record.ts'
import {readAbortTransactionRecord} from './abort-transaction-record.ts'
import {readRemoveDelegationTokenRecord} from './remove-delegation-token-record.ts'
import {readRegisterControllerRecord} from './register-controller-record.ts'
import {readClearElrRecord} from './clear-elr-record.ts'

export const METADATA_RECORDS: ReadonlyMap<number, {name: string; last: number; read(r: WireReader, v: number): object}> = new Map([
  [0, {name: 'RegisterBrokerRecord', last: 4, read: readRegisterBrokerRecord}],
  [1, {name: 'UnregisterBrokerRecord', last: 0, read: readUnregisterBrokerRecord}],
  [2, {name: 'TopicRecord', last: 0, read: readTopicRecord}],
  [3, {name: 'PartitionRecord', last: 2, read: readPartitionRecord}],
  [4, {name: 'ConfigRecord', last: 0, read: readConfigRecord}],
  [5, {name: 'PartitionChangeRecord', last: 2, read: readPartitionChangeRecord}],
  [7, {name: 'FenceBrokerRecord', last: 0, read: readFenceBrokerRecord}],
  [8, {name: 'UnfenceBrokerRecord', last: 0, read: readUnfenceBrokerRecord}],
  [9, {name: 'RemoveTopicRecord', last: 0, read: readRemoveTopicRecord}],
  [10, {name: 'DelegationTokenRecord', last: 0, read: readDelegationTokenRecord}],
  [11, {name: 'UserScramCredentialRecord', last: 0, read: readUserScramCredentialRecord}],
  [12, {name: 'FeatureLevelRecord', last: 0, read: readFeatureLevelRecord}],
  [14, {name: 'ClientQuotaRecord', last: 0, read: readClientQuotaRecord}],
  [15, {name: 'ProducerIdsRecord', last: 0, read: readProducerIdsRecord}],
  [17, {name: 'BrokerRegistrationChangeRecord', last: 3, read: readBrokerRegistrationChangeRecord}],
  [18, {name: 'AccessControlEntryRecord', last: 0, read: readAccessControlEntryRecord}],
  [19, {name: 'RemoveAccessControlEntryRecord', last: 0, read: readRemoveAccessControlEntryRecord}],
  [20, {name: 'NoOpRecord', last: 0, read: readNoOpRecord}],
  [21, {name: 'ZkMigrationStateRecord', last: 0, read: readZkMigrationStateRecord}],
  [22, {name: 'RemoveUserScramCredentialRecord', last: 0, read: readRemoveUserScramCredentialRecord}],
  [23, {name: 'BeginTransactionRecord', last: 0, read: readBeginTransactionRecord}],
  [24, {name: 'EndTransactionRecord', last: 0, read: readEndTransactionRecord}],
  [25, {name: 'AbortTransactionRecord', last: 0, read: readAbortTransactionRecord}],
  [26, {name: 'RemoveDelegationTokenRecord', last: 0, read: readRemoveDelegationTokenRecord}],
  [27, {name: 'RegisterControllerRecord', last: 0, read: readRegisterControllerRecord}],
  [28, {name: 'ClearElrRecord', last: 0, read: readClearElrRecord}],
])
