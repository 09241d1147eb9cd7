import {basename} from 'node:path'
import {formatCount} from '../../base/units.ts'
import type {GroupReading} from '../../inspect/reading.ts'
import type {Seen} from '../../inspect/walk.ts'
import {sanitise} from '../render/sanitise.ts'

/** Counts what was walked, for the last line. */
export class Totals {
  #records = 0
  #entries = 0
  #marks = 0
  #bytes = 0
  #ambiguous = 0
  #unsound = 0
  #first: {file: string; seen: Seen & {seen: 'unsound'}} | undefined
  #cut = 0

  take(file: string, seen: Seen): void {
    this.#bytes += seen.bytes
    if (seen.seen === 'unsound') {
      this.#unsound++
      this.#first ??= {file, seen}
      if (seen.end) this.#cut++
      return
    }
    const {kind} = seen.said
    if (kind === 'BatchMark') this.#marks++
    else this.#records++
    if (kind === 'Entry') this.#entries++
    if (seen.said.ambiguous) this.#ambiguous++
  }

  /** `46 records, 24 entries, 3,398 bytes, every CRC right, no torn tail` */
  line(o: {marksShown: boolean; reading?: GroupReading}): string {
    const parts = [count(this.#records, 'record'), count(this.#entries, 'entry', 'entries')]
    if (this.#marks > 0)
      parts.push(`${count(this.#marks, 'batch mark')}${o.marksShown ? '' : ' (--kind all shows them)'}`)
    parts.push(`${formatCount(this.#bytes)} bytes`)
    if (this.#ambiguous > 0)
      parts.push(`${formatCount(this.#ambiguous)} AMBIGUOUS (another writer's: their base offset tells what they are)`)
    parts.push(...this.#verdict(o.reading))
    return parts.join(', ')
  }

  #verdict(reading: GroupReading | undefined): string[] {
    const said: string[] = []
    if (this.#unsound === 0) said.push('every CRC right')
    const damage = reading?.damage ?? []
    const torn = reading?.torn ?? []
    for (const {file, at, why} of damage.slice(0, 3)) said.push(`DAMAGED ${place(file, at)}: ${sanitise(why)}`)
    for (const {file, at, bytes} of torn)
      said.push(`torn tail: ${formatCount(bytes)} bytes from ${place(file, at)} on (the next start cuts them)`)
    if (!reading && this.#first) {
      const {file, seen} = this.#first
      const word = this.#unsound === 1 && this.#cut === 1 ? 'TORN' : 'UNSOUND'
      const more = this.#unsound > 1 ? ` and ${this.#unsound - 1} more` : ''
      said.push(`${word} ${place(file, seen.at)}: ${formatCount(seen.bytes)} bytes${more}`)
    } else if (damage.length === 0 && torn.length === 0) said.push('no torn tail')
    return said
  }
}

function place(file: string, at: number): string {
  return `${sanitise(basename(file))}@${at}`
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`
}
