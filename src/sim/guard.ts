/**
 * While a step of a simulated world runs, whatever would tell real time or draw real numbers throws: a trace that depended on it would not repeat.
 * Outside of steps everything is as it was, so that the surroundings (a test runner, a worker) notice nothing.
 */
export const real = {
  setImmediate: globalThis.setImmediate,
  now: performance.now.bind(performance),
}

export class Guard {
  inStep = false
  #undo: Array<() => void> = []

  install(): void {
    const replace = (holder: object, name: string, make: (was: never) => unknown): void => {
      const was = (holder as Record<string, unknown>)[name]
      const described = Object.getOwnPropertyDescriptor(holder, name)
      Object.defineProperty(holder, name, {configurable: true, writable: true, value: make(was as never)})
      this.#undo.push(() => {
        if (described) Object.defineProperty(holder, name, described)
        else delete (holder as Record<string, unknown>)[name]
      })
    }
    const guarded =
      (what: string, holder: object) =>
      (was: (...given: unknown[]) => unknown): unknown =>
      (...given: unknown[]) => {
        this.#refuse(what)
        return was.apply(holder, given)
      }
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])
      replace(globalThis, name, guarded(name, globalThis))
    replace(process, 'nextTick', guarded('process.nextTick', process))
    replace(process, 'hrtime', guarded('process.hrtime', process))
    replace(performance, 'now', guarded('performance.now', performance))
    replace(Math, 'random', guarded('Math.random', Math))
    replace(globalThis.crypto, 'getRandomValues', guarded('crypto.getRandomValues', globalThis.crypto))
    replace(globalThis.crypto, 'randomUUID', guarded('crypto.randomUUID', globalThis.crypto))
    replace(globalThis, 'Date', (was: DateConstructor) => this.#date(was))
  }

  uninstall(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  #refuse(what: string): void {
    if (this.inStep) throw new Error(`${what} was used in a simulated step: only ports may tell time and chance`)
  }

  #date(was: DateConstructor): DateConstructor {
    return new Proxy(was, {
      construct: (target, given, self) => {
        this.#refuse('Date')
        return Reflect.construct(target, given, self) as object
      },
      apply: (target, self, given) => {
        this.#refuse('Date')
        return Reflect.apply(target, self, given) as unknown
      },
      get: (target, name, self) => {
        if (name === 'now') this.#refuse('Date.now')
        return Reflect.get(target, name, self) as unknown
      },
    })
  }
}
