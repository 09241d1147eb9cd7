import type {GroupAddress, NodeId, Term} from '../base/ids.ts'
import type {Led} from './beat.ts'

const ALIVE_MS = 1_500

/**
 * Who leads what, and who is alive, as the nodes tell each other with their heartbeats. Soft state: it answers Metadata for partitions that have
 * no replica here, and nothing rests on it.
 */
export class Leaders {
  readonly #now: () => number
  readonly #heardAt = new Map<NodeId, number>()
  readonly #leads = new Map<GroupAddress, {node: NodeId; term: Term}>()

  constructor(now: () => number) {
    this.#now = now
  }

  heard(node: NodeId): void {
    this.#heardAt.set(node, this.#now())
  }

  /** A heartbeat of that node, and what it leads when it told. */
  told(node: NodeId, led: Led = []): void {
    this.heard(node)
    for (const [group, term] of led)
      if (term >= (this.#leads.get(group)?.term ?? 0)) this.#leads.set(group, {node, term})
  }

  dead(node: NodeId): void {
    this.#heardAt.delete(node)
    for (const [group, {node: leader}] of this.#leads) if (leader === node) this.#leads.delete(group)
  }

  of(group: GroupAddress): {node: NodeId; term: Term} | undefined {
    return this.#leads.get(group)
  }

  /** How long ago something was heard of each node, ms. */
  heardMs(): Record<NodeId, number> {
    const now = this.#now()
    return Object.fromEntries([...this.#heardAt].map(([node, at]) => [node, now - at]))
  }

  alive(node: NodeId): boolean {
    return this.#now() - (this.#heardAt.get(node) ?? Number.NEGATIVE_INFINITY) < ALIVE_MS
  }
}
