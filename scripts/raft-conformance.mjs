// `npm run raft:conformance -- DIR…`: the Raft core against recorded interactions of etcd's library, byte for byte.
// Needs the packages (installed when they are missing), and no build. The last line is the sum, a file counting as one: `N passed, N failed`.
import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {install, root} from './setup.mjs'

process.exitCode = install()
if (!process.exitCode) {
  const main = join(root, 'test', 'raft', 'conformance', 'main.ts')
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  const done = spawnSync(process.execPath, ['--import', tsx, main, ...process.argv.slice(2)], {stdio: 'inherit'})
  process.exitCode = done.status ?? 1
}
