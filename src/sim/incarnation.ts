import {fromUtf8} from '../base/bytes.ts'
import {type GroupAddress, type GroupName, METADATA_GROUP} from '../base/ids.ts'
import type {Group} from '../broker/group.ts'
import {PartitionReplica} from '../broker/partition/partition.ts'
import type {SimDisk} from './disk.ts'

/**
 * One group of one topic, however many topics have had its name: `NAME/PARTITION@ID`, as nodes call it between them, and the name alone of the metadata. It
 * is made here once more: a broker that forgot the id must not make the simulator forget it.
 */
export type Incarnation = GroupAddress

const ID_DIGITS = 16

export function incarnation(group: GroupName, topicId: string | undefined): Incarnation {
  return topicId === undefined || group === METADATA_GROUP ? group : `${group}@${topicId.slice(0, ID_DIGITS)}`
}

const known = new WeakMap<Group, Incarnation>()

/** Which one this open replica belongs to. */
export function incarnationOf(group: Group): Incarnation {
  let is = known.get(group)
  if (is === undefined) {
    const {machine, name} = group
    is = incarnation(name, machine instanceof PartitionReplica ? machine.topicId : undefined)
    known.set(group, is)
  }
  return is
}

export function nameOf(group: Incarnation): GroupName {
  const at = group.indexOf('@')
  return at < 0 ? group : group.slice(0, at)
}

/** The first digits of its topic's id; empty: none is known. */
export function idOf(group: Incarnation): string {
  const at = group.indexOf('@')
  return at < 0 ? '' : group.slice(at + 1)
}

/** A topic by its name and id, as histories of clients name one that is not the only one of its name. */
export function topicKey(topic: string, id: string): string {
  return `${topic}@${id.slice(0, ID_DIGITS)}`
}

/** Whose directory it is that has this topic's name on this disk, as its `topic.json` says. */
export function topicIdOn(disk: SimDisk, topic: string): string | undefined {
  const file = disk.file(`wal/${topic}/topic.json`)
  return file && /"id":"([^"]+)"/.exec(fromUtf8(file.content()))?.[1]
}
