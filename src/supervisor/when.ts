import {UsageError} from '../base/errors.ts'
import type {GroupState} from '../contracts/node-state.ts'

/** What `--when` can speak of: numbers of one group on one node, as the node tells of them. */
const FIELDS: Record<string, (g: GroupState) => number> = {
  'hardstate.term': g => g.term,
  // Of one who does not tell, nothing holds.
  'hardstate.vote': g => g.vote ?? Number.NaN,
  'hardstate.commit': g => g.commit,
  // The last entry whose bytes are synced there: entry N is in its log.
  'entry.index': g => g.synced,
  applied: g => g.applied,
}
const ROLES = ['follower', 'pre-candidate', 'candidate', 'leader']

/** `hardstate.term>=3`, `entry.index=120`, `role=candidate` → does it hold of a group? `=` of an index: it has been reached. */
export function whenHolds(text: string): (g: GroupState) => boolean {
  const [, field, op, value] = /^\s*([a-z.]+)\s*(>=|=|>)\s*([a-z0-9-]+)\s*$/.exec(text) ?? []
  if (field === 'role' && op === '=' && ROLES.includes(value)) return g => g.role === value
  const read = Object.hasOwn(FIELDS, field ?? '') ? FIELDS[field] : undefined
  if (!read || !/^\d{1,15}$/.test(value ?? ''))
    throw new UsageError(
      `--when '${text}': write hardstate.term>=3, entry.index=120 or role=candidate. There are: ${[...Object.keys(FIELDS), 'role'].join(' ')}`,
    )
  const wanted = Number(value)
  const passes = field === 'entry.index' || field === 'applied' || field === 'hardstate.commit'
  switch (op) {
    case '>':
      return g => read(g) > wanted
    case '>=':
      return g => read(g) >= wanted
    default:
      return g => (passes ? read(g) >= wanted : read(g) === wanted)
  }
}
