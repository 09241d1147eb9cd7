const CHUNK = 64 * 1024

/** Many lines to stdout: in pieces, with a turn of the event loop between, so that a reader who has left (`| head`) is noticed. */
export class Printer {
  #held: string[] = []
  #size = 0

  line(text: string): Promise<void> | undefined {
    this.#held.push(text, '\n')
    this.#size += text.length + 1
    return this.#size >= CHUNK ? this.flush() : undefined
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return
    const text = this.#held.join('')
    this.#held = []
    this.#size = 0
    if (!process.stdout.write(text)) await new Promise(done => process.stdout.once('drain', done))
    await new Promise(done => setImmediate(done))
  }
}
