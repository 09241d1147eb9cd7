import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {JournalEvent} from '../../src/contracts/journal.ts'
import {Home, projectRoot} from '../helpers/chronik.ts'
import {until} from '../helpers/nodes.ts'
import {hasPseudoTerminal, PseudoTerminal} from '../helpers/pseudo-terminal.ts'

const ENTERED = '\u001b[?1049h'
const RESTORED = '\u001b[?25h\u001b[?1049l'
const home = new Home()
const opened: PseudoTerminal[] = []

function dashboard(columns = 80, rows = 24, ...args: string[]): PseudoTerminal {
  const terminal = new PseudoTerminal([process.execPath, join(projectRoot, 'bin', 'run.js'), 'dashboard', ...args], {
    columns,
    rows,
    env: home.env,
    cwd: home.dir,
  })
  opened.push(terminal)
  return terminal
}

async function shows(terminal: PseudoTerminal, text: string | RegExp): Promise<void> {
  const there = () => (typeof text === 'string' ? terminal.output.includes(text) : text.test(terminal.output))
  await until(async () => there() || undefined, {what: `the terminal shows ${text}`, withinMs: 30_000})
}

async function journalHas(pattern: RegExp, dir = 'default'): Promise<JournalEvent> {
  return until(
    async () =>
      readFileSync(join(home.clusters, dir, 'events.jsonl'), 'utf8')
        .split('\n')
        // Behind the last line break stands nothing, or what is being written.
        .slice(0, -1)
        .map(line => JSON.parse(line) as JournalEvent)
        .find(e => pattern.test(e.text)),
    {what: `an event ${pattern}`, withinMs: 40_000},
  )
}

/** Left, and the terminal is as it was: the last thing about the screen is that the other one is shown, with its cursor. */
async function left(terminal: PseudoTerminal): Promise<void> {
  await terminal.ended
  const {output} = terminal
  expect(output).toContain(ENTERED)
  expect(output.lastIndexOf(RESTORED)).toBeGreaterThan(output.lastIndexOf(ENTERED))
  expect(output.slice(output.lastIndexOf(RESTORED))).not.toContain('\u001b[?25l')
  expect(output.slice(output.lastIndexOf(RESTORED))).toMatch(/default goes on\. To stop it: .*chronik cluster down/)
}

beforeAll(async () => {
  await home.ok('cluster', 'up', '--new-ports')
}, 60_000)

afterAll(async () => {
  for (const terminal of opened) terminal.kill()
  await home.remove()
}, 60_000)

const status = async () => JSON.parse((await home.ok('cluster', 'status', '--json')).stdout)

describe('dashboard', {timeout: 120_000}, () => {
  it('without a terminal: refused, exit 2', async () => {
    const done = await home.run(['dashboard'])
    expect(done).toMatchObject({code: 2, stdout: ''})
    expect(done.stderr.replaceAll('npx chronik', 'chronik')).toBe(
      'The dashboard needs a terminal. Try: chronik status --watch, or chronik events --follow\n',
    )
    expect((await home.run(['dash'])).code).toBe(2)
  })

  it.skipIf(!hasPseudoTerminal)(
    'in a pseudo-terminal (needs script or Python 3): load runs, L kills the leader, another leads, every acknowledged write is read back, q restores the terminal',
    async () => {
      const before = await status()
      const terminal = dashboard()
      await shows(terminal, `n${before.leader} leads, term ${before.leaderTerm}`)
      terminal.type('b')
      await shows(terminal, /acked [1-9]/)
      terminal.type('L')
      await shows(terminal, 'KILLED by you')
      await shows(terminal, /n\d leads term \d+ after \d+ ms/)
      const after = await status()
      expect(after.leaderTerm).toBeGreaterThan(before.leaderTerm)
      expect(after.leader).not.toBe(before.leader)
      await shows(terminal, `n${after.leader} leads, term ${after.leaderTerm}`)
      const killed = await journalHas(/kill SIGKILL/)
      expect(killed.text).toMatch(new RegExp(`by dashboard \\(pid ${terminal.pid}\\)$`))
      expect((await journalHas(/writes stood/)).data?.stoodMs).toBeGreaterThan(0)
      await journalHas(/^all [\d,]+ writes acknowledged before the kill read back/)
      terminal.type('q')
      await left(terminal)
      // Its load ended with it, and accounted for all that it wrote.
      expect(terminal.output).toMatch(/[\d,]+ acknowledged, [\d,]+ read back, 0 missing/)
      await journalHas(/^ended: .* 0 missing/)
      expect((await status()).health).toBe('DEGRADED')
      await home.ok('start')
    },
  )

  it.skipIf(!hasPseudoTerminal)('Ctrl-C, SIGTERM and SIGHUP leave it as q does', async () => {
    for (const how of ['ctrl-c', 'SIGTERM', 'SIGHUP'] as const) {
      const terminal = dashboard()
      await shows(terminal, 'HEALTHY')
      if (how === 'ctrl-c') terminal.type('\u0003')
      else process.kill(terminal.pid, how)
      await left(terminal)
    }
    expect((await status()).health).toBe('HEALTHY')
  })

  it.skipIf(!hasPseudoTerminal)('a terminal that is too small is told so, and q leaves', async () => {
    const terminal = dashboard(48, 9)
    await shows(terminal, '60x12 at least; this is 48x9.')
    terminal.type('q')
    await left(terminal)
  })

  it.skipIf(!hasPseudoTerminal)('as npm start shows it: leaving asks, d stops the cluster', async () => {
    await home.ok('cluster', 'up', '-c', 'asked', '--new-ports')
    const terminal = dashboard(80, 24, '-c', 'asked', '--from-start')
    await shows(terminal, /acked [1-9]/)
    terminal.type('q')
    await shows(terminal, 'Enter keep it running')
    terminal.type('d')
    await terminal.ended
    expect(terminal.output).toContain('n1 n2 n3 stopped; asked is down; its data and ports are kept')
    await journalHas(/^ended: .* 0 missing/, 'asked')
  })

  it('load can say that writes are missing: a broker that drops its newest entries at a restart', async () => {
    const here = ['-c', 'planted']
    await home.ok('cluster', 'up', ...here, '--new-ports', '--plant', 'drop-newest-entries')
    const load = home.start(['load', '--rate', '100/s', ...here])
    await journalHas(/^\d+\/s acked [1-9]\d\d /, 'planted')
    await home.ok('kill', '--all', ...here)
    await home.ok('start', ...here)
    const said = await journalHas(/are MISSING/, 'planted')
    expect(said.text).toMatch(/^[\d,]+ of [\d,]+ writes acknowledged before the faults are MISSING: load\/\d@\d+ load-/)
    expect(said.data?.missing).toBeGreaterThan(0)
    load.kill('SIGINT')
    load.kill('SIGINT')
    await new Promise(resolve => load.once('close', resolve))
  })
})
