/** Bytes that the disk does not give back, or gives back other than they were written; `code` is the system's, EIO when only the content is wrong. */
export class LogReadError extends Error {
  readonly file: string
  readonly at: number
  readonly code: string

  constructor(file: string, at: number, why: string, code: string, cause?: unknown) {
    super(`${file}@${at}: ${why}`, cause === undefined ? undefined : {cause})
    this.name = 'LogReadError'
    this.file = file
    this.at = at
    this.code = code
  }
}

/** The disk does not give back what was written. */
export function isUnreadable(error: unknown): error is LogReadError {
  return error instanceof LogReadError && error.code === 'EIO'
}

export const UNREADABLE = 'the disk cannot be read (EIO)'
