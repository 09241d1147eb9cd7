import {type ChildProcess, spawn} from 'node:child_process'
import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const program = join(projectRoot, 'bin', 'run.js')

export interface Outcome {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A home of its own for the command line: its clusters, runs and sockets go when `remove` is called. */
export class Home {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-home-')))

  get env(): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      HOME: this.dir,
      NO_COLOR: '1',
      CHRONIK_TEST_RUN: process.env.CHRONIK_TEST_RUN ?? '',
    }
    for (const name of [
      'XDG_STATE_HOME',
      'XDG_RUNTIME_DIR',
      'XDG_CACHE_HOME',
      'CHRONIK_CLUSTER',
      'FORCE_COLOR',
      'CI',
      'NODE_OPTIONS',
      'VITEST',
      'NODE_ENV',
    ])
      delete env[name]
    return env
  }

  get clusters(): string {
    return join(this.dir, '.local', 'state', 'chronik', 'clusters')
  }

  get runs(): string {
    return join(this.dir, '.local', 'state', 'chronik', 'runs')
  }

  start(args: readonly string[], options: {cwd?: string; env?: NodeJS.ProcessEnv} = {}): ChildProcess {
    return spawn(process.execPath, [program, ...args], {
      cwd: options.cwd ?? this.dir,
      env: {...this.env, ...options.env},
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  /** Runs `chronik ARGS` to its end. */
  async run(
    args: readonly string[],
    options: {input?: string; cwd?: string; env?: NodeJS.ProcessEnv} = {},
  ): Promise<Outcome> {
    const child = this.start(args, options)
    child.stdin?.end(options.input ?? '')
    return outcome(child)
  }

  /** Runs it and throws unless it exits 0. */
  async ok(...args: string[]): Promise<Outcome> {
    const done = await this.run(args)
    if (done.code !== 0)
      throw new Error(`chronik ${args.join(' ')} exited ${done.code ?? done.signal}\n${done.stdout}\n${done.stderr}`)
    return done
  }

  /** Stops every cluster that was started here and removes everything. */
  async remove(): Promise<void> {
    const listed = await this.run(['cluster', 'ls', '--json'])
    for (const line of listed.stdout.split('\n').filter(Boolean))
      await this.run(['cluster', 'purge', '--yes', '-c', JSON.parse(line).name])
    rmSync(this.dir, {recursive: true, force: true})
  }
}

export function outcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({code, signal, stdout, stderr}))
  })
}
