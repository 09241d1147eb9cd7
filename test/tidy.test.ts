import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The law of imports: what each room may import. `base` is open to all. docs/architecture.md says what each is for. */
const ROOMS: Record<string, readonly string[]> = {
  base: [],
  formats: [],
  io: [],
  contracts: [],
  raft: ['formats'],
  wal: ['formats', 'raft', 'io', 'contracts'],
  client: ['formats', 'io'],
  broker: ['wal', 'raft', 'formats', 'io', 'contracts'],
  plants: ['broker', 'wal', 'raft', 'formats', 'io'],
  inspect: ['formats', 'io'],
  judge: ['inspect', 'contracts'],
  sim: ['broker', 'plants', 'client', 'inspect', 'judge', 'io', 'contracts', 'raft', 'wal', 'formats'],
  engines: ['client', 'contracts', 'io'],
  supervisor: ['engines', 'inspect', 'contracts', 'io'],
  verify: ['supervisor', 'engines', 'inspect', 'judge', 'client', 'contracts', 'io'],
  tui: ['supervisor', 'verify', 'contracts'],
  commands: [
    'formats',
    'io',
    'contracts',
    'client',
    'inspect',
    'judge',
    'engines',
    'supervisor',
    'verify',
    'tui',
    'sim',
  ],
  programs: ['*'],
}

/** Of some rooms only a part may be used from outside. */
const DOORS: ReadonlyArray<{from: string; into: string; only: RegExp}> = [
  {from: 'judge', into: 'inspect', only: /^src\/inspect\/reading\.ts$/},
  {from: 'tui', into: 'supervisor', only: /^src\/supervisor\/client\.ts$/},
  {from: 'wal', into: 'raft', only: /^src\/raft\/types\.ts$/},
  {from: 'wal', into: 'contracts', only: /^src\/contracts\/node-state\.ts$/},
]

/** Rooms that run unchanged in production and under virtual time: the world reaches them through `io` alone. */
const PURE = ['formats', 'raft', 'wal', 'client', 'broker', 'judge', 'plants']
const NODE_MODULES_OF_PURE_ROOMS = new Set<string>(['node:buffer', 'node:zlib'])
const FORBIDDEN: ReadonlyArray<[string, RegExp]> = [
  ['a timer', /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\s*\(/],
  ['process', /\bprocess\.(nextTick|hrtime|env|exit|on|stdout|stderr)\b/],
  ['Date', /\b(new\s+Date\b|Date\.(now|parse|UTC))/],
  ['performance', /\bperformance\.(now|timeOrigin)/],
  ['Math.random', /\bMath\.random\b/],
  ['a float transcendental', /\bMath\.(sin|cos|tan|exp|log|log2|log10|pow|sinh|cosh|tanh|atan|asin|acos)\b/],
  ['a race against time', /\bPromise\.(race|any)\s*\(/],
  ['for await', /\bfor\s+await\b/],
  ['localeCompare', /\.localeCompare\s*\(/],
  ['crypto', /\bcrypto\.(random|getRandom|subtle)/],
]

const files = sourceFiles(join(root, 'src'))
const imports = new Map(files.map(file => [file, importsOf(file)]))

describe('tidy', () => {
  it('sees the modules it is meant to judge', () => {
    expect(files.length).toBeGreaterThan(40)
    for (const room of ['base', 'formats', 'io', 'contracts', 'raft', 'wal', 'broker'])
      expect(files.filter(f => f.startsWith(`src/${room}/`)).length, room).toBeGreaterThan(0)
  })

  it('rooms import only what the table allows', () => {
    const broken: string[] = []
    for (const [file, targets] of imports) {
      const room = roomOf(file)
      const allowed = ROOMS[room]
      if (!allowed) broken.push(`${file} is in no room of the table`)
      else
        for (const target of targets) {
          if (!target.startsWith('src/')) continue
          const to = roomOf(target)
          if (to === room || (to === 'base' && room !== 'base') || allowed.includes('*') || allowed.includes(to))
            continue
          broken.push(`${file} imports ${target}: ${room} may not import ${to}`)
        }
    }
    expect(broken).toEqual([])
  })

  it('some rooms have one door', () => {
    const broken: string[] = []
    for (const {from, into, only} of DOORS)
      for (const [file, targets] of imports)
        if (roomOf(file) === from)
          for (const target of targets)
            if (roomOf(target) === into && !only.test(target)) broken.push(`${file} imports ${target}`)
    expect(broken).toEqual([])
  })

  it('nobody imports a program, and programs are short', () => {
    const broken: string[] = []
    for (const [file, targets] of imports)
      for (const target of targets) {
        // What two programs share lies beside them.
        const shared = roomOf(file) === 'programs' && target.startsWith('src/programs/shared/')
        if (roomOf(target) === 'programs' && !shared) broken.push(`${file} imports ${target}`)
      }
    for (const file of files.filter(f => roomOf(f) === 'programs')) {
      const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1
      if (lines >= 100) broken.push(`${file} has ${lines} lines`)
    }
    expect(broken).toEqual([])
  })

  it('modules form no cycle', () => {
    expect(cycles(imports)).toEqual([])
  })

  it('rooms that run under virtual time reach for nothing but their ports', () => {
    const broken: string[] = []
    for (const file of files.filter(f => PURE.includes(roomOf(f)))) {
      const code = withoutCommentsAndStrings(readFileSync(join(root, file), 'utf8'))
      for (const [what, pattern] of FORBIDDEN) {
        const hit = pattern.exec(code)
        if (hit) broken.push(`${file}:${code.slice(0, hit.index).split('\n').length} uses ${what}`)
      }
      for (const target of imports.get(file) ?? [])
        if (target.startsWith('node:') && !NODE_MODULES_OF_PURE_ROOMS.has(target))
          broken.push(`${file} imports ${target}`)
      if (/^(export\s+)?let\s/m.test(code)) broken.push(`${file} keeps state at module level`)
    }
    expect(broken).toEqual([])
  })

  it('built-in labs use nothing that a user of chronik/lab cannot', () => {
    const broken: string[] = []
    for (const file of sourceFiles(join(root, 'labs')))
      for (const target of importsOf(file)) if (target !== 'chronik/lab') broken.push(`${file} imports ${target}`)
    expect(broken).toEqual([])
  })

  it('no file is longer than 750 lines', () => {
    expect(files.filter(f => readFileSync(join(root, f), 'utf8').split('\n').length > 750)).toEqual([])
  })

  it('every package of the lock runs on the oldest Node.js that is supported', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, {engines?: {node?: string}; hasInstallScript?: boolean; dev?: boolean}>
    }
    // They say more than they need: @platformatic/kafka, whose they are, runs on 20.19.4, and so do they.
    const runsAllTheSame = ['node_modules/@platformatic/dynamic-buffer', 'node_modules/@platformatic/wasm-utils']
    const tooNew = Object.entries(lock.packages).filter(([name, p]) => {
      if (runsAllTheSame.includes(name)) return false
      const range = p.engines?.node ?? ''
      return /^>=?\s*(2[1-9]|[3-9]\d)/.test(range) && !range.includes('||')
    })
    expect(tooNew.map(([name, p]) => `${name} needs ${p.engines?.node}`)).toEqual([])
  })
})

function sourceFiles(dir: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, {withFileTypes: true, recursive: true})
    .filter(e => e.isFile() && /\.tsx?$/.test(e.name))
    .map(e => relative(root, join(e.parentPath, e.name)))
    .filter(f => !f.includes('/generated/'))
    .sort()
}

function roomOf(file: string): string {
  return file.split('/')[1]
}

function importsOf(file: string): string[] {
  const code = readFileSync(join(root, file), 'utf8')
  const found: string[] = []
  for (const [, , specifier] of code.matchAll(
    /(?:^|\n)\s*(import|export)\b[^'"\n;]*?(?:\{[^}]*\}[^'"\n;]*?)?['"]([^'"\n]+)['"]/g,
  ))
    found.push(specifier)
  for (const [, specifier] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) found.push(specifier)
  return [...new Set(found.map(s => (s.startsWith('.') ? relative(root, join(root, dirname(file), s)) : s)))]
}

function withoutCommentsAndStrings(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, text =>
    text.replace(/[^\n]/g, ' '),
  )
}

/** Groups of files that import each other in a ring (Tarjan's strongly connected components). */
function cycles(graph: Map<string, string[]>): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file)!)
    stack.push(file)
    onStack.add(file)
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue
      if (!index.has(target)) {
        visit(target)
        low.set(file, Math.min(low.get(file)!, low.get(target)!))
      } else if (onStack.has(target)) low.set(file, Math.min(low.get(file)!, index.get(target)!))
    }
    if (low.get(file) !== index.get(file)) return
    const ring: string[] = []
    for (;;) {
      const member = stack.pop()!
      onStack.delete(member)
      ring.push(member)
      if (member === file) break
    }
    if (ring.length > 1) found.push(ring.sort())
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return found
}
