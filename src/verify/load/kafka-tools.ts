import {type Admin, type Consumer, Kafka, logLevel} from 'kafkajs'
import {ChronikError, EXIT, messageOf} from '../../base/errors.ts'

export type {Consumer}

/** One client of kafkajs for the commands that write, read and administer topics. It logs nothing. */
export function kafkaClient(bootstrap: readonly string[]): Kafka {
  return new Kafka({
    clientId: 'chronik',
    brokers: [...bootstrap],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    retry: {initialRetryTime: 50, retries: 8},
  })
}

export async function withAdmin<T>(bootstrap: readonly string[], run: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(bootstrap).admin()
  try {
    await admin.connect()
    return await run(admin)
  } catch (error) {
    throw asOurs(error)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/** What the broker answered, in its own words, as an error for people. */
export function asOurs(error: unknown): ChronikError {
  if (error instanceof ChronikError) return error
  const aggregate = (error as {errors?: unknown[]} | undefined)?.errors
  const first = aggregate?.[0] ?? error
  const type = (first as {type?: string} | undefined)?.type
  if (type !== undefined)
    return new ChronikError('CHRONIK_KAFKA', EXIT.labState, `The broker refuses: ${type} (${messageOf(first)})`)
  return new ChronikError('CHRONIK_KAFKA', EXIT.labState, `The brokers cannot be reached: ${messageOf(first)}`, {
    next: 'chronik status',
  })
}
