import {appendFileSync, existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {NodeId} from '../base/ids.ts'
import type {JournalEvent, JournalKind} from '../contracts/journal.ts'

const KEPT = 2_000

/** `events.jsonl`: everything done and seen, numbered, appended at once. The newest events are kept in memory for subscribers. */
export class Journal {
  readonly #path: string
  readonly #listeners = new Set<(event: JournalEvent) => void>()
  readonly #recent: JournalEvent[] = []
  #number = 0

  constructor(dir: string) {
    this.#path = join(dir, 'events.jsonl')
    if (!existsSync(this.#path)) return
    const text = readFileSync(this.#path, 'utf8')
    for (const line of text.split('\n')) {
      try {
        const event = JSON.parse(line) as JournalEvent
        this.#number = Math.max(this.#number, event.number)
        this.#recent.push(event)
      } catch {
        // The last line of a supervisor that died while writing it.
      }
    }
    this.#recent.splice(0, Math.max(0, this.#recent.length - KEPT))
    try {
      if (!text.endsWith('\n') && this.#number > 0) appendFileSync(this.#path, '\n')
    } catch {
      // A full disk: see `add`.
    }
  }

  get number(): number {
    return this.#number
  }

  add(kind: JournalKind, text: string, more: {node?: NodeId; data?: Record<string, unknown>} = {}): JournalEvent {
    const event: JournalEvent = {
      number: ++this.#number,
      wallMs: Date.now(),
      monotonicNs: process.hrtime.bigint().toString(),
      kind,
      ...(more.node === undefined ? {} : {node: more.node}),
      text,
      ...(more.data ? {data: more.data} : {}),
    }
    try {
      appendFileSync(this.#path, `${JSON.stringify(event)}\n`, {mode: 0o600})
    } catch {
      // A full disk must not stop the supervisor: it is there to heal such things.
    }
    this.#recent.push(event)
    if (this.#recent.length > KEPT) this.#recent.shift()
    for (const listener of this.#listeners) listener(event)
    return event
  }

  from(number: number): JournalEvent[] {
    return this.#recent.filter(e => e.number >= number)
  }

  listen(listener: (event: JournalEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
