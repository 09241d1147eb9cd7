import {execFileSync} from 'node:child_process'
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {SeededRandom} from '../../src/base/random.ts'
import {Home, outcome} from '../helpers/chronik.ts'
import {until} from '../helpers/nodes.ts'
import {noneLeft, processesOf} from '../helpers/processes.ts'

const SEED = '5e1f'
const MOMENTS = 10
/** The whole of a start on a quiet machine; on a busy one the moments lie nearer to its beginning, which is as good. */
const START_MS = 1_200

const soon = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

describe('cluster up, killed at any moment', {timeout: 240_000}, () => {
  const home = new Home()
  const random = new SeededRandom(SEED)
  // Spread over the start, not on a raster: one moment in each tenth of it.
  const moments = Array.from({length: MOMENTS}, (_, i) =>
    Math.round(((i + random.below(1_000) / 1_000) * START_MS) / MOMENTS),
  )

  afterAll(() => home.remove(), 60_000)

  const begun = (name: string): string => {
    const dir = join(home.dir, name)
    mkdirSync(dir, {mode: 0o700})
    writeFileSync(join(dir, 'notes.txt'), 'mine')
    return dir
  }

  const lockOf = async (dir: string): Promise<number> =>
    until(
      async () => {
        try {
          return JSON.parse(readFileSync(join(dir, 'lock'), 'utf8')).pid as number
        } catch {
          return undefined
        }
      },
      {what: 'a supervisor', withinMs: 20_000, everyMs: 1},
    )

  it(`hardening 14: the supervisor dies, ${MOMENTS} moments: no node is left, clear words, the next up works, nothing foreign is gone`, async () => {
    for (const [i, moment] of moments.entries()) {
      const dir = begun(`s${i}`)
      const child = home.start(['cluster', 'up', '--new-ports', '--dir', dir])
      const ended = outcome(child)
      const pid = await lockOf(dir)
      await soon(moment)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It was ready and … no: it lives until it is told to end.
        expect.unreachable(`the supervisor was gone after ${moment} ms`)
      }
      const up = await ended
      if (up.code !== 0) {
        expect(up.code, up.stderr).toBe(5)
        expect(up.stderr).toMatch(
          /supervisor (\(pid \d+\) got SIGKILL while it was starting|ended the connection|died)/,
        )
      }
      await noneLeft(dir)
      const again = await home.run(['cluster', 'up', '--new-ports', '--dir', dir])
      expect(again.code, `after ${moment} ms: ${again.stderr}`).toBe(0)
      expect(readdirSync(dir)).toContain('notes.txt')
      await home.ok('cluster', 'purge', '--yes', '--dir', dir)
      expect(readdirSync(dir)).toEqual(['notes.txt'])
      await noneLeft(dir)
    }
  })

  it(`hardening 14: the command line dies, ${MOMENTS} moments: what it wanted goes on or was never begun, and up finds it`, async () => {
    const dir = begun('cli')
    for (const moment of moments) {
      const child = home.start(['cluster', 'up', '--new-ports', '--dir', dir])
      const ended = outcome(child)
      await soon(moment)
      child.kill('SIGKILL')
      await ended
      const again = await home.run(['cluster', 'up', '--new-ports', '--dir', dir])
      expect(again.code, `after ${moment} ms: ${again.stderr}`).toBe(0)
      expect(again.stdout).toMatch(/^NODE {2}ROLE/)
      // One supervisor and three nodes, whoever started them.
      expect(processesOf(dir).length, JSON.stringify(processesOf(dir))).toBe(4)
      await home.ok('cluster', 'purge', '--yes', '--dir', dir)
      expect(readdirSync(dir)).toEqual(['notes.txt'])
    }
  })

  it('hardening 14: a paused node outlives its supervisor, is told by doctor and ended by the next up', async () => {
    await home.ok('cluster', 'up', '--new-ports')
    await home.ok('pause', '2')
    const dir = join(home.clusters, 'default')
    const {pid} = JSON.parse(readFileSync(join(dir, 'supervisor.json'), 'utf8'))
    const paused = JSON.parse((await home.ok('status', '--json')).stdout).nodes[1].pid as number
    process.kill(pid, 'SIGKILL')
    await until(async () => (processesOf(dir).length === 1 ? true : undefined), {what: 'one left', withinMs: 15_000})
    const told = await home.run(['kill', '--leader'])
    expect([told.code, told.stderr]).toEqual([
      5,
      expect.stringMatching(
        /^default: its supervisor died at \d\d:\d\d:\d\d; nodes went down with it, data is kept\. Try: (npx )?chronik cluster up\n$/,
      ),
    ])
    const doctor = await home.ok('doctor')
    expect(doctor.stdout).toMatch(
      new RegExp(
        `^cluster default +note +its supervisor died, n2 \\(pid ${paused}\\) left running; ended with it: f\\d+ pause n2 SIGSTOP pid ${paused}\\n +Try: (npx )?chronik cluster down$`,
        'm',
      ),
    )
    await home.ok('cluster', 'up')
    expect(processesOf(dir).map(p => p.pid)).not.toContain(paused)
    expect((await home.ok('events')).stdout).toContain(
      `n2 pid ${paused} was left by the last supervisor: ended by SIGKILL`,
    )
    // `down` ends it as well.
    await home.ok('pause', '1')
    process.kill(JSON.parse(readFileSync(join(dir, 'supervisor.json'), 'utf8')).pid, 'SIGKILL')
    await until(async () => (processesOf(dir).length === 1 ? true : undefined), {what: 'one left', withinMs: 15_000})
    expect((await home.ok('cluster', 'down')).stdout).toMatch(/n1 \(pid \d+\) was still there: ended by SIGKILL/)
    expect(processesOf(dir)).toEqual([])
  })

  it('doctor --yes ends and removes what killed supervisors left', async () => {
    await home.ok('cluster', 'up')
    await home.ok('pause', '3')
    const dir = join(home.clusters, 'default')
    const tmp = join(home.dir, 'tmp')
    const scratch = join(tmp, 'chronik-scratch-left')
    cpSync(dir, scratch, {
      recursive: true,
      filter: path => !/\.sock$|\/lock$|supervisor\.json$|processes\.json$/.test(path),
    })
    utimesSync(scratch, 1, 1)
    process.kill(JSON.parse(readFileSync(join(dir, 'supervisor.json'), 'utf8')).pid, 'SIGKILL')
    await until(async () => (processesOf(dir).length === 1 ? true : undefined), {what: 'one left', withinMs: 15_000})
    const looked = await home.run(['doctor'], {env: {TMPDIR: tmp}})
    expect(looked.stdout).toContain(`${scratch}: of a scratch cluster that is gone`)
    expect([processesOf(dir).length, existsSync(scratch)]).toEqual([1, true])
    const healed = await home.run(['doctor', '--yes'], {env: {TMPDIR: tmp}})
    expect(healed.stdout).toMatch(/^cluster default: n3 \(pid \d+\) ended by SIGKILL, down; data and ports are kept$/m)
    expect(healed.stdout).toContain(`left-over: ${scratch} removed`)
    expect([processesOf(dir), existsSync(scratch)]).toEqual([[], false])
    expect((await home.run(['doctor'], {env: {TMPDIR: tmp}})).stdout).toMatch(/^cluster default +ok +stopped$/m)
  })
})

describe('verify recovery, interrupted in any phase', {timeout: 240_000}, () => {
  const home = new Home()
  const tmp = join(home.dir, 'tmp')
  const env = {TMPDIR: tmp}

  beforeAll(() => mkdirSync(tmp))
  afterAll(() => home.remove(), 60_000)
  afterEach(async () => {
    await noneLeft(home.dir)
    expect(readdirSync(tmp).filter(name => name.startsWith('chronik-'))).toEqual([])
  })

  /** Runs it until `when` holds for what was printed and what lies in the newest run folder. */
  async function when_(
    holds: (printed: string, run: string) => boolean,
    act: (child: ReturnType<Home['start']>) => void,
  ) {
    const before = new Set(existsSync(home.runs) ? readdirSync(home.runs) : [])
    const child = home.start(['verify', 'recovery'], {env})
    let printed = ''
    child.stdout?.on('data', text => {
      printed += text
    })
    const ended = outcome(child)
    await until(
      async () => {
        const run = (existsSync(home.runs) ? readdirSync(home.runs) : []).find(
          name => !before.has(name) && name !== 'latest',
        )
        return child.exitCode !== null || (run && holds(printed, join(home.runs, run))) ? true : undefined
      },
      {what: 'the moment', withinMs: 60_000, everyMs: 2},
    )
    act(child)
    return ended
  }

  const report = () => JSON.parse(readFileSync(join(home.runs, 'latest', 'report.json'), 'utf8'))

  it.each([
    [
      'while the cluster starts',
      () => true,
      /^Interrupted\. (What was being started is stopped|Scratch cluster stopped, 3 processes gone), nothing left\. /,
      undefined,
    ],
    [
      'in step 1',
      (printed: string) => printed !== '',
      /^Interrupted( in step 1)?\. Scratch cluster stopped, \d processes gone, nothing left\. /,
      undefined,
    ],
    ['in step 2', (printed: string) => /PASS {2}1/.test(printed), /^Interrupted in step 2\. Scratch cluster/, 2],
    ['in step 3', (printed: string) => /PASS {2}2/.test(printed), /^Interrupted in step 3\. Scratch cluster/, 3],
    [
      'while it reads back',
      (printed: string) => /PASS {2}3/.test(printed),
      /^Interrupted in step 4\. Scratch cluster/,
      4,
    ],
  ])('hardening 47: %s: exit 130, its words, the report marked, nothing left', async (_, when, words, step) => {
    const done = await when_(when, child => child.kill('SIGINT'))
    expect(done.code, done.stdout + done.stderr).toBe(130)
    expect(done.stderr).toMatch(words)
    expect(done.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(done.stderr).toMatch(/Report \(interrupted\): ~\/.*report\.md\n$/)
    expect(report()).toMatchObject({interrupted: true, exitCode: 130, ...(step ? {interruptedIn: step} : {})})
  })

  it('hardening 47: while the report is written: the verdict stands, or the report says interrupted', async () => {
    const done = await when_(
      printed => /PASS {2}4/.test(printed),
      child => child.kill('SIGTERM'),
    )
    expect([0, 130]).toContain(done.code)
    expect(report().exitCode).toBe(done.code)
  })

  it('hardening 47: a second Ctrl-C ends it at once, and says what is left', async () => {
    const done = await when_(
      printed => /PASS {2}2/.test(printed),
      child => {
        child.kill('SIGINT')
        setTimeout(() => child.kill('SIGINT'), 20)
      },
    )
    expect(done.code).toBe(130)
    expect(done.stderr).toMatch(
      /^Interrupted in step 3\. (The suite host was killed; its scratch cluster stops by itself|Scratch cluster stopped)/,
    )
    expect(report()).toMatchObject({interrupted: true, exitCode: 130})
  })

  it.each([
    ['while the cluster starts', () => true],
    ['in step 2', (printed: string) => /PASS {2}1/.test(printed)],
  ])('hardening 47: kill -9 of verify %s: the scratch cluster goes by itself', async (_, when) => {
    const done = await when_(when, child => child.kill('SIGKILL'))
    expect(done.signal).toBe('SIGKILL')
    await noneLeft(home.dir)
    await until(async () => (readdirSync(tmp).some(name => name.startsWith('chronik-scratch')) ? undefined : true), {
      what: 'the scratch folder gone',
      withinMs: 15_000,
    })
  })

  it('hardening 47: kill -9 of the suite host alone: no verdict, and nothing is left', async () => {
    const done = await when_(
      printed => /PASS {2}1/.test(printed),
      child => {
        const host = processesOf('suite-host').find(p => parentOf(p.pid) === child.pid)
        if (host) process.kill(host.pid, 'SIGKILL')
      },
    )
    expect(done.code, done.stderr).toBe(3)
    expect(done.stderr).toMatch(/The suite host got SIGKILL before it gave a verdict/)
  })
})

function parentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], {encoding: 'utf8'}))
}
