import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {createServer, type Server} from 'node:net'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Home, type Outcome, projectRoot} from '../helpers/chronik.ts'
import {until} from '../helpers/nodes.ts'

interface Manifest {
  commands: Record<
    string,
    {
      id: string
      aliases: string[]
      flags: Record<string, {char?: string}>
      examples?: string[]
      usage?: string
      hidden?: boolean
    }
  >
}
const manifest = JSON.parse(readFileSync(join(projectRoot, 'oclif.manifest.json'), 'utf8')) as Manifest
const ids = Object.values(manifest.commands)
  .filter(c => !c.hidden)
  .map(c => c.id)
const PAGES = ['selectors', 'exit-codes', 'environment', 'files']

/** Every `chronik …` in a text, without the words around it. */
function commandsIn(text: string): string[] {
  const found: string[] = []
  for (const line of text.split('\n'))
    for (const [, command] of line.matchAll(
      /(?:^|[\s:`(])(?:npx )?(chronik (?!itself|runs|needs|\d|·)[a-z][^·`]*?)(?=$| {2,}|[`)]| && |, or |\. |\.$)/g,
    ))
      found.push(command.trim())
  return found
}

/** Why a printed command is none: an unknown word or an unknown flag. Undefined: it works as typed. */
function whyNot(command: string): string | undefined {
  const words = (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).slice(1)
  if (words[0] === 'help')
    return words.length === 1 || PAGES.includes(words[1]) || ids.some(id => id.split(':')[0] === words[1])
      ? undefined
      : `no page ${words[1]}`
  const all = Object.values(manifest.commands).flatMap(c =>
    [c.id, ...c.aliases].map(id => ({name: id.split(':'), command: c})),
  )
  const known = all
    .filter(({name}) => name.every((w, i) => words[i] === w))
    .sort((a, b) => b.name.length - a.name.length)[0]
  const noun = all.some(({name}) => name.length === 2 && name[0] === words[0])
  if (!known) return noun && words.length === 1 ? undefined : `no command ${words.slice(0, 2).join(' ')}`
  const flags = known.command.flags
  for (const word of words.slice(known.name.length)) {
    if (word === '--') break
    if (word === '-h' || word === '--help') continue
    if (/^--/.test(word) && !flags[word.slice(2).split('=')[0]]) return `${command}: no flag ${word}`
    if (/^-[a-zA-Z]$/.test(word) && !Object.values(flags).some(f => f.char === word[1]))
      return `${command}: no flag ${word}`
  }
  return undefined
}

const expectReal = (text: string): void => {
  for (const command of commandsIn(text)) expect(whyNot(command), `in: ${text}`).toBeUndefined()
}

describe('help', {timeout: 120_000}, () => {
  const home = new Home()
  afterAll(() => home.remove(), 60_000)

  it('the reader of hints finds them, and knows a wrong one', () => {
    expect(commandsIn('Port 1 is in use. Try: npx chronik cluster up --base-port 19092\n')).toEqual([
      'chronik cluster up --base-port 19092',
    ])
    expect(commandsIn('Which node? chronik kill --leader, or 1 2 3')).toEqual(['chronik kill --leader'])
    expect(whyNot('chronik kill --leader')).toBeUndefined()
    expect(whyNot('chronik kill --lader')).toMatch(/no flag/)
    expect(whyNot('chronik kil 1')).toMatch(/no command/)
    expect(whyNot('chronik help selectors')).toBeUndefined()
  })

  it('every command fits 80 columns, has an example, and all that it prints to type is real', async () => {
    for (const id of ids) {
      const {stdout, stderr, code} = await home.run([...id.split(':'), '-h'])
      expect([code, stderr], id).toEqual([0, ''])
      const wide = stdout.split('\n').filter(line => line.length > 80)
      expect(wide, id).toEqual([])
      if (!id.startsWith('autocomplete'))
        expect(manifest.commands[id].examples?.length ?? 0, `an example of ${id}`).toBeGreaterThan(0)
      for (const example of manifest.commands[id].examples ?? [])
        if (!id.startsWith('autocomplete'))
          expect(whyNot(example.replace(/^.*\| /, '')), `${id}: ${example}`).toBeUndefined()
    }
  })

  it('the first screen is 24 lines of 80 columns, and so is every page; nouns list what they have', async () => {
    const first = await home.ok()
    const lines = first.stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(lines.filter(line => line.length > 80)).toEqual([])
    expectReal(first.stdout)
    for (const page of PAGES) {
      const {stdout} = await home.ok('help', page)
      expect(
        stdout.split('\n').filter(line => line.length > 80),
        page,
      ).toEqual([])
    }
    for (const noun of ['cluster', 'topic', 'report']) expectReal((await home.ok(noun)).stdout)
    expect((await home.ok('-V')).stdout).toBe((await home.ok('--version')).stdout)
    expect((await home.ok('-h')).stdout).toBe(first.stdout)
    expect((await home.ok('help')).stdout).toBe(first.stdout)
  })
})

describe('hardening 1, 2: wrong words', {timeout: 120_000}, () => {
  const home = new Home()
  afterAll(() => home.remove(), 60_000)

  it.each([
    [['kil', '1'], 'No command "kil". Did you mean: chronik kill'],
    [['klu'], 'No command "klu". Did you mean: chronik kill'],
    [['cluster', 'upp'], 'No command "cluster upp". Did you mean: chronik cluster up'],
    [['clster', 'upp'], 'No command "clster". Did you mean: chronik cluster up'],
    [['up'], 'No command "up". Did you mean: chronik cluster up'],
    [['xyzzyx'], 'No command "xyzzyx". Try: chronik help'],
    [['wal', 'dum'], 'No command "wal dum". Did you mean: chronik wal dump'],
    [['kill'], 'Which node? chronik kill --leader, or 1 2 3'],
    [['kill', 'leader'], 'No node "leader". Did you mean: chronik kill --leader'],
    [['pause', '--follwer'], 'No flag --follwer. Did you mean: --follower'],
    [['kill', '--leader', '--all'], '--leader and --all: one of them. Try: chronik help selectors'],
    [['kill', '2', '--leader'], 'Nodes by number, or --leader: not both. Try: chronik help selectors'],
    [['kill', '2', '--partition', '1'], '--partition needs -t, --topic'],
    [['kill', '--leader', '-s', 'SIGKIL'], 'No signal "SIGKIL". Did you mean: SIGKILL'],
    [['kill', '--leader', '--repeat', '3'], '--repeat needs --for'],
    [['kill', '--leader', '--for', '5'], '--for: "5" is not a duration; write 250ms, 5s, 2m or 1h'],
    [['kill', '--leader', '--for', '1e309s'], '--for: "1e309s" is not a duration'],
    [['pause', '1', '--for', '999999999999h'], '--for: "999999999999h" is too long: at most 596h'],
    [['cluster', 'up', '-n'], 'expects a value'],
    [['cluster', 'up', '-n', 'NaN'], '--nodes: "NaN" is not a whole number from 1 to 9'],
    [['cluster', 'up', '-n', '-1'], '-1'],
    [['cluster', 'up', '-n', '1e309'], '--nodes: "1e309" is not a whole number from 1 to 9'],
    [['cluster', 'up', '-n', '3', '-n', '5'], '--nodes can only be specified once'],
    [['cluster', 'up', '--dry-run', '--dry-run'], '--dry-run can only be specified once'],
    [['cluster', 'up', '--base-port', '80'], '"80" is not a whole number from 1024 to 65000'],
    [['cluster', 'up', '--base-port', '70000'], '"70000" is not a whole number from 1024 to 65000'],
    [['cluster', 'up', '--base-port', '0'], '"0" is not a whole number from 1024 to 65000'],
    [['cluster', 'up', '--plant', 'nothing'], 'No planted bug "nothing"'],
    [['cluster', 'up', '--set', 'timming=calm'], 'No setting "timming". Did you mean: --set timing=calm'],
    [['cluster', 'up', '--seed', 'XYZ'], '--seed XYZ: 1 to 16 of 0-9 a-f'],
    [['cluster', 'up', '-c', '../evil'], 'is no name of a cluster'],
    [['cluster', 'up', '-c', '-x'], ''],
    [['cluster', 'up', '-c', 'a\nb'], 'is no name of a cluster'],
    [['cluster', 'up', '-c', 'x'.repeat(64)], 'is no name of a cluster'],
    [['cluster', 'down', 'now'], '"now" is one word too many.'],
  ])('%j', async (args, words) => {
    const done = await home.run(args)
    expect(done.stderr.replaceAll('npx chronik', 'chronik')).toContain(words)
    expect(done.code).toBe(2)
    expect(done.stdout).toBe('')
    expect(done.stderr).not.toMatch(/\n\s+at /)
    expect(done.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2)
    expectReal(done.stderr)
    expect(existsSync(home.clusters)).toBe(false)
  })

  it('hardening 11: a filter is a pattern, and never a program', async () => {
    const dir = join(home.dir, 'c')
    await home.ok('cluster', 'up', '--new-ports', '-n', '1', '--dir', dir)
    const told = join(home.dir, 'told')
    for (const grep of [`(function(){require('fs').writeFileSync('${told}','')})()`, `\${process.exit(9)}`]) {
      const done = await home.run(['logs', '--dir', dir, '--grep', grep])
      expect([0, 2]).toContain(done.code)
    }
    expect(existsSync(told)).toBe(false)
    expect((await home.run(['logs', '--dir', dir, '--grep', '('])).stderr).toMatch(
      /^--grep: Invalid regular expression/,
    )
    await home.ok('cluster', 'purge', '--yes', '--dir', dir)
  })
})

describe('bad moments, and every line on stderr is ours', {timeout: 240_000}, () => {
  const home = new Home()
  let taken: Server | undefined
  const seen: Outcome[] = []
  const run = async (...args: string[]): Promise<Outcome> => {
    const done = await home.run(args)
    seen.push(done)
    return {...done, stderr: done.stderr.replaceAll('npx chronik', 'chronik')}
  }
  beforeAll(async () => {
    await home.ok('cluster', 'up', '--new-ports')
  }, 60_000)
  afterAll(async () => {
    taken?.close()
    await home.remove()
  }, 60_000)

  it('up again: the same table, who has it up since when; other settings: 5 and what to type', async () => {
    const again = await run('cluster', 'up')
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringMatching(/^default is already up \(by pid \d+ since \d\d:\d\d\)\.\n$/),
    ])
    expect(again.stdout).toMatch(/^NODE {2}ROLE +TERM +PID +KAFKA +RAFT\n/)
    expect(await run('cluster', 'up', '-n', '5')).toMatchObject({
      code: 5,
      stderr: 'default has 3 nodes; you asked for 5. Try: chronik cluster up -c five -n 5, or chronik cluster add\n',
    })
  })

  it('--repeat kills that many times and starts again each time; others may look meanwhile', async () => {
    const repeating = run('kill', '--leader', '--for', '200ms', '--repeat', '2')
    expect((await run('status', '--json')).code).toBe(0)
    const done = await repeating
    expect(done.code, done.stderr).toBe(0)
    expect(done.stdout.match(/^n\d was leader of __raft_metadata\/0/gm)).toHaveLength(2)
    expect(done.stdout.match(/^n\d up after/gm)).toHaveLength(2)
    expect(JSON.parse((await run('status', '--json')).stdout).nodes.map((n: {state: string}) => n.state)).toEqual([
      'up',
      'up',
      'up',
    ])
  })

  it('selectors take what they say', async () => {
    await home.ok('topic', 'create', 'orders', '--partitions', '2')
    const followers = JSON.parse((await run('pause', '--followers', '--json')).stdout)
    expect(followers.did).toHaveLength(2)
    await run('resume')
    const minority = JSON.parse((await run('stop', '--minority', '--json')).stdout)
    expect(minority.did).toHaveLength(1)
    await run('start')
    const {leader} = JSON.parse((await run('status', '-t', 'orders', '--partition', '1', '--json')).stdout)
    const killed = JSON.parse((await run('kill', '--leader', '-t', 'orders', '--partition', '1', '--json')).stdout)
    expect(killed.did.map((d: {node: number}) => d.node)).toEqual([leader])
    await run('start')
  })

  it('kill --leader without one: since when, what each node does, what a quorum needs', async () => {
    await run('kill', '2', '3')
    // A leader steps down when it has heard of no quorum for an election timeout.
    const led = async (): Promise<number> => JSON.parse((await run('status', '--json')).stdout).leader
    await until(async () => !(await led()) || undefined, {what: 'nobody leads', withinMs: 10_000})
    const none = await run('kill', '--leader')
    expect(none.code).toBe(5)
    expect(none.stderr).toMatch(
      /^No leader of __raft_metadata\/0( for \d+s)?: n1 (candidate|pre-candidate|follower) at term \d+, n2 n3 killed\. Quorum needs 2\. Try: chronik start\n$/,
    )
    expect((await run('status')).stdout).toContain('NO QUORUM')
    await run('start')
  })

  it('a node that dies at its start: when, how, its last lines; a damaged WAL is refused with its place', async () => {
    await run('cluster', 'down')
    expect((await run('kill', '1')).stderr).toMatch(
      /^No cluster default is up \(one is stopped, since \d\d:\d\d\)\. Try: chronik cluster up\n$/,
    )
    const wal = join(home.clusters, 'default', 'node2', 'wal', '__meta', '__raft_metadata', '0', 'wal_0_0.log')
    const sound = readFileSync(wal)
    const bytes = Buffer.from(sound)
    bytes[600] ^= 0xff
    writeFileSync(wal, bytes)
    const up = await run('cluster', 'up')
    expect(up.code, up.stderr).toBe(4)
    expect(up.stdout).toMatch(/^NODE {2}ROLE/)
    expect(up.stderr).toMatch(
      /^n2 refuses __raft_metadata\/0: .*wal_0_0\.log@\d+ .*The other two serve\. Try: chronik repair 2\n$/,
    )
    expect(statSync(wal).size).toBe(sound.length)
    const table = await run('status')
    expect(table.stdout).toContain('refused')
    expect(table.stdout.split('\n').filter(line => line.length > 80 && /^n\d {2}/.test(line))).toEqual([])
    await run('cluster', 'down')
    writeFileSync(wal, sound)
    await run('cluster', 'up')
  })

  it('a port that is taken meanwhile: whose, and what to type', async () => {
    const spec = JSON.parse(readFileSync(join(home.clusters, 'default', 'cluster.json'), 'utf8'))
    await run('cluster', 'down')
    const server = createServer()
    await new Promise<void>(done => server.listen(spec.nodes[0].kafkaPort, '127.0.0.1', done))
    taken = server
    const up = await run('cluster', 'up')
    expect(up.code).toBe(4)
    expect(up.stderr).toMatch(
      new RegExp(
        `^Port ${spec.nodes[0].kafkaPort} \\(n1, kafka\\) is in use by pid ${process.pid} \\(.*\\)\\. Try: chronik cluster up --base-port 19092\\n$`,
      ),
    )
    await new Promise(done => server.close(done))
    taken = undefined
    expect((await run('cluster', 'up')).code).toBe(0)
  })

  it('hardening 5: purge says what goes and how much, keeps what is not its own, and spares home and cwd', async () => {
    const asked = await run('cluster', 'purge')
    expect(asked.code).toBe(2)
    expect(asked.stderr).toMatch(
      /^purge deletes [\d.]+ [KM]B in ~\/.*\/clusters\/default\. Without a terminal it needs --yes\n$/,
    )
    const there = await home.run(['cluster', 'purge', '--yes'], {cwd: join(home.clusters, 'default')})
    expect([there.code, there.stderr]).toEqual([2, expect.stringMatching(/: you are in it\.\n$/)])
    mkdirSync(join(home.clusters, 'default', 'node9'))
    writeFileSync(join(home.clusters, 'default', 'node9', 'mine'), 'x')
    const purged = await run('cluster', 'purge', '--yes')
    expect(purged.code).toBe(0)
    expect(purged.stderr).toMatch(/^Kept in .*: node9\n$/)
    expect(readdirSync(join(home.clusters, 'default'))).toEqual(['node9'])
    rmSync(join(home.clusters, 'default'), {recursive: true})
  })

  it('all that was said on stderr is a line of ours, and every command in it is real', () => {
    const text = seen.map(d => d.stderr).join('')
    expect(text).not.toMatch(/kafkajs|KafkaJS|Warning|DEP0|ExperimentalWarning|oclif|"level":|\n\s+at |›|Trace:/)
    for (const {stderr, code} of seen) {
      if (code !== 0) expect(stderr).toMatch(/\S/)
      expectReal(stderr)
    }
  })
})
