import {ChronikError, EXIT, UsageError} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import type {Random} from '../base/random.ts'
import type {Selector} from '../contracts/action.ts'

/** What is known of the nodes when a selector is looked at. */
export interface Picture {
  nodes: NodeId[]
  /** Nodes whose process runs. */
  running: ReadonlySet<NodeId>
  /** Leader of the group meant; 0 when none. */
  leader: NodeId
  group: string
  /** When there is no leader: that, and what each node is doing, in words. */
  leaderless: string
}

/** Which nodes are meant, and why them. Looked at by the supervisor, at the moment of the act. */
export function select(who: Selector, picture: Picture, random: Random): NodeId[] {
  if ('nodes' in who) {
    const unknown = who.nodes.find(n => !picture.nodes.includes(n))
    if (unknown !== undefined)
      throw new UsageError(`No node n${unknown}: there are ${picture.nodes.map(n => `n${n}`).join(' ')}.`)
    return [...new Set(who.nodes)]
  }
  const {nodes, leader, running} = picture
  const quorum = Math.floor(nodes.length / 2) + 1
  const needLeader = (): NodeId => {
    if (leader !== 0) return leader
    throw new ChronikError('CHRONIK_NO_LEADER', EXIT.labState, `${picture.leaderless}.`, {next: 'chronik start'})
  }
  const up = nodes.filter(n => running.has(n))
  const draw = (from: NodeId[], count: number): NodeId[] => {
    const left = [...from]
    return Array.from({length: Math.min(count, left.length)}, () => left.splice(random.below(left.length), 1)[0])
  }
  switch (who.role) {
    case 'leader':
      return [needLeader()]
    case 'follower':
      needLeader()
      return draw(
        up.filter(n => n !== leader),
        1,
      )
    case 'followers':
      needLeader()
      return up.filter(n => n !== leader)
    case 'random':
      return draw(up, 1)
    case 'minority':
      return draw(up, nodes.length - quorum).sort((a, b) => a - b)
    case 'majority':
      return draw(up, quorum).sort((a, b) => a - b)
    case 'all':
      return nodes
  }
}
