import type {OperationResult} from '../../judge/evidence.ts'

/**
 * Kafka's error codes that promise that nothing was appended: a send that ends with one of them surely did not happen. None that Metadata gives too (3,
 * 17, 29): a client whose connection was lost in the middle of a send asks for metadata, and that answer says nothing of the send.
 */
const SURELY_NOT: ReadonlySet<number> = new Set([2, 10, 19, 45, 47, 87])

/**
 * How a send that failed counts. Only an answer of the broker can promise that nothing was appended; a timeout, a lost
 * connection, and every other error leave it open for ever.
 */
export function classifyFailure(thrown: unknown): {result: Extract<OperationResult, 'fail' | 'info'>; error: string} {
  const root = rootOf(thrown)
  const code = numberOf(root, 'code')
  const name = textOf(root, 'type') ?? textOf(root, 'code') ?? textOf(root, 'name') ?? 'error'
  const answered = textOf(root, 'name') === 'KafkaJSProtocolError' || textOf(root, 'type') !== undefined
  return {result: answered && code !== undefined && SURELY_NOT.has(code) ? 'fail' : 'info', error: name}
}

/** kafkajs wraps the broker's answer: the innermost cause says what it was. */
function rootOf(thrown: unknown): unknown {
  let at = thrown
  for (let depth = 0; depth < 8; depth++) {
    const inner =
      (at as {cause?: unknown; originalError?: unknown} | undefined)?.cause ??
      (at as {originalError?: unknown} | undefined)?.originalError
    if (inner === undefined || inner === null || inner === at) return at
    at = inner
  }
  return at
}

function numberOf(of: unknown, name: string): number | undefined {
  const value = (of as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'number' ? value : undefined
}

function textOf(of: unknown, name: string): string | undefined {
  const value = (of as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
