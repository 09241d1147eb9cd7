import {spawn} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {outcome} from '../helpers/chronik.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const RACERS = 8
const ROUNDS = 12

/** Waits for the moment, takes the lock, says who has it, and holds it until its input ends. */
const RACER = `
import {takeLock} from './lock.mjs'
const [dir, at] = process.argv.slice(2)
while (Date.now() < Number(at));
const owner = takeLock(dir)
console.log(owner ? 'busy' : 'mine')
process.stdin.resume()
`

describe('lock', {timeout: 120_000}, () => {
  const dir = mkdtempSync(join(tmpdir(), 'chronik-lock-'))

  beforeAll(async () => {
    await build({
      entryPoints: [join(root, 'src/supervisor/lock.ts')],
      outfile: join(dir, 'lock.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    })
    writeFileSync(join(dir, 'racer.mjs'), RACER)
  })

  afterAll(() => rmSync(dir, {recursive: true, force: true}))

  /** How many of the racers say that the lock is theirs. */
  async function race(place: string): Promise<number> {
    const at = Date.now() + 400
    const racers = Array.from({length: RACERS}, () =>
      spawn(process.execPath, [join(dir, 'racer.mjs'), place, String(at)], {stdio: ['pipe', 'pipe', 'inherit']}),
    )
    const ended = racers.map(outcome)
    // All have spoken before the first one ends: a dead owner is no owner.
    await Promise.all(racers.map(r => new Promise(resolve => r.stdout?.once('data', resolve))))
    for (const racer of racers) racer.stdin?.end()
    return (await Promise.all(ended)).filter(o => o.stdout === 'mine\n').length
  }

  it('hardening 6: of processes that take it at the same moment one has it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const place = mkdtempSync(join(dir, 'fresh-'))
      expect(await race(place)).toBe(1)
      expect(readdirSync(place)).toEqual(['lock'])
    }
  })

  it('hardening 15: a lock whose owner is gone, or whose number is another process now, is taken over, once', async () => {
    const place = mkdtempSync(join(dir, 'stale-'))
    writeFileSync(join(place, 'lock'), JSON.stringify({pid: process.pid, startTime: 'another life'}))
    expect(await race(place)).toBe(1)
    expect(JSON.parse(readFileSync(join(place, 'lock'), 'utf8')).startTime).not.toBe('another life')
  })
})
