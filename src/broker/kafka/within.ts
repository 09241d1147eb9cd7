import type {Backend} from '../backend.ts'

/** All of them; after `ms` what is not there yet is answered by `late`. It may still happen. */
export function within<T>(
  backend: Backend,
  ms: number | undefined,
  all: ReadonlyArray<T | Promise<T>>,
  late: (n: number) => T,
): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const results: Array<T | undefined> = all.map(() => undefined)
    let missing = all.length
    const timer =
      ms === undefined
        ? undefined
        : backend.io.clock.after(Math.max(0, ms), () => end(results.map((r, n) => (r === undefined ? late(n) : r))))
    const end = (found: T[]): void => {
      timer?.cancel()
      resolve(found)
    }
    const one = (n: number, result: T): void => {
      results[n] = result
      if (--missing === 0) end(results as T[])
    }
    if (missing === 0) end([])
    for (const [n, result] of all.entries())
      if (result instanceof Promise) result.then(done => one(n, done), reject)
      else one(n, result)
  })
}
