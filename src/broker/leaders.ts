import {fromUtf8, utf8} from '../base/bytes.ts'
import type {GroupName, NodeId, Term} from '../base/ids.ts'

const ALIVE_MS = 1_500

/**
 * Who leads what, and who is alive, as the nodes tell each other with their heartbeats. Soft state: it answers Metadata for partitions that have
 * no replica here, and nothing rests on it.
 */
export class Leaders {
  readonly #now: () => number
  readonly #heardAt = new Map<NodeId, number>()
  readonly #leads = new Map<GroupName, {node: NodeId; term: Term}>()

  constructor(now: () => number) {
    this.#now = now
  }

  encode(led: Iterable<[GroupName, Term]>): Uint8Array {
    return utf8(JSON.stringify([...led]))
  }

  heard(node: NodeId): void {
    this.#heardAt.set(node, this.#now())
  }

  /** Takes what a node says of itself. Gives why its bytes are nothing of the kind, or undefined. */
  told(node: NodeId, body: Uint8Array): string | undefined {
    const led = parseLed(body)
    if (!led) return 'a heartbeat that does not parse'
    this.heard(node)
    for (const [group, term] of led)
      if (term >= (this.#leads.get(group)?.term ?? 0)) this.#leads.set(group, {node, term})
    return undefined
  }

  dead(node: NodeId): void {
    this.#heardAt.delete(node)
    for (const [group, {node: leader}] of this.#leads) if (leader === node) this.#leads.delete(group)
  }

  of(group: GroupName): {node: NodeId; term: Term} | undefined {
    return this.#leads.get(group)
  }

  alive(node: NodeId): boolean {
    return this.#now() - (this.#heardAt.get(node) ?? Number.NEGATIVE_INFINITY) < ALIVE_MS
  }
}

function parseLed(body: Uint8Array): Array<[GroupName, Term]> | undefined {
  try {
    const led: unknown = JSON.parse(fromUtf8(body))
    const sound =
      Array.isArray(led) &&
      led.every(l => Array.isArray(l) && typeof l[0] === 'string' && Number.isSafeInteger(l[1]) && l[1] >= 0)
    return sound ? (led as Array<[GroupName, Term]>) : undefined
  } catch {
    return undefined
  }
}
