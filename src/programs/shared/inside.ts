import {ChronikError, EXIT} from '../../base/errors.ts'
import type {InsideAnswers, InsideOrder} from '../../contracts/inside.ts'
import {CRASH_POINTS, CrashPoints} from '../../io/crash-points.ts'
import type {FaultyDisk} from '../../io/faulty-disk.ts'
import type {MovedClock} from '../../io/node/moved-clock.ts'

/** As SIGKILL: nothing runs after it, not even what has been awaited already. */
export function crashPoints(log: (line: string) => void): CrashPoints {
  return new CrashPoints(point => {
    log(`dies at ${point}`)
    process.kill(process.pid, 'SIGKILL')
    // The signal is on its way; until it is here this thread stands still.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
}

/** Only at points that there are: nobody waits for a name that was never given. */
export function armAt(points: CrashPoints, name: string | undefined, times?: number): void {
  if (name !== undefined && !CRASH_POINTS.some(p => p.name === name))
    throw new ChronikError('CHRONIK_NO_POINT', EXIT.usage, `No point ${name}.`)
  points.arm(name, times)
}

/** Does what a node is told to suffer, and measures it with the very ports that the broker uses. */
export async function suffer(
  order: InsideOrder,
  at: {disk: FaultyDisk; clock: MovedClock; points: CrashPoints},
): Promise<InsideAnswers[InsideOrder['call']]> {
  switch (order.call) {
    case 'disk': {
      at.disk.set(order.trouble)
      const freeBytes = await at.disk.freeBytes()
      if (order.trouble.syncDelayMs === undefined) return {freeBytes, trouble: at.disk.trouble}
      const begun = at.clock.monotonicMs()
      await at.disk.syncDir('.')
      return {freeBytes, syncMs: at.clock.monotonicMs() - begun, trouble: at.disk.trouble}
    }
    case 'clock':
      at.clock.byMs = order.byMs
      return {wallMs: at.clock.wallMs(), monotonicMs: at.clock.monotonicMs()}
    case 'point':
      armAt(at.points, order.name, order.times)
      return {armed: order.name ?? null}
  }
}
