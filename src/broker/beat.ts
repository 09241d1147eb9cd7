import {fromUtf8, utf8} from '../base/bytes.ts'
import type {GroupAddress, Index, Term} from '../base/ids.ts'

/** Ticks between two heartbeats of a leader, and of a node. */
export const HEARTBEAT_TICKS = 4

/** The body of a heartbeat frame, as JSON. */
export interface Beat {
  /** The sender's incarnation: another one has forgotten what it promised. */
  i: string
  /** Its number, from 1. */
  n: number
  /** The newest beat of the receiver that the sender has heard; 0 none. */
  e: number
  /** Groups the sender leads, when they changed and now and then. */
  led?: Array<[GroupAddress, Term]>
  /** As their leader: these may sleep, if the receiver holds them up to that index. */
  rest?: Array<[GroupAddress, Term, Index]>
  /** The receiver's offer was taken: they sleep here. */
  slept?: Array<[GroupAddress, Term, Index]>
  /** The sender does not lead them any more: they wake here. */
  wake?: GroupAddress[]
  /** The sender, their follower, woke them. */
  awoke?: GroupAddress[]
}

export type Led = ReadonlyArray<[GroupAddress, Term]>

export function encodeBeat(beat: Beat): Uint8Array {
  return utf8(JSON.stringify(beat))
}

/** Undefined when the bytes are nothing of the kind. */
export function readBeat(body: Uint8Array): Beat | undefined {
  let beat: Partial<Beat>
  try {
    beat = JSON.parse(fromUtf8(body)) as Partial<Beat>
  } catch {
    return undefined
  }
  if (typeof beat !== 'object' || beat === null || typeof beat.i !== 'string') return undefined
  if (!isCount(beat.n) || !isCount(beat.e)) return undefined
  const {led = [], rest = [], slept = [], wake = [], awoke = []} = beat
  for (const list of [led, rest, slept, wake, awoke]) if (!Array.isArray(list)) return undefined
  for (const name of [...wake, ...awoke]) if (typeof name !== 'string') return undefined
  for (const one of led) if (!isRow(one, 2)) return undefined
  for (const one of [...rest, ...slept]) if (!isRow(one, 3)) return undefined
  return beat as Beat
}

/** A group's name and then whole numbers. */
function isRow(row: unknown, length: number): boolean {
  return Array.isArray(row) && row.length === length && typeof row[0] === 'string' && row.slice(1).every(isCount)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
