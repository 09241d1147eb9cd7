// `npm run bench [-- NAME… [--FLAG=N…]]`: the figures that users feel, as ratios measured in one run.
import {existsSync, readdirSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {setUp} from './setup.mjs'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'bench')
const all = readdirSync(folder)
  .filter(f => f.startsWith('bench-'))
  .map(f => f.slice('bench-'.length).replace(/\.mjs$/, ''))
  .sort()
const words = process.argv.slice(2)
const names = words.filter((word, i) => !word.startsWith('--') && !/^--[a-z]+$/.test(words[i - 1] ?? ''))
/** `--kills=2`, `--kills 2`: numbers for the benchmarks that take them. */
const flags = {}
for (const [, name, value] of words.join(' ').matchAll(/--([a-z]+)[= ]([\d.]+)/g)) flags[name] = Number(value)
const unknown = names.find(name => !all.includes(name))

if (unknown !== undefined) {
  process.stderr.write(`No benchmark "${unknown}". There are: ${all.join(' ')}\n`)
  process.exitCode = 2
} else {
  process.exitCode = setUp()
  if (!process.exitCode)
    for (const name of names.length > 0 ? names : all) {
      const file = join(folder, `bench-${name}.mjs`)
      if (!existsSync(file)) continue
      process.stdout.write(`${name}\n`)
      await (await import(file)).default(flags)
    }
}
