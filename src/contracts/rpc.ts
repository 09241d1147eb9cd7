import type {ErrorShape} from '../base/errors.ts'

/** Largest line of any JSON-line protocol, in bytes. */
export const LINE_BYTES_MAX = 1_048_576

/** Largest line that a client takes: what it asked for (a picture of many groups) may be longer than a request. */
export const ANSWER_BYTES_MAX = 16 * LINE_BYTES_MAX

/** Version of the supervisor's protocol. `hello` and `shutdown` never change. */
export const SUPERVISOR_PROTOCOL = 1

export type RpcReply = {id: number; ok: unknown} | {id: number; error: ErrorShape}
