import {existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {writeReports, writeSummary} from '../../src/verify/report/json.ts'
import {findRun, listRuns, makeRunDir, pointLatest, prune, readSummary, trim} from '../../src/verify/runs.ts'
import {sample} from './sample-report.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chronik-runs-'))
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

const AT = Date.UTC(2026, 0, 31, 12, 40, 58)

function run(minute: number, result: 'pass' | 'fail' | 'unknown'): string {
  const dir = makeRunDir('recovery', {root, atWallMs: AT + minute * 60_000})
  writeReports(dir, {...sample('pass'), result})
  return dir
}

describe('run folders', () => {
  it('are named by time and suite, two of the same second get two folders', () => {
    expect(makeRunDir('recovery', {root, atWallMs: AT})).toBe(join(root, '2026-01-31T12-40-58Z-recovery'))
    expect(makeRunDir('recovery', {root, atWallMs: AT})).toBe(join(root, '2026-01-31T12-40-58Z-recovery-2'))
  })

  it('latest names the newest, and never a folder elsewhere', () => {
    const first = run(0, 'pass')
    pointLatest(first, root)
    const second = run(1, 'fail')
    pointLatest(second, root)
    expect(readlinkSync(join(root, 'latest'))).toBe('2026-01-31T12-41-58Z-recovery')
    pointLatest(join(tmpdir(), 'elsewhere'), root)
    expect(readlinkSync(join(root, 'latest'))).toBe('2026-01-31T12-41-58Z-recovery')
    expect(findRun(undefined, root).dir).toBe(second)
    expect(findRun('latest', root).dir).toBe(second)
    expect(findRun('2026-01-31T12-40', root).dir).toBe(first)
    expect(findRun(first, root).report?.result).toBe('pass')
    expect(() => findRun('1999', root)).toThrow(/No run "1999"/)
  })

  it('the newest 20 passed and all others stay', () => {
    for (let i = 0; i < 25; i++) run(i, 'pass')
    for (let i = 25; i < 30; i++) run(i, 'fail')
    run(30, 'unknown')
    prune(root)
    const left = listRuns(root)
    expect(left.filter(r => r.report?.result === 'pass')).toHaveLength(20)
    expect(left.filter(r => r.report?.result !== 'pass')).toHaveLength(6)
    expect(left.some(r => r.id.startsWith('2026-01-31T12-44'))).toBe(false)
    expect(left.some(r => r.id.startsWith('2026-01-31T12-45'))).toBe(true)
  })

  it('what sums several runs up stays as long as one of them does', () => {
    const dir = makeRunDir('side-by-side', {root, atWallMs: AT + 3_600_000})
    const runs = [run(0, 'pass'), run(1, 'pass')].map(at => ({...sample('pass'), dir: `../${basename(at)}`}))
    writeSummary(dir, {schema: 1, chronik: '0.0.0', result: 'pass', exitCode: 0, runs})
    expect(listRuns(root)[0]).toMatchObject({dir, report: undefined})
    for (let i = 2; i < 21; i++) run(i, 'pass')
    prune(root)
    expect(readSummary(dir)?.runs).toHaveLength(2)
    run(21, 'pass')
    prune(root)
    expect(existsSync(dir)).toBe(false)
  })

  it('a passed run keeps all but data and logs of the nodes', () => {
    const dir = run(0, 'pass')
    mkdirSync(join(dir, 'nodes', 'n1'), {recursive: true})
    writeFileSync(join(dir, 'suite-host.log'), '')
    writeFileSync(join(dir, 'history.jsonl'), '')
    trim(dir)
    expect(existsSync(join(dir, 'nodes'))).toBe(false)
    expect(existsSync(join(dir, 'suite-host.log'))).toBe(false)
    for (const kept of ['report.json', 'report.md', 'report.xml', 'history.jsonl'])
      expect(existsSync(join(dir, kept)), kept).toBe(true)
  })

  it('--out takes a new folder, an empty one, or an earlier report of ours, and nothing else', () => {
    const out = join(root, 'chronik-report')
    expect(makeRunDir('recovery', {out, atWallMs: AT})).toBe(out)
    expect(makeRunDir('recovery', {out, atWallMs: AT})).toBe(out)
    writeReports(out, sample('pass'))
    writeFileSync(join(out, 'history.jsonl'), 'old')
    makeRunDir('recovery', {out, atWallMs: AT})
    expect(existsSync(join(out, 'history.jsonl'))).toBe(false)
    writeFileSync(join(out, 'thesis.tex'), 'three years of work')
    expect(() => makeRunDir('recovery', {out, atWallMs: AT})).toThrow(/not empty .*thesis\.tex/)
    expect(existsSync(join(out, 'thesis.tex'))).toBe(true)
  })

  it('folders that are not ours are passed over', () => {
    mkdirSync(join(root, 'notes'))
    symlinkSync(tmpdir(), join(root, '2026-01-31T12-00-00Z-link'))
    mkdirSync(join(root, '2026-01-31T12-00-01Z-cut'))
    expect(listRuns(root).map(r => [r.id, r.report])).toEqual([['2026-01-31T12-00-01Z-cut', undefined]])
  })
})
