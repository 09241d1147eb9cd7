/**
 * Exit codes of every chronik program. One table: `chronik help exit-codes` and the README print it.
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unknown: 3,
  environment: 4,
  labState: 5,
  bug: 70,
  diskFailed: 74,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_MEANINGS: ReadonlyArray<{code: ExitCode; meaning: string}> = [
  {code: EXIT.ok, meaning: 'done, or every check that ran passed'},
  {code: EXIT.failed, meaning: 'a check failed, and nothing else ever'},
  {code: EXIT.usage, meaning: 'wrong usage'},
  {code: EXIT.unknown, meaning: 'unknown: what had to be seen was not seen, or no check ran'},
  {code: EXIT.environment, meaning: 'the environment: port, engine, Java, Node.js, disk'},
  {code: EXIT.labState, meaning: 'the lab: no such cluster, not running, busy, up with other settings'},
  {code: EXIT.bug, meaning: 'chronik itself is broken'},
  {code: EXIT.diskFailed, meaning: "a node's disk failed (nodes only)"},
  {code: EXIT.interrupted, meaning: 'interrupted'},
]

/** What an error looks like on a wire and in `--json` output. */
export interface ErrorShape {
  code: string
  message: string
  next?: string
  exitCode: ExitCode
}

/**
 * An error meant for people: a stable `code` (CHRONIK_…), the exit code, a message with the actual values,
 * and, where there is one, the next step as a command that works as printed.
 */
export class ChronikError extends Error {
  readonly code: string
  readonly exitCode: ExitCode
  readonly next?: string

  constructor(code: string, exitCode: ExitCode, message: string, options: {next?: string; cause?: unknown} = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'ChronikError'
    this.code = code
    this.exitCode = exitCode
    this.next = options.next
  }

  toShape(): ErrorShape {
    return {code: this.code, message: this.message, ...(this.next ? {next: this.next} : {}), exitCode: this.exitCode}
  }

  static fromShape(shape: ErrorShape): ChronikError {
    return new ChronikError(shape.code, shape.exitCode, shape.message, {next: shape.next})
  }
}

export class UsageError extends ChronikError {
  constructor(message: string, next?: string) {
    super('CHRONIK_USAGE', EXIT.usage, message, {next})
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Node's `code` of a system error (`ENOENT`, …), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as {code?: unknown} | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** True when the disk, or this user's share of it, has no room left: to be waited out, unlike any other failed write. */
export function isDiskFull(thrown: unknown): boolean {
  const code = systemCode(thrown)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
