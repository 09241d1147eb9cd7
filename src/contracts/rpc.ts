import type {ErrorShape} from '../base/errors.ts'

/** Largest line of any JSON-line protocol, in bytes. */
export const LINE_BYTES_MAX = 1_048_576

/** Version of the supervisor's protocol. `hello` and `shutdown` never change. */
export const SUPERVISOR_PROTOCOL = 1

export type RpcReply = {id: number; ok: unknown} | {id: number; error: ErrorShape}
