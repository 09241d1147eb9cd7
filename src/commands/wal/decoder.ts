import {type ChildProcess, spawn} from 'node:child_process'
import {createInterface} from 'node:readline'
import {ChronikError, EXIT, UsageError} from '../../base/errors.ts'

/** An answer that takes longer is no answer. */
const ANSWER_MS = 10_000
const LINE_MAX = 64 * 1024

/**
 * `--decoder CMD`: a program of yours that says what payloads mean. It is started once, without a shell, and is given a line of JSON for each
 * record (the fields of `--json` and `data`, the payload in base64); it answers each with one line, in the same order.
 */
export class Decoder {
  readonly #command: string
  readonly #child: ChildProcess
  readonly #waiting: Array<(line: string | undefined) => void> = []
  #ended: string | undefined

  constructor(command: string) {
    const [file, ...args] = wordsOf(command)
    if (file === undefined) throw new UsageError('--decoder needs a command: --decoder "node my-decoder.js"')
    this.#command = command
    this.#child = spawn(file, args, {stdio: ['pipe', 'pipe', 'inherit'], shell: false})
    const end = (why: string): void => {
      this.#ended ??= why
      for (const answer of this.#waiting.splice(0)) answer(undefined)
    }
    this.#child.on('error', error => end(error.message))
    this.#child.on('close', (code, signal) => end(`it ended with ${signal ?? code}`))
    this.#child.stdin?.on('error', () => {})
    if (this.#child.stdout)
      createInterface({input: this.#child.stdout}).on('line', line => this.#waiting.shift()?.(line.slice(0, LINE_MAX)))
  }

  /** What the program says of one record. */
  async say(record: Record<string, unknown>): Promise<string> {
    let timer: NodeJS.Timeout | undefined
    const line = await new Promise<string | undefined>(resolve => {
      if (this.#ended !== undefined) return resolve(undefined)
      this.#waiting.push(resolve)
      this.#child.stdin?.write(`${JSON.stringify(record)}\n`)
      timer = setTimeout(() => {
        this.#ended ??= `no answer within ${ANSWER_MS / 1000} s`
        this.#child.kill('SIGKILL')
        resolve(undefined)
      }, ANSWER_MS)
    })
    clearTimeout(timer)
    if (line !== undefined) return line
    throw new ChronikError('CHRONIK_DECODER', EXIT.environment, `The decoder "${this.#command}": ${this.#ended}.`, {
      next: 'chronik wal dump -h',
    })
  }

  close(): void {
    this.#child.stdin?.end()
  }
}

/** Words of a command line: spaces part them, quotes hold them together. No shell reads them. */
export function wordsOf(command: string): string[] {
  const words: string[] = []
  for (const [, double, single, plain] of command.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g))
    words.push(double ?? single ?? plain)
  return words
}
