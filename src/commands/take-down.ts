import {ChronikError, EXIT} from '../base/errors.ts'
import {formatDuration} from '../base/units.ts'
import type {SupervisorAnswers} from '../contracts/supervisor-protocol.ts'
import type {SupervisorClient} from '../supervisor/client.ts'

/** Asks the supervisor to end, and waits until it has: what comes next finds ports and files free. */
export async function takeDown(
  client: SupervisorClient,
  mode: 'stop' | 'kill',
  timeoutMs: number,
): Promise<SupervisorAnswers['shutdown']> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const {pid, cluster} = client.hello
      reject(
        new ChronikError(
          'CHRONIK_TIMEOUT',
          EXIT.unknown,
          `${cluster} has not stopped for ${formatDuration(timeoutMs)} (supervisor pid ${pid})`,
          {
            next: 'chronik doctor',
          },
        ),
      )
    }, timeoutMs)
  })
  try {
    const answer = await Promise.race([client.shutdown(mode), late])
    await Promise.race([client.closed, late])
    return answer
  } finally {
    clearTimeout(timer)
    client.close()
  }
}
