import type {NodeId} from '../../base/ids.ts'
import type {Entry} from '../../formats/eraftpb.ts'
import {
  CONTEXT_METADATA,
  decodeMetadataCommand,
  encodeMetadataCommand,
  type MetadataCommand,
} from '../../formats/metadata-command.ts'
import type {Io} from '../../io/ports.ts'
import type {Group, Machine} from '../group.ts'
import {type Applied, MetadataImage} from './image.ts'
import type {MetadataRules} from './rules.ts'

const RETRY_MS = 150

export interface MetadataHost {
  io: Pick<Io, 'clock' | 'random' | 'log'>
  node: NodeId
  /** Voters of its group at birth. */
  voters: readonly NodeId[]
  /** Hands a command to another node, the leader. False: it cannot be reached. */
  forward(to: NodeId, command: Uint8Array): boolean
  /** Committed commands changed the image. */
  applied(): void
  rules: Pick<MetadataRules, 'apply'>
}

/** A command without its nonce. */
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
export type NewCommand = WithoutId<MetadataCommand>

/**
 * The machine of `__raft_metadata/0`, and the way in for commands: proposed here when this node leads, else handed to the leader, and again
 * until applied here or out of time. Each command carries a nonce, so that its proposer knows it when it comes back.
 */
export class MetadataMachine implements Machine {
  readonly image: MetadataImage
  readonly #host: MetadataHost
  #group: Group | undefined
  readonly #waiting = new Map<string, (applied: Applied | undefined) => void>()
  #hash: string | undefined

  constructor(host: MetadataHost) {
    this.#host = host
    this.image = new MetadataImage(host.voters)
  }

  attach(group: Group): void {
    this.#group = group
  }

  apply(entries: readonly Entry[]): void {
    let changed = false
    for (const entry of entries) {
      if (entry.context[0] !== CONTEXT_METADATA[0]) continue
      const command = decodeMetadataCommand(entry.data)
      if (!command) continue
      const applied = this.#host.rules.apply(this.image, command, this.#host.node)
      changed = true
      const waiting = this.#waiting.get(command.id)
      if (waiting) {
        this.#waiting.delete(command.id)
        waiting(applied)
      }
    }
    if (!changed) return
    this.#hash = undefined
    this.#host.applied()
  }

  snapshot(): Uint8Array {
    return this.image.canonical()
  }

  restore(state: Uint8Array): void {
    this.image.restore(state)
    this.#hash = undefined
    this.#host.applied()
  }

  dropped(): void {
    // The image is all there is: nothing of it lies in the log.
  }

  moved(): void {
    // Commands that wait are tried again by their own timer.
  }

  stateHash(): string {
    this.#hash ??= this.image.hash()
    return this.#hash
  }

  /** Settles when the command is committed and applied on this node; undefined when that did not happen in time (it still may). */
  propose(command: NewCommand, withinMs: number): Promise<Applied | undefined> {
    const {clock, random} = this.#host.io
    const id = `${random.u32().toString(16).padStart(8, '0')}${random.u32().toString(16).padStart(8, '0')}`
    const bytes = encodeMetadataCommand({id, ...command} as MetadataCommand)
    const deadline = clock.monotonicMs() + withinMs
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      const attempt = (): void => {
        if (!this.#waiting.has(id)) return
        if (clock.monotonicMs() >= deadline) {
          this.#waiting.delete(id)
          resolve(undefined)
          return
        }
        const sent = this.#offer(bytes)
        clock.after(sent ? RETRY_MS * 4 : RETRY_MS / 5, attempt)
      }
      attempt()
    })
  }

  /** Once: to the core when this node leads, else to the leader. */
  #offer(command: Uint8Array): boolean {
    const group = this.#group
    if (!group || group.closed) return false
    const {leader} = group.raft
    if (leader === this.#host.node) return 'index' in group.propose(command, CONTEXT_METADATA)
    return leader !== 0 && this.#host.forward(leader, command)
  }

  /** A command that another node handed over because it takes this one for the leader. */
  forwarded(command: Uint8Array): void {
    if (this.#group && decodeMetadataCommand(command)) this.#group.propose(new Uint8Array(command), CONTEXT_METADATA)
  }
}
