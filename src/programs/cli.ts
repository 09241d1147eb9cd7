// `chronik`: finds the command that is meant, and runs it. Only one command's module is ever loaded.
import {Config} from '@oclif/core'
import {ExitError} from '@oclif/core/errors'
import {UsageError} from '../base/errors.ts'
import {packageRoot} from '../base/package-root.ts'
import {reported} from '../commands/base.ts'
import {HELP_PAGES} from '../commands/help/pages.ts'
import {commandHelp, topicHelp} from '../commands/help/render.ts'
import {ROOT_HELP, rootFooter} from '../commands/help/root.ts'
import {spelled} from '../commands/spelling.ts'
import {listClusters} from '../supervisor/registry.ts'

process.removeAllListeners('warning')
process.on('warning', () => undefined)
for (const stream of [process.stdout, process.stderr])
  stream.on('error', error => {
    // The reader has left (`| head`): that is no failure of ours.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
process.on('uncaughtException', error => process.exit(reported(error, process.argv)))
process.on('unhandledRejection', error => process.exit(reported(error, process.argv)))

const HELP_FLAGS = new Set(['-h', '--help'])

async function main(argv: string[]): Promise<void> {
  const words = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  const first = argv[0]
  if (first === undefined || (argv.length === 1 && (first === 'help' || HELP_FLAGS.has(first)))) return rootHelp()
  if (first === 'help' && HELP_PAGES[argv[1]] && argv.length === 2) return print(HELP_PAGES[argv[1]]())
  const config = await Config.load({root: packageRoot(), version: undefined})
  const wantsHelp = first === 'help' || words.some(word => HELP_FLAGS.has(word))
  const typed = first === 'help' ? argv.slice(1) : argv
  const {command, rest, plain} = find(config, typed)
  if (wantsHelp || (!command && plain.length === 1)) {
    const topic = command ? undefined : topicHelp(config, plain.join(':'))
    if (command) return print(commandHelp(command))
    if (topic) return print(topic)
  }
  if (!command && plain.length === 0) throw new UsageError(`No flag ${first}.`, 'chronik help')
  await config.runCommand(command?.id ?? plain.join(':'), rest)
}

/** The longest run of leading words that is a command. */
function find(config: Config, typed: string[]) {
  const flag = typed.findIndex(word => word.startsWith('-'))
  const plain = flag < 0 ? typed : typed.slice(0, flag)
  for (let n = plain.length; n > 0; n--) {
    const command = config.findCommand(plain.slice(0, n).join(':'))
    if (command) return {command, rest: typed.slice(n), plain}
  }
  return {command: undefined, rest: [], plain: plain.slice(0, 3)}
}

function rootHelp(): void {
  const clusters = listClusters().map(({name, state, spec}) => ({name, state, engine: spec?.engine ?? '-'}))
  print(ROOT_HELP + spelled(rootFooter(clusters)))
}

function print(text: string): void {
  process.stdout.write(text)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const code = error instanceof ExitError ? error.oclif.exit : undefined
  process.exitCode = code ?? reported(error, process.argv.slice(2))
}
// All that was said must reach the reader; whatever else is still open does not keep this process.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
