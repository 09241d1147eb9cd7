import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {runTask} from '../../src/sim/task.ts'
import {Home} from '../helpers/chronik.ts'

const home = new Home()
afterAll(() => home.remove())

/** Programs of other versions: `node22`, `node-24` and the like on the path, and those that CHRONIK_NODES names. */
function nodesAtHand(): string[] {
  const named = (process.env.CHRONIK_NODES ?? '').split(delimiter).filter(path => path !== '')
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(dir => existsSync(dir))
    .flatMap(dir =>
      readdirSync(dir)
        .filter(name => /^node-?\d+$/.test(name))
        .map(name => join(dir, name)),
    )
  return [...named, ...found]
}

describe('chronik sim', () => {
  it('sim: the trace of a worker is that of this process, byte for byte', async () => {
    const lines: string[] = []
    await runTask({number: 1, seed: 5, forMs: 1_500, trace: true}, line => lines.push(line))
    const typed = await home.run(['sim', '--seed', '5', '--for', '1500ms', '--trace'])
    expect(typed.code).toBe(0)
    expect(typed.stdout).toBe(`${lines.join('\n')}\n`)
    expect(lines.length).toBeGreaterThan(1_000)
  }, 120_000)

  it('sim: the trace is the same on every Node.js that is at hand, byte for byte', () => {
    const trace = (node: string): string =>
      execFileSync(node, ['bin/run.js', 'sim', '--seed', '5', '--for', '1s', '--trace'], {encoding: 'utf8'})
    const first = trace(process.execPath)
    expect(first.split('\n').length).toBeGreaterThan(500)
    for (const node of nodesAtHand()) expect(trace(node), node).toBe(first)
  }, 120_000)

  it('sim: seeds of the sound broker, exit 0 and figures', async () => {
    const typed = await home.run(['sim', '--seeds', '1..3', '--for', '1s', '--json'])
    expect(typed.code).toBe(0)
    const seeds = typed.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as {seed: number; violations: unknown[]; steps: number})
    expect(seeds.map(s => s.seed)).toEqual([1, 2, 3])
    expect(seeds.every(s => s.violations.length === 0 && s.steps > 500)).toBe(true)
  }, 120_000)

  it('sim: a planted bug is found, shrunk, and repeated from the schedule that was written', async () => {
    const found = await home.run(['sim', '--plant', 'ignore-hardstate', '--shrink'])
    expect(found.code).toBe(1)
    expect(found.stdout).toMatch(/FAIL {2}seed \d+ \(\w+\) {2}(L2|D8) at event/)
    const [name] = readdirSync(join(home.dir, 'regressions'))
    const schedule = join('regressions', name)
    const again = await home.run(['sim', '--schedule', schedule, '--plant', 'R04'])
    expect(again.code).toBe(1)
    const sound = await home.run(['sim', '--schedule', schedule])
    expect(sound.code).toBe(0)
    expect(sound.stdout).toContain('PASS')
  }, 240_000)

  it('sim: what is no seed, fault, plant or schedule is refused with 2', async () => {
    for (const words of [
      ['--seeds', '5..1'],
      ['--seed', '-1'],
      ['--faults', 'flood'],
      ['--plant', 'none'],
      ['--schedule', 'nowhere.json'],
      ['--trace'],
    ])
      expect((await home.run(['sim', ...words])).code, words.join(' ')).toBe(2)
  }, 120_000)
})
