/** Settles after that many milliseconds, or as soon as `signal` is aborted. */
export function after(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise<void>(settle => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      void settle()
    }
    const timer = setTimeout(end, Math.max(0, ms))
    signal?.addEventListener('abort', end, {once: true})
    if (signal?.aborted) end()
  })
}
