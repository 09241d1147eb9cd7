import type {Random} from '../base/random.ts'
import type {Kept} from './platter.ts'

interface NameChange<T> {
  number: number
  changes: Array<{name: string; to: T | undefined}>
}

/** The names in one directory: as they are, as its last sync left them, and what changed since. A power loss keeps or loses each change on its own. */
export class Names<T> {
  readonly names = new Map<string, T>()
  readonly durable = new Map<string, T>()
  since: Array<NameChange<T>> = []
  #number = 0

  /** Several changes at once are one: a rename. */
  change(...changes: NameChange<T>['changes']): void {
    for (const {name, to} of changes) set(this.names, name, to)
    this.since.push({number: ++this.#number, changes})
  }

  /** What a sync that begins now will have made durable when it ends. */
  mark(): number {
    return this.#number
  }

  synced(mark: number): void {
    for (const {number, changes} of this.since)
      if (number <= mark) for (const {name, to} of changes) set(this.durable, name, to)
    this.since = this.since.filter(c => c.number > mark)
  }

  /** Each change that was not synced is kept or lost as a whole. */
  powerLoss(random: Random, kept: Kept): void {
    for (const {changes} of this.since)
      if (kept === 'all' || (kept === 'some' && random.below(1_000) < 500))
        for (const {name, to} of changes) set(this.durable, name, to)
    this.names.clear()
    for (const [name, to] of this.durable) this.names.set(name, to)
    this.since = []
  }
}

function set<T>(names: Map<string, T>, name: string, to: T | undefined): void {
  if (to === undefined) names.delete(name)
  else names.set(name, to)
}
