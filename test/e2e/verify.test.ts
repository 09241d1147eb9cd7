import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {Report} from '../../src/verify/report/report.ts'
import {Home, outcome} from '../helpers/chronik.ts'

const SEED = '7f3a91'
let home: Home
beforeAll(() => {
  home = new Home()
})
afterAll(async () => {
  await home.remove()
})

const latest = (): string => join(home.runs, 'latest')
const report = (dir = latest()): Report => JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as Report
const verdicts = (r: Report) => r.steps.flatMap(s => s.checks)
const failing = (r: Report) => verdicts(r).filter(v => v.result === 'fail')

describe('verify recovery', () => {
  it('the sound build passes every check, and says so as the README does', async () => {
    const done = await home.run(['verify', 'recovery', '--seed', SEED])
    expect(`${done.stdout}\n${done.stderr}`).toMatch(/86 passed, 0 failed, 0 unknown/)
    expect(done.code).toBe(0)
    expect(done.stderr).toBe('')
    const lines = done.stdout.trimEnd().split('\n')
    expect(lines[0]).toBe(`recovery on a scratch cluster: 3 nodes, embedded, seed ${SEED} (default is not touched)`)
    expect(lines[1]).toMatch(/^PASS {2}1 {2}follower killed, rejoins {6}\d+ checks +\d+\.\d s +rejoin \d+\.\d s$/)
    expect(lines[2]).toMatch(
      /^PASS {2}2 {2}leader killed, another leads {2}\d+ checks +\d+\.\d s +election \d+ ms, writes stood \d+ ms$/,
    )
    const steps: Array<[title: string, note: RegExp]> = [
      ['bounces chasing the leader', /^n\d n\d n\d$/],
      ['rolling restart', /^$/],
      ['restarted in an election', /^n\d as (candidate|leader) of term \d+$/],
      ['restarted in a snapshot', /^n\d at snapshot\.rename\.before$/],
      ['all killed, all restarted', /^leader after \d+\.\d s$/],
      ['every acknowledged write', /^[\d,]+ acknowledged, [\d,]+ read back, once, in order$/],
    ]
    for (const [i, [title, note]] of steps.entries()) {
      const line = lines[3 + i]
      expect(line).toMatch(new RegExp(`^PASS {2}${3 + i} {2}${title.padEnd(28)} {2}\\d+ checks +\\d+\\.\\d s`))
      expect(line.replace(/^.* checks +\S+ s */, '')).toMatch(note)
    }
    expect(lines[9]).toBe('      BEFORE (disk)             AFTER (node)')
    for (const n of [1, 2, 3])
      expect(lines[9 + n]).toMatch(new RegExp(`^n${n} {4}(term \\d+ vote \\d+ commit \\d+) +\\1 +same$`))
    expect(lines[13]).toMatch(
      /^86 passed, 0 failed, 0 unknown {4}\d+\.\d s {4}report ~\/\.local\/state\/chronik\/runs\/latest\/report\.md$/,
    )
    const r = report()
    expect(r).toMatchObject({result: 'pass', exitCode: 0, seed: SEED, interrupted: false, suite: 'recovery', phase: 4})
    expect(r.load?.acknowledged).toBeGreaterThan(200)
    expect(Object.keys(r.times).sort()).toEqual([
      'electionMs',
      'rejoinMs',
      'restartMs',
      'totalMs',
      'upMs',
      'writesStoodMs',
    ])
    // A passed run keeps its evidence but not the nodes' data.
    expect(readdirSync(latest()).sort()).toEqual([
      'events.jsonl',
      'evidence.jsonl.gz',
      'history.jsonl',
      'plan.json',
      'report.html',
      'report.json',
      'report.md',
      'report.xml',
    ])
    const shown = await home.ok('report', 'show')
    expect(shown.stdout.split('\n').slice(0, 9)).toEqual(lines.slice(0, 9))
    const listed = await home.ok('report', 'ls', '--json')
    expect(JSON.parse(listed.stdout.split('\n')[0])).toMatchObject({suite: 'recovery', result: 'pass', seed: SEED})
  })

  it.each([
    ['ignore-hardstate', /as if no HardState had ever been written/],
    ['W01', /also reads as Entry (\w+ )*term \d+ index \d+(: recovered as a phantom entry)?$/],
    ['drop-newest-entries', /newest entries were dropped/],
  ])(
    'planted with %s, with the same seed, it fails at the check that names the cause',
    async (plant, cause) => {
      const done = await home.run(['verify', 'recovery', '--seed', SEED, '--plant', plant, '--fail-fast'])
      expect(done.stdout).toMatch(/^FAIL {2}\d\.\d+ {2}HardState recovered as it lay on the disk/m)
      expect(done.code).toBe(1)
      const r = report()
      const first = failing(r)[0]
      expect(first.check).toBe('D8')
      expect(first.lines.find(l => l.label === 'cause')?.text).toMatch(cause)
      expect(done.stdout.trimEnd().split('\n').at(-1)).toMatch(
        new RegExp(`failed, \\d+ unknown {4}again: (npx )?chronik verify recovery --plant ${r.plant} --seed ${SEED}$`),
      )
      // The bytes that show it are kept, where the verdict says they are.
      const see = first.lines.find(l => l.label === 'see')?.text ?? ''
      const [, file, at] = /RUN\/(\S+) --at (\d+)/.exec(see) ?? []
      expect(existsSync(join(latest(), file)), see).toBe(true)
      const dump = await home.ok('wal', 'dump', join(latest(), file), '--at', at, '--hex')
      expect(dump.stdout).toContain('HardState')
      expect(readdirSync(join(latest(), 'nodes'))).toContain('n1.log')
      // On a busy machine such a broker may come to rest without a leader: what waits for one then waits to its own deadline.
    },
    150_000,
  )

  it('--repeat and --out: a summary, and a folder for each run', async () => {
    const out = join(home.dir, 'chronik-report')
    const done = await home.run(['verify', 'recovery', '--out', out, '--repeat', '2', '--json'])
    expect(done.code, done.stderr).toBe(0)
    expect(
      done.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).result),
    ).toEqual(['pass', 'pass'])
    const summary = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))
    expect(summary.runs.map((r: {dir: string}) => r.dir)).toEqual(['runs/1-recovery', 'runs/2-recovery'])
    expect(report(join(out, 'runs', '2-recovery')).result).toBe('pass')
  })

  it('hardening 47: Ctrl-C stops the scratch cluster, writes the report marked interrupted, exits 130', async () => {
    const child = home.start(['verify', 'recovery'])
    const ended = outcome(child)
    await new Promise<void>(resolve => {
      child.stdout?.on('data', (text: string) => {
        if (/PASS {2}1 /.test(text)) resolve()
      })
      child.on('exit', () => resolve())
    })
    child.kill('SIGINT')
    const done = await ended
    expect(done.code).toBe(130)
    expect(done.stderr).toMatch(
      /^Interrupted in step \d\. Scratch cluster stopped, \d processes gone, nothing left\. Report \(interrupted\): /,
    )
    expect(report()).toMatchObject({interrupted: true, exitCode: 130})
    expect(readFileSync(join(latest(), 'report.md'), 'utf8')).toMatch(/^# recovery: interrupted/)
  })
})

describe('labs of users', () => {
  const lab = (name: string, text: string): string => {
    const dir = join(home.dir, 'labs')
    mkdirSync(dir, {recursive: true})
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }

  it('the lost follower of the help passes', async () => {
    const file = lab(
      'lost-follower.ts',
      `import {lab} from 'chronik/lab'

export default lab('a follower that slept', async ({cluster, load, check}) => {
  const follower = await cluster.follower()
  await load.start({rate: 100, acks: 'all'})
  await follower.pause()
  await load.acknowledged(60, {withinMs: 5_000})
  await follower.resume()
  await cluster.until(follower.caughtUp, {withinMs: 5_000})
  check.equal('same log as the leader', await follower.logHash(), await (await cluster.leader()).logHash())
  check.history('nothing lost', await load.stop())
})
`,
    )
    const done = await home.run(['verify', file])
    expect(`${done.stdout}${done.stderr}`).toMatch(/PASS {2}1 {2}a follower that slept +2 checks/)
    expect(done.code).toBe(0)
  })

  it('hardening 10: run only when named, in a process of their own, without secrets, with an end', async () => {
    const told = join(home.dir, 'told.json')
    const file = lab(
      'nosy.ts',
      `import {writeFileSync} from 'node:fs'
import {lab} from 'chronik/lab'

writeFileSync(${JSON.stringify(told)}, JSON.stringify({env: Object.keys(process.env), pid: process.pid}))
export default lab('nosy', async ({check}) => {
  console.log('noise')
  check.that('it ran', true, {expected: 'a', seen: 'a'})
})
`,
    )
    const env = {AWS_SECRET_ACCESS_KEY: 'x', MY_TOKEN: 'y'}
    // A file that lies in the working directory is not looked for: only what is typed as a file is one.
    const unnamed = await home.run(['verify', 'nosy'], {cwd: join(home.dir, 'labs'), env})
    expect(unnamed.code).toBe(2)
    expect(existsSync(told)).toBe(false)
    const child = home.start(['verify', file], {env})
    const done = await outcome(child)
    expect(done.code, done.stderr).toBe(0)
    expect(done.stdout).not.toContain('noise')
    const {env: seen, pid} = JSON.parse(readFileSync(told, 'utf8'))
    expect(seen).not.toContain('AWS_SECRET_ACCESS_KEY')
    expect(seen).not.toContain('MY_TOKEN')
    expect(pid).not.toBe(child.pid)
    const endless = lab(
      'endless.ts',
      `import {lab} from 'chronik/lab'\nexport default lab('endless', () => new Promise(() => undefined))\n`,
    )
    const late = await home.run(['verify', endless, '--timeout', '3s'])
    expect(late.code).toBe(3)
    expect(late.stderr).toMatch(/not over after 3000 ms/)
  })

  it('a lab that breaks, or that checks nothing, is unknown and never passed', async () => {
    const broken = await home.run([
      'verify',
      lab(
        'broken.ts',
        `import {lab} from 'chronik/lab'\nexport default lab('broken', async () => { throw new Error('oh') })\n`,
      ),
    ])
    expect(broken.code).toBe(3)
    expect(broken.stdout).toMatch(/\?\?\?\? {2}1\.1 {2}the lab goes on +oh/)
    const empty = await home.run([
      'verify',
      lab('empty.ts', `import {lab} from 'chronik/lab'\nexport default lab('empty', async () => undefined)\n`),
    ])
    expect(empty.code).toBe(3)
    expect(empty.stdout).toMatch(/0 passed, 0 failed, 0 unknown/)
    const none = await home.run(['verify', lab('none.ts', 'export const x = 1\n')])
    expect(none.code).toBe(2)
    expect(none.stderr).toMatch(/no default export made by lab\(\)/)
  })
})

describe('what verify refuses', () => {
  it.each([
    [['verify'], /Which suite\? There is: wal, raft, replication, recovery/],
    [['verify', 'recover'], /No suite "recover"/],
    [['verify', './nowhere.ts'], /No file \.\/nowhere\.ts/],
    [['verify', 'recovery', '--plant', 'nothing'], /No planted bug "nothing"\. There are: .*ignore-hardstate/],
    [['verify', 'recovery', '--seed', 'XYZ'], /--seed XYZ/],
    [['verify', 'recovery', '--rate', 'fast'], /--rate fast/],
    [['verify', 'recovery', '--phase', '2'], /recovery is not of phase 2/],
    [['report', 'show', 'never'], /No run "never"/],
    [['verify', '--self-test', '--repeat', '5'], /--self-test runs alone/],
  ])('%j', async (args, message) => {
    const done = await home.run(args)
    expect(done.stderr).toMatch(message)
    expect(done.code).toBe(2)
    expect(done.stdout).toBe('')
  })

  it('a cluster that is not up: exit 5; none is made', async () => {
    const done = await home.run(['verify', 'recovery', '-c', 'nowhere', '--yes'])
    expect(done.code).toBe(5)
    expect(done.stderr).toMatch(/No cluster nowhere is up/)
  })

  it('verify ls: eleven suites, what each proves and what it needs', async () => {
    const {stdout} = await home.ok('verify', 'ls', '--json')
    const suites = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(suites).toHaveLength(11)
    for (const s of suites) expect([s.name, s.exists, s.proves.length > 20]).toEqual([s.name, true, true])
    const told = (await home.ok('verify', 'ls')).stdout.split('\n')
    expect(told[0]).toMatch(/^SUITE +PHASE +PROVES +NEEDS$/)
    expect(told.find(line => line.startsWith('raft '))).toMatch(/a cluster of three nodes$/)
    const plants = await home.ok('verify', 'ls', '--plants')
    for (const id of ['R04', 'W01', 'W17']) expect(plants.stdout).toMatch(new RegExp(`^${id} `, 'm'))
  })
})
