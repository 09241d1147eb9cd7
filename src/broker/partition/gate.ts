/** Lets callers in, one after the other in the order in which they came; while it is shut they wait. */
export class Gate {
  readonly #shut: () => boolean
  #waiting: Array<() => void> = []

  constructor(shut: () => boolean) {
    this.#shut = shut
  }

  enter<T>(run: () => Promise<T>): Promise<T> {
    if (this.#waiting.length === 0 && !this.#shut()) return run()
    return new Promise(resolve => this.#waiting.push(() => resolve(run())))
  }

  /** It may be open by now. */
  look(): void {
    while (this.#waiting.length > 0 && !this.#shut()) this.#waiting.shift()?.()
  }
}
