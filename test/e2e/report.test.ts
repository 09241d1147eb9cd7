import {appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Home} from '../helpers/chronik.ts'
import {reportSchema} from '../verify/report-schema.ts'

let home: Home
let first: string
let second: string
const runs = (): string[] =>
  readdirSync(home.runs)
    .filter(name => /^\d/.test(name))
    .sort()

/** Two runs of a small lab: one that passes, one that fails. */
beforeAll(async () => {
  home = new Home()
  const lab = (name: string, wanted: number): string => {
    const file = join(home.dir, `${name}.ts`)
    writeFileSync(
      file,
      `import {lab} from 'chronik/lab'
export default lab('${name}', async ({cluster, load, check, step, time}) => {
  await load.start({rate: 100})
  await load.acknowledged(20, {withinMs: 20_000})
  await step('killed and back', async () => {
    const follower = await cluster.follower()
    await follower.kill()
    await follower.disk()
    await follower.start()
    await cluster.until(follower.caughtUp, {withinMs: 20_000})
    await check('P0', 'D8')
    check.equal('nodes', cluster.nodes.length, ${wanted})
    time('rejoinMs', 5)
  })
  await step('read back', async () => { check.history('nothing lost', await load.stop()) })
})
`,
    )
    return file
  }
  expect((await home.run(['verify', lab('good', 3)])).code).toBe(0)
  first = runs()[0]
  expect((await home.run(['verify', lab('bad', 4)])).code).toBe(1)
  second = runs()[1]
}, 120_000)
afterAll(async () => {
  await home.remove()
})

describe('report', () => {
  it.each([0, 1])('report.json of a real run keeps to docs/report.schema.json (%s)', which => {
    const json = JSON.parse(readFileSync(join(home.runs, which === 0 ? first : second, 'report.json'), 'utf8'))
    expect(reportSchema.safeParse(json).error).toBeUndefined()
  })

  it('check: a stored run is judged again, to the same verdicts', async () => {
    const good = await home.run(['report', 'check', first])
    expect(good.stdout).toMatch(
      /3 checks judged again, 1 taken as they were \(the lab compared it itself\); 0 differ\n4 passed, 0 failed, 0 unknown/,
    )
    expect(good.code).toBe(0)
    const bad = await home.run(['report', 'check', second, '--json'])
    expect(bad.code).toBe(1)
    const said = JSON.parse(bad.stdout)
    expect(said).toMatchObject({result: 'fail', exitCode: 1})
    expect(said.checks.every((c: {same: boolean}) => c.same)).toBe(true)
  })

  it('open: says where the page lies when there is no desktop', async () => {
    const done = await home.ok('report', 'open', first)
    expect(done.stdout.trim()).toBe(`~/.local/state/chronik/runs/${first}/report.html`)
    const page = readFileSync(join(home.runs, first, 'report.html'), 'utf8')
    expect(page.includes('Every one of 4 checks passed.')).toBe(true)
    expect(readFileSync(join(home.runs, second, 'report.html'), 'utf8').includes('Why it failed')).toBe(true)
  })

  it('compare: checks that ended differently, figures beside each other', async () => {
    const {stdout} = await home.ok('report', 'compare', first, second)
    expect(stdout).toMatch(/^result +pass +fail$/m)
    expect(stdout).toMatch(/^unlike {2}suite: good and bad$/m)
    expect(stdout).toMatch(/^E +pass +fail +killed and back: nodes$/m)
    expect(stdout).toMatch(/^rejoin +5 ms +5 ms +1\.00 x$/m)
  })

  it('bundle and replay: a run that was sent is judged again elsewhere; one that was changed is found out', async () => {
    const out = join(home.dir, 'sent.tgz')
    await home.ok('report', 'bundle', second, '--out', out)
    expect((await home.run(['report', 'bundle', second, '--out', out])).code).toBe(2)
    const other = new Home()
    try {
      const done = await other.run(['report', 'replay', out])
      expect(done.stderr).toBe('')
      expect(done.code).toBe(1)
      expect(done.stdout).toMatch(/0 differ/)
      expect(done.stdout).toMatch(/^On this machine again: (npx )?chronik verify /m)
      expect((await other.ok('report', 'ls')).stdout).toContain(second)
      const file = join(other.runs, second, 'history.jsonl')
      const lines = readFileSync(file, 'utf8').split('\n')
      const ended = lines.findIndex(line => line.includes('"final":true'))
      // The record that the last reading of all found at offset 0 was another one.
      writeFileSync(file, lines.map((l, n) => (n > ended ? l.replace(/\[0,"[^"]+"\]/, '[0,"another"]') : l)).join('\n'))
      const again = await other.run(['report', 'check', second])
      expect(again.stdout).toMatch(/1 differs/)
      expect(again.stdout).toMatch(/^FAIL {2}2\.1 {2}nothing lost/m)
      appendFileSync(file, 'garbage\n')
      const broken = await other.run(['report', 'check', second])
      expect(broken.code).toBe(3)
      expect(broken.stderr).toMatch(/cannot be read: .*no line of a history/)
    } finally {
      await other.remove()
    }
  })

  it('rm: asks, takes no "latest", deletes only runs, and latest names one that is there', async () => {
    expect((await home.run(['report', 'rm', 'latest', '--yes'])).code).toBe(2)
    expect((await home.run(['report', 'rm', first])).stderr).toMatch(/Without a terminal it needs --yes/)
    const foreign = join(home.dir, 'foreign')
    mkdirSync(foreign)
    writeFileSync(join(foreign, 'report.json'), readFileSync(join(home.runs, first, 'report.json')))
    writeFileSync(join(foreign, 'thesis.txt'), 'mine')
    const refused = await home.run(['report', 'rm', foreign, '--yes'])
    expect(refused.stderr).toMatch(/thesis\.txt/)
    expect(existsSync(join(foreign, 'report.json'))).toBe(true)
    await home.ok('report', 'rm', second, '--yes')
    expect(runs()).toEqual([first])
    expect((await home.ok('report', 'show', '--json')).stdout).toContain(first)
  })
})
