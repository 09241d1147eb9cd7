import {createInterface} from 'node:readline'
import {Command, Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import {formatDuration, parseDuration} from '../base/units.ts'
import type {Asker} from '../contracts/action.ts'
import {type ClusterEntry, type ClusterPlace, locate, readCluster, shellWord} from '../supervisor/registry.ts'
import type {ClusterSpec} from '../supervisor/spec.ts'
import {explained, printable} from './errors.ts'
import {spelled} from './spelling.ts'
import {wantsColour} from './terminal.ts'

const POLL_MS = 100

/** A flag whose value is a time with its unit (250ms, 5s, 2m); in milliseconds. */
export const duration = Flags.custom<number>({
  helpValue: 'DUR',
  parse: async text => parseDuration(text),
})

/** A flag whose value is a whole number in `min`..`max`. */
export const whole = Flags.custom<number, {min?: number; max?: number}>({
  helpValue: 'N',
  parse: async (text, _context, {min = 0, max = Number.MAX_SAFE_INTEGER}) => wholeNumber(text, min, max),
})

export function wholeNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new UsageError(
      `"${text}" is not a whole number from ${min} ${max === Number.MAX_SAFE_INTEGER ? 'up' : `to ${max}`}`,
    )
  return value
}

/** Flags that every command of the lab takes. */
const COMMON = {
  cluster: Flags.string({char: 'c', helpValue: 'NAME', summary: 'which cluster (CHRONIK_CLUSTER, else default)'}),
  dir: Flags.string({helpValue: 'DIR', summary: 'the folder of one cluster, instead of its name'}),
  json: Flags.boolean({summary: 'for programs: docs/commands-json.md'}),
  quiet: Flags.boolean({char: 'q', summary: 'results only'}),
  yes: Flags.boolean({char: 'y', summary: 'do not ask'}),
  timeout: duration({default: 30_000, summary: 'give up after this long (30s)'}),
  'no-color': Flags.boolean({summary: 'no colour'}),
}

export type Given = Record<string, unknown>

/** Every command: parses, asks the lab, prints. Errors of any kind become one or two lines and an exit code. */
export abstract class BaseCommand extends Command {
  static override baseFlags = COMMON
  static override enableJsonFlag = false

  protected readonly asker: Asker = {name: 'chronik', pid: process.pid}
  protected timeoutMs = 30_000
  /** Positional words, for commands that take any number of them. */
  protected words: string[] = []
  protected asJson = false
  protected quiet = false
  protected colour = false
  #yes = false
  #place: {cluster?: string; dir?: string} = {}
  #interrupted: ((signal: NodeJS.Signals, times: number) => void) | undefined
  #signals = 0

  // biome-ignore lint/suspicious/noConfusingVoidType: a command that just ends has succeeded
  protected abstract execute(flags: Given, args: Given): Promise<ExitCode | void>

  override async run(): Promise<void> {
    const type = this.ctor as typeof BaseCommand
    for (const word of this.argv)
      if (word.includes('\0')) throw new UsageError('A word of this command contains a NUL byte.')
    const {flags, args, argv, raw} = await this.parse({
      // One by one: the parser copies own properties only, and some of these are inherited.
      args: type.args,
      flags: type.flags,
      baseFlags: type.baseFlags,
      strict: type.strict,
    })
    refuseTwice(raw, type)
    const common = flags as Interfaces.InferredFlags<typeof COMMON>
    this.timeoutMs = common.timeout
    this.asJson = common.json
    this.quiet = common.quiet
    this.#yes = common.yes
    this.#place = {cluster: common.cluster, dir: common.dir}
    this.words = argv as string[]
    this.colour = wantsColour(process.stdout, process.argv, process.env)
    ;(this.asker as {name: string}).name = `chronik ${(type.id ?? '').replaceAll(':', ' ')}`
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#signalled(signal))
    process.exitCode = (await this.execute(flags, args)) ?? EXIT.ok
  }

  protected override async catch(thrown: Error): Promise<void> {
    const type = this.ctor as typeof BaseCommand
    const names = Object.keys({...type.baseFlags, ...type.flags, help: 0})
    const error = explained(thrown, names, (type.id ?? '').replaceAll(':', ' '))
    if (error.next === undefined) throw error
    const next = this.pointed(error.next)
    throw new ChronikError(error.code, error.exitCode, error.message, {next, cause: error.cause ?? error})
  }

  /** The cluster that is meant: -c, --dir, CHRONIK_CLUSTER, default. */
  protected place(): ClusterPlace {
    return locate(this.#place)
  }

  /** The cluster that is meant, which has to be there: running or not. */
  protected existing(): ClusterEntry & {spec: ClusterSpec} {
    const entry = readCluster(this.place())
    if (entry.spec) return {...entry, spec: entry.spec}
    throw new ChronikError('CHRONIK_NO_CLUSTER', EXIT.labState, `No cluster ${entry.name}.`, {
      next: 'chronik cluster ls',
    })
  }

  /** True when the cluster was named on this command line (environment and default do not count). */
  protected get placeTyped(): boolean {
    return this.#place.cluster !== undefined || this.#place.dir !== undefined
  }

  /** The words that point a printed command at the same cluster: ` -c five`, or nothing. */
  protected get here(): string {
    if (this.#place.dir !== undefined) return ` --dir ${shellWord(this.#place.dir)}`
    return this.#place.cluster !== undefined ? ` -c ${this.#place.cluster}` : ''
  }

  /** A result: a line or more on stdout. */
  protected out(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** One line of JSON on stdout. */
  protected json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** Progress: on stderr, for eyes only. */
  protected note(text: string): void {
    if (this.quiet || this.asJson || !process.stderr.isTTY) return
    process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** At most two commands to type next. */
  protected next(...commands: string[]): void {
    if (commands.length > 0)
      this.note(
        `Next: ${commands
          .slice(0, 2)
          .map(c => this.hint(c))
          .join('    ')}`,
      )
  }

  /** A text whose commands work as printed: with this cluster's -c, and `npx` where it is needed. */
  protected hint(text: string): string {
    return spelled(this.pointed(text))
  }

  /** Commands about a cluster, pointed at this one; those that are about none, or that would harm it when it is named, stay as they are. */
  protected pointed(text: string): string {
    if (this.here === '' || / (-c|--dir) /.test(text)) return text
    return text
      .split(' && ')
      .map(part =>
        /^chronik (?!help\b|doctor\b|report\b|verify\b|cluster ls\b|engine\b)/.test(part)
          ? `${part}${this.here}`
          : part,
      )
      .join(' && ')
  }

  /** Is there an answer to be had: from --yes, or from somebody at a terminal. */
  protected get mayAsk(): boolean {
    return this.#yes || (process.stdin.isTTY === true && process.stderr.isTTY === true)
  }

  /** Yes or no. Without a terminal and without --yes: exit 2 with `refusal`. */
  protected async ask(question: string, refusal = `${question} Without a terminal it needs --yes`): Promise<boolean> {
    if (this.#yes) return true
    if (!this.mayAsk) throw new UsageError(refusal)
    const lines = createInterface({input: process.stdin, output: process.stderr})
    try {
      const answer = await new Promise<string>(resolve => {
        lines.once('close', () => resolve(''))
        lines.once('SIGINT', () => process.emit('SIGINT'))
        lines.question(`${question} [y/N] `, resolve)
      })
      return /^\s*y(es)?\s*$/i.test(answer)
    } finally {
      lines.close()
    }
  }

  /** What Ctrl-C, SIGTERM and SIGHUP do instead of ending with 130 at once. */
  protected onInterrupt(handler: (signal: NodeJS.Signals, times: number) => void): void {
    this.#interrupted = handler
  }

  /** Ends now, with what was printed flushed as far as it goes. */
  protected leave(code: ExitCode, lastWords?: string): never {
    if (lastWords && !this.asJson) process.stderr.write(`${spelled(lastWords)}\n`)
    process.exit(code)
  }

  /** Prints again and again what has come meanwhile, until Ctrl-C; the cluster goes on. */
  protected printAgain(print: () => void, cluster: string): Promise<never> {
    this.onInterrupt(() => {
      this.leave(
        EXIT.ok,
        process.stderr.isTTY && !this.quiet
          ? `\n${cluster} goes on. To stop it: ${this.hint('chronik cluster down')}`
          : undefined,
      )
    })
    return new Promise((_, reject) => {
      setInterval(() => {
        try {
          print()
        } catch (error) {
          reject(error)
        }
      }, POLL_MS)
    })
  }

  /** `work`, or an error (exit 3) when it takes longer than --timeout. */
  protected async within<T>(work: Promise<T>, what: string, ms = this.timeoutMs): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new ChronikError('CHRONIK_TIMEOUT', EXIT.unknown, `${what}: no answer for ${formatDuration(ms)}`))
      }, ms)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #signalled(signal: NodeJS.Signals): void {
    this.#signals++
    if (this.#interrupted) this.#interrupted(signal, this.#signals)
    else this.leave(EXIT.interrupted, process.stderr.isTTY ? '\nInterrupted.' : undefined)
  }
}

/** A flag given twice is a slip of the hand: the parser itself refuses those with a value, not the others. */
function refuseTwice(raw: ReadonlyArray<{type: string; flag?: string; input: string}>, type: typeof BaseCommand): void {
  const seen = new Set<string>()
  const flags = {...type.baseFlags, ...type.flags} as Record<string, {multiple?: boolean}>
  for (const token of raw) {
    if (token.type !== 'flag' || token.flag === undefined || flags[token.flag]?.multiple) continue
    if (seen.has(token.flag)) throw new UsageError(`Flag --${token.flag} can only be specified once`)
    seen.add(token.flag)
  }
}

/** One error, printed; gives the exit code. */
export function reported(thrown: unknown, argv: readonly string[]): ExitCode {
  const error = explained(thrown)
  const end = argv.indexOf('--')
  const json = (end < 0 ? argv : argv.slice(0, end)).includes('--json')
  process.stderr.write(printable(error, json))
  return error.exitCode
}
