import {realpathSync} from 'node:fs'
import {basename, delimiter, join} from 'node:path'
import {packageRoot} from '../base/package-root.ts'

let calledAs: string | undefined

/** How this program is called in this terminal: `chronik` when that works as typed, else `npx chronik`. */
function called(): string {
  calledAs ??= calledBy(process.argv[1] ?? '', process.env)
  return calledAs
}

/** Exported for its test: `script` is what Node.js was asked to run. */
export function calledBy(script: string, env: NodeJS.ProcessEnv): string {
  const byNpx = env.npm_command === 'exec'
  if (basename(script) === 'chronik' && !byNpx) return 'chronik'
  const ours = real(join(packageRoot(), 'bin', 'run.js'))
  for (const dir of (env.PATH ?? '').split(delimiter)) {
    // npm puts such folders on the PATH of what it runs; the user's own shell does not have them.
    if (!dir || /node_modules[\\/]\.bin$|_npx/.test(dir)) continue
    const there = real(join(dir, 'chronik'))
    if (there !== undefined && there === ours) return 'chronik'
  }
  return 'npx chronik'
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** A text with the commands in it spelled so that they work as printed. */
export function spelled(text: string, as: string = called()): string {
  if (as === 'chronik') return text
  return text.replace(/(?<!npx)(^|[\s`(:])chronik (?=[a-z-]+)(?! ?itself)/g, `$1${as} `)
}
