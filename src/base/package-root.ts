import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {ChronikError, EXIT} from './errors.ts'

let root: string | undefined

/** The folder of this package, in a checkout and where it is installed: the nearest one above with our package.json. */
export function packageRoot(): string {
  if (root) return root
  let dir = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const file = join(dir, 'package.json')
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'chronik') {
      root = dir
      return root
    }
    const parent = dirname(dir)
    if (parent === dir)
      throw new ChronikError('CHRONIK_BUG', EXIT.bug, `no package.json of chronik above ${import.meta.url}`)
    dir = parent
  }
}

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version
}

/** Path of a built program (`node`, `node-planted`, `supervisor`, `suite-host`). */
export function programPath(name: string): string {
  const path = join(packageRoot(), 'dist', `${name}.mjs`)
  if (!existsSync(path))
    throw new ChronikError('CHRONIK_NOT_BUILT', EXIT.environment, `${path} is missing: this checkout is not built`, {
      next: 'npm run build',
    })
  return path
}
