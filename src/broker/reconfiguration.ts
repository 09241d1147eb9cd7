import {type GroupName, type Index, METADATA_GROUP, type NodeId, splitGroupName} from '../base/ids.ts'
import type {Clock} from '../io/ports.ts'
import type {Group} from './group.ts'
import {nextChange, sameNodes} from './members.ts'
import type {MetadataImage} from './metadata/image.ts'

/** A learner is looked at again after this long: once it holds what was committed the last time, it has caught up (thesis 4.2.1). */
const LOOK_MS = 20

/**
 * Takes the groups that this node leads to the members that the metadata wants, one change after the other. It keeps nothing: whoever leads next goes
 * on from the configuration that it finds.
 */
export class Reconfiguration {
  readonly #clock: Clock
  readonly #image: MetadataImage
  readonly #groups: () => Iterable<Group>
  /** What was committed when each learner was last looked at. */
  readonly #targets = new Map<Group, Map<NodeId, Index>>()
  #waiting = false
  #stopped = false

  constructor(clock: Clock, image: MetadataImage, groups: () => Iterable<Group>) {
    this.#clock = clock
    this.#image = image
    this.#groups = groups
  }

  stop(): void {
    this.#stopped = true
  }

  /** The metadata changed. */
  lookAtAll(): void {
    for (const group of this.#groups()) this.look(group)
  }

  /** The configuration or the leadership of this group may be another one. */
  look(group: Group): void {
    if (this.#stopped || !this.#step(group) || this.#waiting) return
    this.#waiting = true
    this.#clock.after(LOOK_MS, () => {
      this.#waiting = false
      for (const unfinished of [...this.#targets.keys()]) this.look(unfinished)
    })
  }

  /** True while a group that is led here has other members than it is to have. */
  #step(group: Group): boolean {
    const wanted = group.raft.role === 'leader' && !group.closed ? this.#wanted(group.name) : undefined
    const {configuration} = group
    const {voters, votersOutgoing, learners} = configuration
    if (!wanted || (votersOutgoing.length + learners.length === 0 && sameNodes(voters, wanted))) {
      this.#targets.delete(group)
      return false
    }
    const targets = this.#targets.get(group) ?? new Map<NodeId, Index>()
    this.#targets.set(group, targets)
    const change = nextChange(configuration, wanted, learner => {
      const target = targets.get(learner)
      const progress = group.raft.progress.get(learner)
      targets.set(learner, group.raft.commit)
      return target !== undefined && progress?.state === 'replicate' && progress.match >= target
    })
    if (change) group.change(change)
    return true
  }

  /** Undefined: the metadata of this node does not know the group. */
  #wanted(name: GroupName): readonly NodeId[] | undefined {
    if (name === METADATA_GROUP) return this.#image.voters
    const {topic, partition} = splitGroupName(name)
    return this.#image.topics.get(topic)?.replicas[partition]
  }
}
