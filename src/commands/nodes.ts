import {Flags} from '@oclif/core'
import {UsageError} from '../base/errors.ts'
import {groupName, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import type {Selector} from '../contracts/action.ts'
import {whole} from './base.ts'
import {nearest} from './help/nearest.ts'

const ROLES = ['leader', 'follower', 'followers', 'random', 'minority', 'majority', 'all'] as const
type RoleSelector = (typeof ROLES)[number]

/** -t T --partition P: whose leader and followers are meant. */
export const groupFlags = {
  topic: Flags.string({char: 't', helpValue: 'T', summary: 'that topic instead of __raft_metadata'}),
  partition: whole({helpValue: 'P', max: 2_147_483_647, summary: 'its partition (0)'}),
}

/** The flags of NODES, for every verb that takes nodes. */
export const nodeFlags = {
  leader: Flags.boolean({summary: 'the leader'}),
  follower: Flags.boolean({summary: 'one follower, drawn'}),
  followers: Flags.boolean({summary: 'every follower'}),
  random: Flags.boolean({summary: 'any one, drawn'}),
  minority: Flags.boolean({summary: 'as many as a quorum can do without, drawn'}),
  majority: Flags.boolean({summary: 'one more than that, drawn'}),
  all: Flags.boolean({summary: 'every node'}),
  ...groupFlags,
}

export interface NodeChoice {
  leader?: boolean
  follower?: boolean
  followers?: boolean
  random?: boolean
  minority?: boolean
  majority?: boolean
  all?: boolean
  topic?: string
  partition?: number
}

/** `1`, `n1` and `node1` are the same node. */
export function nodeOf(word: string, command: string): NodeId {
  const match = /^(?:node|n)?([1-9]\d{0,3})$/.exec(word)
  if (match) return Number(match[1])
  const role = nearest(word.replace(/^-+/, ''), ROLES)
  throw new UsageError(
    role ? `No node "${word}". Did you mean: chronik ${command} --${role}` : `No node "${word}".`,
    role ? undefined : 'chronik help selectors',
  )
}

/** For commands about exactly one node, named by its number. */
export function oneNode(words: readonly string[], command: string): NodeId {
  const [word, ...more] = words
  if (word === undefined || more.length > 0) throw new UsageError(`${command} takes one node: chronik ${command} 2`)
  return nodeOf(word, command)
}

/** What NODES say, or undefined when nothing was said. */
export function selectorOf(words: readonly string[], flags: NodeChoice, command: string): Selector | undefined {
  const group = groupOf(flags)
  const roles = ROLES.filter(role => flags[role])
  const nodes = [...new Set(words.map(word => nodeOf(word, command)))]
  if (roles.length > 1 || (roles.length > 0 && nodes.length > 0))
    throw new UsageError(
      nodes.length > 0
        ? `Nodes by number, or ${roles.map(r => `--${r}`).join(' ')}: not both.`
        : `${roles.map(r => `--${r}`).join(' and ')}: one of them.`,
      'chronik help selectors',
    )
  const inGroup = group === METADATA_GROUP ? {} : {group}
  if (nodes.length > 0) return {nodes, ...inGroup}
  const role: RoleSelector | undefined = roles[0]
  return role ? {role, ...inGroup} : undefined
}

/** For verbs that harm: somebody must be named. */
export function requiredSelector(words: readonly string[], flags: NodeChoice, command: string): Selector {
  const who = selectorOf(words, flags, command)
  if (!who) throw new UsageError(`Which node? chronik ${command} --leader, or 1 2 3`)
  return who
}

/** The group that -t and --partition name. */
export function groupOf(flags: {topic?: string; partition?: number}): string {
  if (flags.topic === undefined) {
    if (flags.partition !== undefined) throw new UsageError('--partition needs -t, --topic')
    return METADATA_GROUP
  }
  return groupName(topicName(flags.topic), flags.partition ?? 0)
}

/** Kafka's rule for names of topics. */
export function topicName(name: string): string {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..')
    throw new UsageError(
      `"${name.length > 60 ? `${name.slice(0, 60)}…` : name}" is no name for a topic: 1 to 249 of A-Z a-z 0-9 . _ - and not "." or ".."`.replace(
        /[\u0000-\u001f\u007f]/g,
        '\ufffd',
      ),
    )
  return name
}
