import {spawn} from 'node:child_process'
import {UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {EXEC_VERBS, type ExecVerb} from '../../contracts/attached.ts'

/** What stands for the places in a command. */
export interface Target {
  /** The broker's own number. */
  node: number
  host: string
  port: number
  /** `fetch`: where the files have to go. */
  dir?: string
}

/** How a command ended. */
export interface Ended {
  /** Undefined: it did not end by itself. */
  code: number | undefined
  ms: number
  /** The end of what it printed, both streams as they came. */
  output: string
  /** Why it did not end by itself. */
  why?: string
}

const OUTPUT_BYTES_MAX = 8_192
/** What a command leaves running may hold its streams open: they are read so much longer. */
const STREAMS_MS = 200
/** A `$` before it makes it a variable of the shell. */
const PLACE = /(?<!\$)\{(node|host|port|dir)\}/g

/**
 * Brokers tell these names, and whoever runs one may say anything: what is neither a name of a host nor an address is refused. Nothing of what is left
 * means anything to a shell, wherever in a command it stands, and nothing begins with `-`, which programs read as an option.
 */
export function isHost(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(name) || /^[0-9A-Fa-f:]{2,39}$/.test(name)
}

/** `VERB=COMMAND`; refused unless it can tell one node from another. */
export function parseExec(text: string, nodes: number): [ExecVerb, string] {
  const cut = text.indexOf('=')
  const verb = EXEC_VERBS.find(v => v === text.slice(0, Math.max(cut, 0)))
  const command = text.slice(cut + 1).trim()
  if (!verb || command === '')
    throw new UsageError(`--exec ${oneLine(text).slice(0, 60)}: write VERB='CMD'; verbs are ${EXEC_VERBS.join(', ')}`)
  const places = new Set([...command.matchAll(PLACE)].map(m => m[1]))
  if (verb === 'fetch' && !places.has('dir'))
    throw new UsageError('--exec fetch: its command has to say {dir}, where the files go')
  if (verb !== 'fetch' && places.has('dir')) throw new UsageError(`--exec ${verb}: {dir} is for fetch alone`)
  if (nodes > 1 && !['node', 'host', 'port'].some(p => places.has(p)))
    throw new UsageError(`--exec ${verb}: which node? Its command says none of {node}, {host}, {port}`)
  return [verb, command]
}

/** The command for one node. `{dir}` becomes one word of a shell: it must not stand inside of quotes. */
export function commandFor(template: string, target: Target): string {
  if (!isHost(target.host)) throw new UsageError(`"${oneLine(target.host)}" is no name of a host.`)
  return template.replace(PLACE, (_, place: keyof Target) => {
    const value = String(target[place] ?? '')
    return place === 'dir' ? `'${value.replaceAll("'", "'\\''")}'` : value
  })
}

/** Runs a command by /bin/sh, with its whole process group ended when it takes longer than `withinMs`. Never rejects. */
export function runCommand(command: string, o: {cwd: string; withinMs: number; signal?: AbortSignal}): Promise<Ended> {
  const begun = performance.now()
  return new Promise<Ended>(settle => {
    const resolve = (ended: Ended): void => void settle(ended)
    let output = ''
    let why: string | undefined
    const child = spawn('/bin/sh', ['-c', command], {cwd: o.cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true})
    const stop = (because: string): void => {
      why ??= because
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has just ended.
      }
    }
    const timer = setTimeout(() => stop(`it did not end within ${o.withinMs / 1_000} s`), o.withinMs)
    const abort = (): void => stop('it was given up')
    o.signal?.addEventListener('abort', abort, {once: true})
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_BYTES_MAX)
      })
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer)
      o.signal?.removeEventListener('abort', abort)
      child.stdout.destroy()
      child.stderr.destroy()
      const died = why ?? (code === null ? `it ended by ${signal}` : undefined)
      const ms = performance.now() - begun
      resolve({code: died ? undefined : (code ?? undefined), ms, output, ...(died ? {why: died} : {})})
    }
    child.on('error', error => {
      why = error.message
      end(null, null)
    })
    child.on('exit', (code, signal) => {
      const late = setTimeout(() => end(code, signal), STREAMS_MS)
      child.on('close', () => {
        clearTimeout(late)
        end(code, signal)
      })
    })
  })
}
