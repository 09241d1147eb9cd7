/**
 * Numbers that must not be mixed up. A plain number can be given where one of these is asked for,
 * but a `Term` is never accepted as an `Index`: the compiler tells them apart by their flavour.
 */
type Flavoured<T, F extends string> = T & {readonly __flavour?: F}

/** Raft term, 0 (before any election) to 2^53 - 1. Kafka's leader epoch of a partition is the same number. */
export type Term = Flavoured<number, 'Term'>
/** Raft log index, 1-based; 0 means "none". */
export type Index = Flavoured<number, 'Index'>
/** Kafka record offset in a partition, 0-based. Not a Raft index: no-ops and configuration changes take no offset. */
export type Offset = Flavoured<number, 'Offset'>
/** A member of a cluster, 1 to 2^31 - 1; 0 means "none" (no vote, no leader). */
export type NodeId = Flavoured<number, 'NodeId'>
/** `topic/partition`, such as `__raft_metadata/0`: the name of one Raft group. */
export type GroupName = Flavoured<string, 'GroupName'>

export const METADATA_TOPIC = '__raft_metadata'
export const METADATA_GROUP: GroupName = '__raft_metadata/0'
export const OFFSETS_TOPIC = '__consumer_offsets'

export function groupName(topic: string, partition: number): GroupName {
  return `${topic}/${partition}`
}

/**
 * What nodes call a group between them: its name, and for a partition also the first 16 hex digits of its topic's id. A topic may be deleted and another made
 * under its name: a node that lags behind still has the old one's log, and must not be taken for a member of the new one's group.
 */
export type GroupAddress = string

/** `topicId`: hex; empty for the metadata group. */
export function groupAddress(group: GroupName, topicId: string): GroupAddress {
  return topicId === '' ? group : `${group}@${topicId.slice(0, 16)}`
}

export function splitGroupName(group: GroupName): {topic: string; partition: number} {
  const slash = group.lastIndexOf('/')
  return {topic: group.slice(0, slash), partition: Number(group.slice(slash + 1))}
}

/** Kafka's rule for topic names. The name becomes a folder's: this comes before anything else is done with it. */
export function isTopicName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
}
