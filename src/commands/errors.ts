import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ChronikError, type ErrorShape, EXIT, messageOf, systemCode, UsageError} from '../base/errors.ts'
import {runsRoot} from '../supervisor/registry.ts'
import {nearest} from './help/nearest.ts'
import {spelled} from './spelling.ts'

/** Anything that was thrown, as an error of ours. What cannot be explained is a bug of chronik. */
export function explained(thrown: unknown, flags: readonly string[] = [], command?: string): ChronikError {
  const ours = asOurs(thrown)
  if (ours) return ours
  const usage = usageOf(thrown, flags, command)
  if (usage) return usage
  switch (systemCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'EMFILE':
    case 'ENFILE':
      return new ChronikError('CHRONIK_ENVIRONMENT', EXIT.environment, messageOf(thrown), {cause: thrown})
    default:
      return new ChronikError('CHRONIK_BUG', EXIT.bug, messageOf(thrown), {cause: thrown})
  }
}

/** By its shape, not its class: an error may come from another copy of the module (a bundle of its own). */
function asOurs(thrown: unknown): ChronikError | undefined {
  if (thrown instanceof ChronikError) return unwrapped(thrown)
  const like = thrown as Partial<ChronikError> | undefined
  if (thrown instanceof Error && typeof like?.exitCode === 'number' && /^CHRONIK_/.test(String(like.code)))
    return unwrapped(thrown as ChronikError)
  return undefined
}

/** The parser of flags wraps messages: what is left is `--for: "5" is not a duration …`. */
function unwrapped(error: ChronikError): ChronikError {
  const match = /^Parsing --(\S+) \n\t([\s\S]*?)\nSee more help with --help$/.exec(error.message)
  if (!match) return error
  return new ChronikError(error.code, error.exitCode, `--${match[1]}: ${match[2]}`, {next: error.next})
}

function usageOf(thrown: unknown, flags: readonly string[], command: string | undefined): UsageError | undefined {
  if (!(thrown instanceof Error)) return undefined
  const text = thrown.message.replace(/\nSee more help with --help$/, '').trim()
  const help = command ? `chronik ${command} -h` : 'chronik help'
  const unknown = /^Nonexistent flags?: (.*)$/.exec(text)
  if (unknown) {
    const first = unknown[1].split(', ')[0]
    const like = first.startsWith('--')
      ? nearest(
          first.replace(/=.*$/, ''),
          flags.map(f => `--${f}`),
        )
      : undefined
    return like ? new UsageError(`No flag ${first}. Did you mean: ${like}`) : new UsageError(`No flag ${first}.`, help)
  }
  const extra = /^Unexpected arguments?: (.*)$/.exec(text)
  if (extra) return new UsageError(`"${extra[1]}" is one word too many.`, help)
  const parsing = /^Parsing --(\S+) \n\t([\s\S]*)$/.exec(text)
  if (parsing) return new UsageError(`--${parsing[1]}: ${parsing[2].split('\n')[0]}`, help)
  const missing = /^Missing \d+ required args?:?\n([\s\S]*)$/.exec(text)
  if (missing) {
    const names = [...missing[1].matchAll(/^\s*(\S+)/gm)].map(m => m[1].toUpperCase())
    return new UsageError(`${names.join(' ')} is missing.`, help)
  }
  const known = [/^Flag --/, /^Expected /, /^Missing required flag/, /^The following errors? occurred/]
  if (known.some(pattern => pattern.test(text))) return new UsageError(text.replace(/\s*\n\s*/g, ' '), help)
  return undefined
}

/** What goes to stderr: one or two lines for people, one JSON object for programs. */
export function printable(error: ChronikError, json: boolean): string {
  let shape: ErrorShape = error.toShape()
  if (error.exitCode === EXIT.bug) {
    const trace = keepTrace(error)
    shape = {...shape, message: `chronik itself failed (${error.code}): ${error.message}. Trace: ${trace}`}
  }
  const message = spelled(shape.message)
  const next = shape.next === undefined ? undefined : spelled(shape.next)
  if (json) return `${JSON.stringify({error: {...shape, message, ...(next ? {next} : {})}})}\n`
  const tail = next === undefined || message.includes(next) ? '' : ` Try: ${next}`
  return `${tail && !/[.!?)]$/.test(message) ? `${message}.` : message}${tail}\n`
}

/** Keeps the stack of a failure of our own where it can be sent from. */
function keepTrace(error: ChronikError): string {
  const dir = runsRoot()
  const path = join(dir, 'crash.txt')
  const stacks: string[] = []
  for (let e: unknown = error; e instanceof Error && stacks.length < 8; e = e.cause) stacks.push(e.stack ?? e.message)
  const text = `${new Date().toISOString()}\n${process.argv.slice(2).join(' ')}\nNode.js ${process.version} ${process.platform} ${process.arch}\n\n${stacks.join('\n\n')}\n`
  if (process.env.DEBUG) process.stderr.write(text)
  try {
    mkdirSync(dir, {recursive: true, mode: 0o700})
    writeFileSync(path, text, {mode: 0o600})
    return path
  } catch {
    return 'none could be written (set DEBUG=1 to see it)'
  }
}
