import {Flags, type Interfaces} from '@oclif/core'
import {type ExitCode, UsageError} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import {duration} from './base.ts'
import {FaultCommand} from './fault.ts'
import {groupFlags, nodeFlags, nodeOf, requiredSelector} from './nodes.ts'

export default class Partition extends FaultCommand {
  static override summary = 'Cut nodes off from the others: nothing passes between them.'
  static override usage = 'NODES | --groups 1,2/3 [--one-way in|out] [--clients] [--for DUR]'
  static override examples = [
    'chronik partition --leader',
    'chronik partition 3 --one-way in --for 10s',
    'chronik partition --groups 1,2/3 --clients',
  ]
  static override flags = {
    ...nodeFlags,
    groups: Flags.string({helpValue: '1,2/3', summary: 'groups that reach only their own; the rest is one more'}),
    'one-way': Flags.string({options: ['in', 'out'], summary: 'only what comes to NODES, or only what they send'}),
    clients: Flags.boolean({summary: 'clients do not reach them either (of groups: only the first is reached)'}),
    for: duration({summary: 'heal after this long'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Partition.flags>): Promise<ExitCode> {
    const {groups, clients, 'one-way': oneWay, for: forMs} = flags
    if (groups !== undefined && (this.words.length > 0 || Object.keys(nodeFlags).some(isRoleIn(flags))))
      throw new UsageError('Nodes, or --groups: not both.', 'chronik partition --groups 1,2/3')
    const whom =
      groups === undefined ? {who: requiredSelector(this.words, flags, 'partition')} : {groups: parsed(groups)}
    return this.perform({
      do: 'partition',
      ...whom,
      ...(oneWay === undefined ? {} : {oneWay: oneWay as 'in' | 'out'}),
      ...(clients ? {clients} : {}),
      ...(forMs === undefined ? {} : {forMs}),
    })
  }
}

const isRoleIn =
  (flags: Record<string, unknown>) =>
  (name: string): boolean =>
    flags[name] !== undefined && flags[name] !== false && !(name in groupFlags && name === 'partition')

/** `1,2/3`: two groups. */
function parsed(text: string): NodeId[][] {
  const groups = text.split('/').map(group => group.split(',').filter(Boolean))
  if (groups.some(group => group.length === 0))
    throw new UsageError(`--groups ${text}: write nodes with commas, groups with a slash: 1,2/3`)
  return groups.map(group => group.map(word => nodeOf(word, 'partition')))
}
