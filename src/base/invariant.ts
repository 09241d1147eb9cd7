import {ChronikError, EXIT} from './errors.ts'

/** A belief of the program that turned out to be false. Going on would turn a bug into lost data. */
export class InvariantError extends ChronikError {
  readonly belief: string
  readonly values: Record<string, unknown>

  constructor(belief: string, values: Record<string, unknown>) {
    super('CHRONIK_BUG', EXIT.bug, `${belief} ${JSON.stringify(values, printable)}`)
    this.name = 'InvariantError'
    this.belief = belief
    this.values = values
  }
}

/** Holds in every build: stops the program when a condition that it relies on is false. State it positively. */
export function invariant(condition: unknown, belief: string, values: Record<string, unknown> = {}): asserts condition {
  if (!condition) throw new InvariantError(belief, values)
}

function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return value
}
