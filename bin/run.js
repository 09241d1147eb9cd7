#!/usr/bin/env node
// `chronik`. Answers --version by itself; everything else is dist/cli.mjs, loaded only then.
import {existsSync, readFileSync} from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
const first = process.argv[2]

if (major < 20 || (major === 20 && minor < 19) || major === 21) {
  process.stderr.write(`chronik needs Node.js 20.19 or newer (20, 22, 24); this is ${process.versions.node}.\n`)
  process.exitCode = 4
} else if (process.platform === 'win32') {
  process.stderr.write('chronik runs on Linux and macOS; on Windows use WSL 2.\n')
  process.exitCode = 4
} else if (process.argv.length === 3 && (first === '--version' || first === '-V' || first === 'version')) {
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`chronik ${version}\n`)
} else {
  const cli = new URL('../dist/cli.mjs', import.meta.url)
  if (existsSync(cli)) await import(cli.href)
  else {
    process.stderr.write('This checkout is not built yet. Try: npm run build (after npm ci), or npm start\n')
    process.exitCode = 4
  }
}
