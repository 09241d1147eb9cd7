import type {Index} from '../base/ids.ts'
import {
  type ConfChange,
  ConfChangeTransition,
  type ConfChangeV2,
  type ConfState,
  decodeChange,
  type Entry,
  EntryType,
} from '../formats/eraftpb.ts'
import {ProtobufError} from '../formats/protobuf.ts'
import {applyChange, asV2, ConfChangeError, type Membership, restore, sameMembers} from './conf-change.ts'
import type {Core} from './core.ts'
import {broadcastAppend, maybeCommit, offerAppend} from './replication.ts'
import {becomeFollower} from './roles.ts'
import {allVoters, confStateOf, describeConfiguration, isJoint} from './tracker.ts'

/** The configuration in force, and what a leader lets become the next one. Raft thesis 4. */

/**
 * A proposed change at `index`, or undefined when it may not follow now: one change at a time is on its way (thesis 4.1), and a joint configuration is
 * left before the next begins (4.3). Entries that change nothing pass.
 */
export function checkedChange(core: Core, entry: Entry, index: Index): Entry | undefined {
  if (entry.type === EntryType.Normal) return entry
  const change = decoded(entry)
  if (!change) return undefined
  const why = refusal(core, change)
  if (why && !core.options.disableConfChangeValidation) {
    core.info?.(
      `${core.name} ignoring conf change ${describeChange(change)} at config ${describeConfiguration(core.tracker.config)}: ${why}`,
    )
    return undefined
  }
  core.pendingConfIndex = index
  return entry
}

/** Undefined for bytes that are no change: nobody could apply them. */
function decoded(entry: Entry): ConfChangeV2 | undefined {
  try {
    return asV2(decodeChange(entry))
  } catch (error) {
    if (error instanceof ProtobufError) return undefined
    throw error
  }
}

export function changeMayFollow({parts, pendingConfIndex, log}: Core): boolean {
  return parts.changeMayFollow(pendingConfIndex, log.applied)
}

function refusal(core: Core, change: ConfChangeV2): string | undefined {
  if (!changeMayFollow(core))
    return `possible unapplied conf change at index ${core.pendingConfIndex} (applied to ${core.log.applied})`
  const joint = isJoint(core.tracker.config)
  const leaves = change.changes.length === 0
  if (joint && !leaves) return 'must transition out of joint config first'
  if (!joint && leaves) return 'not in joint state; refusing empty conf change'
  return undefined
}

const TRANSITIONS = {
  [ConfChangeTransition.Auto]: 'ConfChangeTransitionAuto',
  [ConfChangeTransition.JointImplicit]: 'ConfChangeTransitionJointImplicit',
  [ConfChangeTransition.JointExplicit]: 'ConfChangeTransitionJointExplicit',
} as const

const CHANGES = ['ConfChangeAddNode', 'ConfChangeRemoveNode', 'ConfChangeAddLearnerNode', 'ConfChangeUpdateNode']

function describeChange(change: ConfChangeV2): string {
  let text = `transition:${TRANSITIONS[change.transition]}`
  for (const {type, nodeId} of change.changes) text += ` changes:{type:${CHANGES[type]} node_id:${nodeId}}`
  return text
}

/** Puts a committed change into force. A change that does not fit the configuration means that logs have parted: that is a broken belief. */
export function applyConfChange(core: Core, change: ConfChange | ConfChangeV2): ConfState {
  const {tracker, log} = core
  const base = {
    config: tracker.config,
    members: new Map(tracker.byId),
    lastIndex: log.lastIndex,
    newInflights: () => tracker.newInflights(),
  }
  return switchTo(core, applyChange(base, asV2(change)))
}

/** The membership of a ConfState, as it begins behind `lastIndex`. Throws ConfChangeError when there can be none such. */
export function membershipOf(core: Core, state: ConfState, lastIndex: Index): Membership {
  const made = restore({lastIndex, newInflights: () => core.tracker.newInflights()}, state)
  if (!sameMembers(confStateOf(made.config), state)) throw new ConfChangeError('a node stands in it twice')
  return made
}

export function switchTo(core: Core, {config, members}: Membership): ConfState {
  const {tracker} = core
  tracker.switchTo(config, members.values())
  core.info?.(`${core.name} switched to configuration ${describeConfiguration(config)}`)
  const state = confStateOf(config)
  if (core.role !== 'leader') return state
  const own = tracker.get(core.id)
  if (!own || own.learner) {
    // It may still have to commit its own removal (thesis 4.2.2): whether it steps down at once is a choice.
    if (core.options.stepDownOnRemoval) becomeFollower(core, core.term, 0)
    return state
  }
  // Fewer voters may make a quorum of what is held already; new members are told of the log at once.
  if (maybeCommit(core)) broadcastAppend(core)
  else offerAppend(core)
  if (core.transferee && !allVoters(config).includes(core.transferee)) core.transferee = 0
  return state
}
