import {EventEmitter} from 'node:events'
import {writeSync} from 'node:fs'

const ENTER = '\u001b[?1049h\u001b[H\u001b[2J\u001b[?25l'
const LEAVE = '\u001b[0m\u001b[?25h\u001b[?1049l'

/**
 * The alternate screen of a terminal, as the stream that ink writes frames on (its `debug` option: whole frames, no cursor codes). Only rows
 * that differ reach the terminal. ink 6 by itself either clears the terminal with its scrollback, when a frame is as high as the screen, or
 * draws a row too low (`incrementalRendering`).
 */
export class Screen extends EventEmitter {
  readonly isTTY = true
  readonly #stream: NodeJS.WriteStream
  readonly #resized: () => void
  #inside = false
  #shown: string[] = []

  constructor(stream: NodeJS.WriteStream, onResize: () => void) {
    super()
    this.#stream = stream
    this.#resized = onResize
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  get rows(): number {
    return this.#stream.rows || 24
  }

  /** A frame. What else ink would say to a terminal (its cursor, an end) is said here. */
  write(text: string, done?: unknown): boolean {
    if (typeof done === 'function') done()
    if (!this.#inside || text === '' || text.startsWith('\u001b[?')) return true
    const rows = text.split('\n').slice(0, this.rows)
    let changes = ''
    for (let i = 0; i < Math.max(rows.length, this.#shown.length); i++)
      if (rows[i] !== this.#shown[i]) changes += `\u001b[${i + 1};1H\u001b[0m\u001b[2K${rows[i] ?? ''}`
    this.#shown = rows
    return changes === '' ? true : this.#stream.write(changes)
  }

  enter(): void {
    this.#inside = true
    this.#stream.write(ENTER)
    this.#stream.on('resize', this.#resized)
    process.on('exit', this.leave)
  }

  /** Everything is to be drawn anew. */
  clear(): void {
    this.#shown = []
    if (this.#inside) this.#stream.write('\u001b[0m\u001b[H\u001b[2J')
  }

  /** Gives the terminal back as it was. Synchronous, harmless when done twice: it is the last thing on every way out. */
  readonly leave = (): void => {
    if (!this.#inside) return
    this.#inside = false
    this.#stream.off('resize', this.#resized)
    process.off('exit', this.leave)
    try {
      if (process.stdin.isTTY) process.stdin.setRawMode(false)
    } catch {
      // The terminal is gone.
    }
    try {
      writeSync((this.#stream as {fd?: number}).fd ?? 1, LEAVE)
    } catch {
      // Likewise.
    }
  }
}
