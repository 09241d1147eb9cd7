import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Home, projectRoot} from '../helpers/chronik.ts'

let home: Home
beforeAll(() => {
  home = new Home()
})
afterAll(async () => {
  await home.remove()
})

const folder = (name: string): string => {
  const dir = join(home.dir, name)
  mkdirSync(dir, {recursive: true})
  return dir
}
const tsc = (cwd: string): string => {
  try {
    return execFileSync(process.execPath, [join(projectRoot, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
      cwd,
      encoding: 'utf8',
    })
  } catch (error) {
    return String((error as {stdout?: string}).stdout)
  }
}
const masked = (text: string): string =>
  text
    .replace(/~?\/[\w./~-]+/g, 'PATH')
    .replace(/\b(seed|--seed) [0-9a-f]+/g, '$1 SEED')
    .replace(/npx chronik/g, 'chronik')
    .replace(/\d[\d,.]*/g, '0')
    .replace(/[ \t]+/g, ' ')
    .trim()

describe('docs/labs.md', () => {
  const text = readFileSync(join(projectRoot, 'docs', 'labs.md'), 'utf8')
  const files = [...text.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => ({name, code}))
  const turns = [...text.matchAll(/^```console\n\$ chronik (.*?)\n(.*?)^```$/gms)].map(([, typed, printed]) => ({
    typed,
    printed,
  }))

  it('its labs are typed as tsc in the folder of their author wants it', async () => {
    const cwd = folder('typed')
    expect((await home.run(['lab', 'new', 'starter'], {cwd})).code).toBe(0)
    for (const {name, code} of files) writeFileSync(join(cwd, name), code)
    expect(tsc(cwd)).toBe('')
    // The types are really there: a lab that asks for what does not exist is refused.
    writeFileSync(
      join(cwd, 'wrong.ts'),
      `import {lab} from 'chronik/lab'\nexport default lab('x', async ({cluster}) => { await cluster.explode() })\n`,
    )
    expect(tsc(cwd)).toMatch(/'explode' does not exist/)
  })

  it.each(turns.map(t => [t.typed, t.printed]))('chronik %s prints what stands there', async (typed, printed) => {
    const cwd = folder('docs')
    for (const {name, code} of files) writeFileSync(join(cwd, name), code)
    const done = await home.run(typed.split(' '), {cwd})
    const wanted = masked(printed).split('\n')
    expect(masked(`${done.stdout}${done.stderr}`).split('\n').slice(0, wanted.length)).toEqual(wanted)
    expect(done.code).toBe(/first\.ts/.test(typed) ? 3 : /failing\.ts/.test(typed) ? 1 : 0)
  })
})

describe('lab new', () => {
  it('its starter runs and passes; nothing that is there is overwritten', async () => {
    const cwd = folder('starter')
    const made = await home.run(['lab', 'new', 'lost-follower'], {cwd})
    expect(made.stdout).toBe('lost-follower.ts\ntsconfig.json\n')
    const again = await home.run(['lab', 'new', 'lost-follower'], {cwd})
    expect(again.code).toBe(2)
    const second = await home.run(['lab', 'new', 'other'], {cwd})
    expect(second.stdout).toMatch(/tsconfig\.json was there already/)
    const done = await home.run(['verify', './lost-follower.ts'], {cwd})
    expect(`${done.stdout}${done.stderr}`).toMatch(/^PASS {2}1 {2}lost follower +2 checks/m)
    expect(done.code).toBe(0)
  })

  it.each([
    '',
    '../evil',
    'A',
    '-x',
    'a/b',
    'x'.repeat(64),
  ])('hardening 2: the name %j is refused, and nothing is written', async name => {
    const cwd = folder('names')
    const done = await home.run(['lab', 'new', '--', name], {cwd})
    expect(done.code).toBe(2)
    expect(existsSync(join(cwd, 'tsconfig.json'))).toBe(false)
  })
})

describe('hardening 10: labs that misbehave', () => {
  const head = `import {writeSync} from 'node:fs'\nimport {lab} from 'chronik/lab'\n`
  it.each<[string, string, RegExp]>([
    ['throws while it is loaded', `${head}throw new Error('oh no')\n`, /oh no/],
    [
      'ends its process',
      `${head}export default lab('x', async ({check}) => { check.that('a', true, {expected: '', seen: ''}); process.exit(0) })\n`,
      /ended without a verdict \(exit 0\)/,
    ],
    [
      'throws where nobody waits',
      `${head}export default lab('x', () => new Promise(() => setTimeout(() => { throw new Error('late') }, 10)))\n`,
      /ended without a verdict/,
    ],
    [
      'writes rubbish where verdicts are told',
      `${head}export default lab('x', async () => { writeSync(3, 'rubbish\\n'); await new Promise(() => undefined) })\n`,
      /something that is no verdict/,
    ],
    ['never yields', `${head}export default lab('x', async () => { for (;;); })\n`, /not over after 3000 ms/],
    [
      'never loads',
      `${head}await new Promise(r => setTimeout(r, 1e9))\nexport default lab('x', async () => undefined)\n`,
      /not over after 3000 ms/,
    ],
    [
      'floods its output',
      `${head}export default lab('x', async () => { const line = 'x'.repeat(1 << 20); for (;;) console.log(line) })\n`,
      /printed more than/,
    ],
    [
      'makes checks without end',
      `${head}export default lab('x', async ({check}) => { for (;;) { check.that('a', true, {expected: 'a', seen: 'a'}); await null } })\n`,
      /more than 10000 checks/,
    ],
  ])('one that %s: unknown, never passed, its cluster gone', async (what, code, message) => {
    const file = join(folder('bad'), `${what.replaceAll(' ', '-')}.mts`)
    writeFileSync(file, code)
    const done = await home.run(['verify', file, ...(what.startsWith('never') ? ['--timeout', '3s'] : [])])
    expect(`${done.stdout}${done.stderr}`).toMatch(message)
    expect(done.code).toBe(3)
  })
})
