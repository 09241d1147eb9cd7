// Builds everything that runs into dist/. Usage: node scripts/build.mjs [PROGRAM…]
import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)

const only = process.argv.slice(2)
const wanted = name => only.length === 0 || only.includes(name)

// Packages with native or WebAssembly parts stay outside the bundles.
const external = ['snappy', 'lz4-napi', '@node-rs/crc32', '@bokuweb/zstd-wasm', 'fsevents']
const requireBanner =
  "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);"

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outdir: 'dist',
  outExtension: {'.js': '.mjs'},
  external,
  banner: {js: requireBanner},
  define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: false,
  logLevel: 'warning',
  jsx: 'automatic',
  // What oclif and ink would load in a checkout of theirs only: the compiler alone is 7 MB to parse at every start.
  alias: Object.fromEntries(
    ['react-devtools-core', 'typescript'].map(name => [name, join(root, 'scripts/empty-module.mjs')]),
  ),
}

if (only.length === 0) rmSync('dist', {recursive: true, force: true})
mkdirSync('dist', {recursive: true})
if (existsSync('scripts/kafka-codecs.mjs'))
  execFileSync(process.execPath, ['scripts/kafka-codecs.mjs'], {stdio: ['ignore', 'ignore', 'inherit']})

const programs = (existsSync('src/programs') ? readdirSync('src/programs') : [])
  .filter(f => f.endsWith('.ts'))
  .map(f => f.slice(0, -3))

// Each long-running program is one file: it starts by itself, without the rest of the package.
const alone = programs.filter(name => name !== 'cli' && wanted(name))
await Promise.all(alone.map(name => build({...common, entryPoints: [`src/programs/${name}.ts`]})))

if (wanted('second-client') && existsSync('src/verify/load/second-client.ts'))
  await build({
    ...common,
    entryPoints: ['src/verify/load/second-client.ts'],
    alias: {
      'ajv/dist/2020.js': join(root, 'scripts/no-validators.mjs'),
      '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
    },
  })

if (only.length === 0 || only.includes('cli')) {
  const commands = filesUnder('src/commands').filter(f => isCommand(f))
  await build({
    ...common,
    // oclif and ink go by names. A call for each function that is made is nothing for the long-running programs.
    keepNames: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    entryPoints: {
      ...(programs.includes('cli') ? {cli: 'src/programs/cli.ts'} : {}),
      ...(existsSync('src/verify/api.ts') ? {lab: 'src/verify/api.ts'} : {}),
      ...Object.fromEntries(commands.map(f => [f.slice('src/'.length).replace(/\.tsx?$/, ''), f])),
      ...Object.fromEntries(hooks().map(f => [f.slice('src/commands/'.length).replace(/\.tsx?$/, ''), f])),
    },
  })
  const labs = filesUnder('labs')
  if (labs.length > 0)
    await build({...common, entryPoints: labs, outdir: 'dist/labs', external: [...external, 'chronik/lab']})
  await buildReportPage()
  if (existsSync('src/verify/api.ts')) writeLabTypes()
  if (programs.includes('cli')) await writeManifest()
  writeThirdParty()
}

// What report.html carries inside: one script and one style sheet, as text.
async function buildReportPage() {
  const page = {
    bundle: true,
    minify: true,
    legalComments: 'none',
    charset: 'ascii',
    logLevel: 'warning',
    outdir: 'dist/report',
  }
  const from = 'src/verify/report/html'
  await build({
    ...page,
    entryPoints: {page: `${from}/browser/main.ts`},
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  })
  await build({...page, entryPoints: {page: `${from}/page.css`}, target: 'es2022'})
}

function isCommand(file) {
  return /export default class \w+ extends/.test(readFileSync(file, 'utf8'))
}

function hooks() {
  return existsSync('src/commands/hooks') ? filesUnder('src/commands/hooks') : []
}

function filesUnder(dir) {
  if (!existsSync(dir)) return []
  return readdirSync(dir, {withFileTypes: true, recursive: true})
    .filter(e => e.isFile() && /\.tsx?$/.test(e.name))
    .map(e => join(e.parentPath ?? e.path, e.name))
    .sort()
}

// oclif's manifest: with it no command module is imported to print help or to find a command.
async function writeManifest() {
  const {Plugin} = await import('@oclif/core')
  rmSync('oclif.manifest.json', {force: true})
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  })
  await plugin.load()
  writeFileSync('oclif.manifest.json', JSON.stringify(plugin.manifest))
}

// The types of `chronik/lab`: the declarations of verify/api.ts and of all that it names.
function writeLabTypes() {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
  const flags =
    '--declaration --emitDeclarationOnly --noEmit false --noCheck --rootDir src --outDir dist/types --module preserve --moduleResolution bundler'
  const more =
    '--target es2023 --allowImportingTsExtensions --verbatimModuleSyntax --strict --skipLibCheck --types node --jsx react-jsx --ignoreConfig'
  execFileSync(process.execPath, [tsc, ...`${flags} ${more}`.split(' '), 'src/verify/api.ts'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const file of filesUnder('dist/types')) {
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/(from |import\()(['"])(\.[^'"]*)\.tsx?\2/g, '$1$2$3.js$2'))
  }
  writeFileSync('dist/lab.d.ts', "export * from './types/verify/api.js'\n")
}

// The licences of what the bundles contain.
function writeThirdParty() {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const lines = ['Packages whose code is part of the files in dist/, or which are installed beside them.', '']
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path || entry.dev || entry.optional) continue
    lines.push(
      `${path.replace(/^.*node_modules\//, '')} ${entry.version}  ${entry.license ?? 'licence in the package'}`,
    )
  }
  writeFileSync('THIRD-PARTY.txt', `${lines.join('\n')}\n`)
}
