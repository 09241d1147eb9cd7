import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {homedir, tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {projectRoot} from '../helpers/chronik.ts'

const dir = mkdtempSync(join(tmpdir(), 'chronik-pack-'))
const installed = join(dir, 'elsewhere')
let tarball = ''
let sizes = new Map<string, number>()
let names: string[] = []

function npm(args: string[], cwd: string): string {
  const env = {
    ...process.env,
    npm_config_loglevel: 'error',
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
  }
  const done = spawnSync('npm', args, {cwd, encoding: 'utf8', env})
  if (done.status !== 0) throw new Error(`npm ${args.join(' ')} exited ${done.status}\n${done.stdout}\n${done.stderr}`)
  return done.stdout
}

function chronik(...args: string[]): {code: number | null; stdout: string; stderr: string} {
  const home = join(dir, 'home')
  const done = spawnSync(join(installed, 'node_modules', '.bin', 'chronik'), args, {
    cwd: installed,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: home,
      SHELL: '/bin/bash',
      NO_COLOR: '1',
      CHRONIK_TEST_RUN: process.env.CHRONIK_TEST_RUN,
    },
  })
  return {code: done.status, stdout: done.stdout, stderr: done.stderr}
}

beforeAll(() => {
  // What is packed is what was built: building again would pull the programs from under tests that run beside this one.
  const packed = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', dir], projectRoot))
  const entry = Array.isArray(packed) ? packed[0] : (Object.values(packed)[0] as typeof packed)
  tarball = join(dir, entry.filename)
  sizes = new Map(entry.files.map((f: {path: string; size: number}) => [f.path, f.size]))
  names = [...sizes.keys()].sort()
  mkdirSync(installed)
  mkdirSync(join(dir, 'home'))
  writeFileSync(join(installed, 'package.json'), JSON.stringify({name: 'elsewhere', private: true}))
  npm(['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball], installed)
}, 180_000)

afterAll(() => {
  rmSync(dir, {recursive: true, force: true})
})

describe('package', () => {
  it('holds what is needed and no more', () => {
    const kinds = new Set(
      names.map(name =>
        name
          .replace(/^dist\/chunks\/.*\.mjs$/, 'dist/chunks/*.mjs')
          .replace(/^dist\/commands\/.*\.mjs$/, 'dist/commands/*.mjs')
          .replace(/^dist\/labs\/.*\.mjs$/, 'dist/labs/*.mjs')
          .replace(/^dist\/hooks\/.*\.mjs$/, 'dist/hooks/*.mjs')
          .replace(/^dist\/types\/.*\.d\.ts$/, 'dist/types/**'),
      ),
    )
    expect([...kinds].sort()).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'NOTICE',
        'README.md',
        'THIRD-PARTY.txt',
        'bin/run.js',
        'dist/chunks/*.mjs',
        'dist/cli.mjs',
        'dist/commands/*.mjs',
        'dist/hooks/*.mjs',
        'dist/lab.d.ts',
        'dist/lab.mjs',
        'dist/labs/*.mjs',
        'dist/node-planted.mjs',
        'dist/node.mjs',
        'dist/report/page.css',
        'dist/report/page.js',
        'dist/second-client.mjs',
        'dist/sim-worker.mjs',
        'dist/suite-host.mjs',
        'dist/supervisor.mjs',
        'dist/types/**',
        'oclif.manifest.json',
        'package.json',
      ].sort(),
    )
    expect(statSync(tarball).size).toBeLessThan(3_000_000)
    // A compiler that slips into the bundle of every command is 7 MB to read at each start.
    expect([...sizes].filter(([name, size]) => name.startsWith('dist/chunks/') && size > 1_500_000)).toEqual([])
  })

  it('names no path of the machine that built it', () => {
    for (const name of names.filter(n => n.endsWith('.mjs') || n.endsWith('.json')))
      expect(readFileSync(join(projectRoot, name), 'utf8').includes(projectRoot), name).toBe(false)
  })

  it('installed elsewhere it shows its help and its version', () => {
    expect(chronik('--version').stdout).toBe(
      `chronik ${JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).version}\n`,
    )
    const help = chronik('help')
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('Nothing runs yet. Start here:  chronik cluster up')
    const kill = chronik('kill', '-h')
    expect(kill.code).toBe(0)
    expect(kill.stdout).toContain('--leader')
  })

  it('installed elsewhere it starts a cluster, kills its leader and removes it', () => {
    const here = ['--dir', join(dir, 'cluster')]
    const up = chronik('cluster', 'up', '--new-ports', ...here)
    expect(up.stderr + up.stdout).toContain('LEADER')
    expect(up.code).toBe(0)
    expect(chronik('kill', '--leader', ...here).stdout).toMatch(/n\d leads term \d+/)
    expect(chronik('cluster', 'purge', '--yes', ...here).code).toBe(0)
    expect(existsSync(join(dir, 'cluster'))).toBe(false)
  })

  it('installed elsewhere it completes its commands in a shell', () => {
    const shell = chronik('autocomplete', 'script', 'bash')
    expect(shell.stderr).toBe('')
    expect(shell.code).toBe(0)
    expect(shell.stdout).toContain('chronik')
    expect(chronik('autocomplete', '--refresh-cache').code).toBe(0)
  })
})
