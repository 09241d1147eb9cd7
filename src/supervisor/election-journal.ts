import type {NodeId} from '../base/ids.ts'
import type {GroupChange} from '../contracts/node-state.ts'
import type {Journal} from './journal.ts'

/** Who stands for election and who leads, in the journal: once each, however often a node tells what it is. */
export class ElectionJournal {
  readonly #journal: Journal
  readonly #said = new Map<NodeId, string>()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  told(node: NodeId, {role, term, votes}: Pick<GroupChange, 'role' | 'term' | 'votes'>): void {
    if (role !== 'leader' && role !== 'candidate') return
    const now = `${role} ${term}`
    if (this.#said.get(node) === now) return
    this.#said.set(node, now)
    if (role === 'candidate') this.#journal.add('raft', `n${node} candidate at term ${term}`, {node, data: {term}})
    else {
      const from = votes ? `, votes ${votes.map(v => `n${v}`).join(' ')}` : ''
      this.#journal.add('raft', `n${node} LEADER at term ${term}${from}`, {node, data: {term, votes: votes ?? []}})
    }
  }
}
