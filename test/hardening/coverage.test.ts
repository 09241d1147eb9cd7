import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'

const folder = dirname(dirname(fileURLToPath(import.meta.url)))

/** Every row of bad input that the project answers has a test called `hardening N: …`, or says here what it waits for. */
const ROWS = 49
const waiting = JSON.parse(readFileSync(join(folder, 'hardening', 'waiting.json'), 'utf8')) as Record<string, string>

function testedRows(): Set<number> {
  const rows = new Set<number>()
  for (const entry of readdirSync(folder, {withFileTypes: true, recursive: true})) {
    if (!entry.isFile() || !/\.test\.tsx?$/.test(entry.name) || entry.name === 'coverage.test.ts') continue
    const code = readFileSync(join(entry.parentPath, entry.name), 'utf8')
    for (const [, list] of code.matchAll(
      /\b(?:it|describe|test)(?:\.\w+)?(?:\([^'"`]*\))?\(\s*['"`]hardening ([\d, ]+):/g,
    ))
      for (const row of list.split(',')) rows.add(Number(row))
  }
  return rows
}

describe('hardening', () => {
  it('every row has a test, or a line that says what it waits for', () => {
    const tested = testedRows()
    const missing: number[] = []
    for (let row = 1; row <= ROWS; row++) if (!tested.has(row) && !waiting[row]) missing.push(row)
    expect(missing).toEqual([])
  })

  it('no row waits that has a test already', () => {
    const tested = testedRows()
    expect(Object.keys(waiting).filter(row => tested.has(Number(row)))).toEqual([])
  })
})
