// `npm run wal:conformance [-- DIR…]`: every folder with image/ and expected.json below DIR is read with both readers.
// Needs the packages (installed when they are missing), and no build.
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {install, root} from './setup.mjs'

process.exitCode = install()
if (!process.exitCode) {
  const main = join(root, 'scripts', 'conformance', 'main.ts')
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  const done = spawnSync(process.execPath, ['--import', tsx, main, ...process.argv.slice(2)], {stdio: 'inherit'})
  process.exitCode = done.status ?? 1
}
