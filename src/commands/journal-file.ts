import {join} from 'node:path'
import {UsageError} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {parseDuration} from '../base/units.ts'
import type {JournalEvent} from '../contracts/journal.ts'
import {Tail} from './tail.ts'

/** A cluster's journal as a file: it can be read with or without a supervisor. */
export class JournalFile {
  readonly #tail: Tail

  constructor(dir: string) {
    this.#tail = new Tail(join(dir, 'events.jsonl'))
  }

  *events(): Generator<JournalEvent> {
    for (const {text} of this.#tail.lines()) {
      const event = parsed(text)
      if (event) yield event
    }
  }
}

function parsed(text: string): JournalEvent | undefined {
  try {
    const value = JSON.parse(text) as Partial<JournalEvent> | null
    if (typeof value?.number === 'number' && typeof value.wallMs === 'number' && typeof value.text === 'string')
      return value as JournalEvent
  } catch {
    // A torn last line: its writer died in the middle.
  }
  return undefined
}

/** `--since`: a duration back from now, an event's number, or the newest mark with that text; as wall clock ms. */
export function sinceWallMs(text: string, dir: string, now: number): number {
  if (/^\d+(\.\d+)?(ms|s|m|h)$/.test(text)) return now - parseDuration(text)
  let found: number | undefined
  for (const event of new JournalFile(dir).events())
    if ((event.kind === 'mark' && markText(event) === text) || String(event.number) === text) found = event.wallMs
  if (found === undefined)
    throw new UsageError(
      `No mark "${oneLine(text)}" in this cluster's journal, and no duration (250ms, 5s, 2m).`,
      'chronik events',
    )
  return found
}

/** What a mark says, without who set it. */
export function markText(event: JournalEvent): string {
  const text = event.data?.text
  return typeof text === 'string' ? text : event.text
}
