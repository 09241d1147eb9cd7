import {type ChildProcess, spawn, spawnSync} from 'node:child_process'

/** What gives a process a real pseudo-terminal: `script`, which Linux (util-linux) and macOS have, else Python 3. Node.js has none. */
function means(): ((command: string) => [string, string[]]) | undefined {
  const has = (program: string, ...args: string[]): boolean => spawnSync(program, args, {stdio: 'ignore'}).status === 0
  if (process.platform === 'darwin') return command => ['script', ['-q', '/dev/null', 'sh', '-c', command]]
  if (has('script', '--version')) return command => ['script', ['-qfec', command, '/dev/null']]
  if (has('python3', '-c', 'import pty'))
    return command => ['python3', ['-c', 'import pty,sys; pty.spawn(["sh","-c",sys.argv[1]])', command]]
  return undefined
}

const open = means()

/** False where neither is installed: what needs it is skipped there, never passed. */
export const hasPseudoTerminal = open !== undefined

/** A program on a terminal of its own. */
export class PseudoTerminal {
  readonly #child: ChildProcess
  /** Everything that was written to the terminal. */
  output = ''
  readonly ended: Promise<void>

  constructor(argv: readonly string[], o: {columns: number; rows: number; env: NodeJS.ProcessEnv; cwd: string}) {
    const quoted = argv.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
    const [program, args] = open?.(`stty cols ${o.columns} rows ${o.rows}; echo "PID $$."; exec ${quoted}`) ?? [
      'false',
      [],
    ]
    this.#child = spawn(program, args, {
      cwd: o.cwd,
      env: {...o.env, TERM: 'xterm-256color'},
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
    this.#child.stdin?.on('error', () => undefined)
    this.ended = new Promise(resolve => this.#child.once('close', () => resolve()))
  }

  /** The program's own pid. */
  get pid(): number {
    return Number(/PID (\d+)\./.exec(this.output)?.[1])
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
