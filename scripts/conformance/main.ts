// The readers on trial: `npm run wal:conformance -- DIR...`.
import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {imagesBelow, readExpected} from './image.ts'
import {conform} from './run.ts'

const args = process.argv.slice(2)
const dirs = args.length > 0 ? args : [join(import.meta.dirname, '../../test/fixtures/wal-images')]
const missing = dirs.find(dir => !existsSync(here(dir)))
const images = missing === undefined ? dirs.flatMap(dir => imagesBelow(here(dir))) : []

if (images.length === 0) {
  const said = missing === undefined ? 'No folder there holds image/ and expected.json.' : `Nothing is at ${missing}.`
  process.stderr.write(`${said} Usage: npm run wal:conformance -- DIR...\n`)
  process.stdout.write('0 passed, 0 failed\n')
  process.exitCode = 2
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'chronik-conformance-'))
  let passed = 0
  try {
    for (const image of images) {
      const mismatches = await conform(image, scratch)
      if (mismatches.length === 0) {
        passed++
        continue
      }
      console.log(`FAIL ${image.name}`)
      console.log(`     ${about(image)}`)
      for (const {lines, reader} of mismatches) for (const line of lines) console.log(`     ${reader}: ${line}`)
    }
  } finally {
    rmSync(scratch, {recursive: true, force: true})
  }
  console.log(`${passed} passed, ${images.length - passed} failed`)
  process.exitCode = passed === images.length ? 0 : 1
}

function about(image: (typeof images)[number]): string {
  try {
    const {about, rule} = readExpected(image)
    return `rule ${rule ?? '-'}: ${about ?? '-'}`
  } catch {
    return image.dir
  }
}

/** npm runs scripts in the package's folder: a path is meant from where it was typed. */
function here(dir: string): string {
  return resolve(process.env.INIT_CWD ?? '.', dir)
}
