import {spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {imagesBelow} from '../../scripts/conformance/image.ts'
import {conform} from '../../scripts/conformance/run.ts'
import {projectRoot} from '../helpers/chronik.ts'

const folder = join(projectRoot, 'test/fixtures/wal-images')
const scratch = mkdtempSync(join(tmpdir(), 'chronik-images-'))
afterAll(() => rmSync(scratch, {recursive: true, force: true}))

describe('images of a group', () => {
  const images = imagesBelow(folder)

  it('all are here', () => expect(images.length).toBe(283))

  it.each(
    images.map(image => [image.name, image] as const),
  )('%s: recovery and inspect give it the outcome that the disk format does', async (_, image) => {
    expect(await conform(image, scratch)).toEqual([])
  })
})

describe('npm run wal:conformance', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/wal-conformance.mjs', ...args], {cwd: projectRoot, encoding: 'utf8'})

  it('shows each field of an image that is not as expected, for each reader, and exits 1', () => {
    const here = join(scratch, 'set')
    for (const name of ['015-lower-term-wins', '057-own-marker-keeps-above', '061-unsound-earlier'])
      cpSync(join(folder, name), join(here, name), {recursive: true})
    const path = join(here, '015-lower-term-wins/expected.json')
    const expected = JSON.parse(readFileSync(path, 'utf8'))
    expected.state.commit += 1
    expected.state.entries[0].term += 1
    writeFileSync(path, JSON.stringify(expected))
    writeFileSync(join(here, '061-unsound-earlier/expected.json'), '{"verdict": "maybe"}')
    const {status, stdout} = run(here)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('FAIL 015-lower-term-wins')
    for (const reader of ['inspect', 'recovery', 'inspect, after the recovery'])
      for (const field of [/commit +expected \d+ {3}got \d+/, /entry \d+ +expected \{.*\} {3}got \{/])
        expect(lines.some(l => l.startsWith(`     ${reader}: `) && field.test(l))).toBe(true)
    expect(lines).toContain('     image: verdict "maybe"')
    expect(lines[lines.length - 1]).toBe('1 passed, 2 failed')
    expect(status).toBe(1)
  })

  it('a folder without images, or none at all, is no pass', () => {
    const empty = join(scratch, 'empty')
    mkdirSync(empty, {recursive: true})
    for (const dir of [empty, join(scratch, 'nothing')]) {
      const {status, stdout} = run(dir)
      expect([status, stdout]).toEqual([2, '0 passed, 0 failed\n'])
    }
  })
})
