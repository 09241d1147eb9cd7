// What `npm start` and `npm test` do first: check Node.js, install from the lockfile and build, each only when needed.
// Needs nothing but Node.js itself.
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Gives an exit code other than 0 when the set-up failed; everything has been said by then. */
export function setUp() {
  return install() || build()
}

/** Node.js and the packages alone. */
export function install() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19) || major === 21) {
    say(`chronik needs Node.js 20.19 or newer (20, 22 and 24 are tested); this is ${process.versions.node}.`)
    say('Install one from your system, or with a version manager, and run this again.')
    return 4
  }
  if (process.platform === 'win32') {
    say('chronik runs on Linux and macOS. On Windows use WSL 2.')
    return 4
  }
  const wanted = hashOf([join(root, 'package-lock.json')])
  const stamp = join(root, 'node_modules', '.chronik-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return 0
  say('Installing the packages of package-lock.json (about 300 MB on disk, half a minute; once) …')
  const begun = Date.now()
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    env: withoutNpmNoise(),
  })
  if (npm.error || npm.status !== 0) {
    process.stderr.write(`${(npm.stderr ?? '').trim().split('\n').slice(-8).join('\n')}\n`)
    say(npm.error ? `npm could not be started: ${npm.error.message}` : 'The packages could not be installed.')
    say(
      'Is the registry that `npm config get registry` names within reach? Behind a proxy: `npm config set proxy URL`.',
    )
    say('On a machine without a network: copy node_modules from one with the same system and run this again.')
    return 4
  }
  writeFileSync(stamp, wanted)
  say(`Installed in ${((Date.now() - begun) / 1000).toFixed(0)} s.`)
  return 0
}

function build() {
  const wanted = hashOf(sources())
  const stamp = join(root, 'dist', '.built')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return 0
  say('Building (some seconds) …')
  const made = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (made.status !== 0) {
    say('The build failed; what it said stands above.')
    return 70
  }
  mkdirSync(join(root, 'dist'), {recursive: true})
  writeFileSync(stamp, wanted)
  return 0
}

function sources() {
  const files = ['package.json', 'package-lock.json', 'tsconfig.json'].map(f => join(root, f))
  for (const dir of ['src', 'labs', 'scripts']) walk(join(root, dir), files)
  return files
}

function walk(dir, into) {
  if (!existsSync(dir)) return
  for (const name of readdirSync(dir).sort()) {
    if (name === 'generated') continue
    const path = join(dir, name)
    if (statSync(path).isDirectory()) walk(path, into)
    else into.push(path)
  }
}

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

function withoutNpmNoise() {
  const env = {...process.env}
  for (const name of Object.keys(env)) if (/^npm_(config_nodedir|lifecycle|package)/i.test(name)) delete env[name]
  return env
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = setUp()
