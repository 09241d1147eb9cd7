import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {failedRuns} from '../../src/verify/failed-runs.ts'
import type {Report} from '../../src/verify/report/report.ts'
import {sample} from './sample-report.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chronik-runs-'))
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

function stored(hour: number, report: Partial<Report>): void {
  const dir = join(root, `2026-01-31T${String(hour).padStart(2, '0')}-00-00Z-x`)
  mkdirSync(dir)
  writeFileSync(join(dir, 'report.json'), JSON.stringify({...sample('pass'), ...report}))
}

describe('--rerun-failed', () => {
  it('takes the newest run of each suite and file, where it did not pass, as it was run', () => {
    stored(1, {result: 'fail', again: 'chronik verify recovery --seed aa', seed: 'aa'})
    stored(2, {result: 'pass', again: 'chronik verify recovery --seed bb', seed: 'bb'})
    stored(3, {
      result: 'fail',
      again: "chronik verify './it'\\''s mine.ts' --plant W01 --seed cc",
      seed: 'cc',
      plant: 'W01',
    })
    stored(4, {result: 'pass', interrupted: true, again: 'chronik verify raft --seed dd', seed: 'dd'})
    stored(5, {
      result: 'fail',
      again: 'chronik verify wal -c mine --seed ee',
      cluster: {scratch: false, name: 'mine', nodes: 3, engine: 'embedded'},
    })
    expect(failedRuns(root)).toEqual([
      {typed: 'raft', seed: 'dd', nodes: 3},
      {typed: "./it's mine.ts", seed: 'cc', plant: 'W01', nodes: 3},
    ])
    expect(failedRuns(join(root, 'none'))).toEqual([])
  })
})
