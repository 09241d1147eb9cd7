import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {runCheck} from '../../src/judge/check.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import type {Verdict} from '../../src/judge/verdict.ts'
import type {NumberedVerdict} from '../../src/verify/host-protocol.ts'
import {rejudge} from '../../src/verify/rejudge.ts'
import type {Report} from '../../src/verify/report/report.ts'
import {
  asJudged,
  countsOfKinds,
  EVIDENCE_FILE,
  type Judged,
  readEvidence,
  writeEvidence,
} from '../../src/verify/stored-evidence.ts'
import {about, Book, disk, evidence, reading, start} from '../judge/evidence.ts'
import {sample} from './sample-report.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-evidence-'))
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

const book = new Book().sent('a', 0).sent('b', 1).drained({0: 'a', 1: 'b'}, 2)
const all = evidence({
  history: book.operations,
  disks: [disk(1), disk(2)],
  readings: [reading(1)],
  starts: [{...start(1), caughtUpAtMs: 5}],
})
const none = countsOfKinds(evidence({}))
const judged = (number: string, check: string, atMs: number): Judged => ({
  number,
  check,
  from: none,
  to: countsOfKinds(all),
  atMs,
  about,
})
const report = (checks: Array<Pick<Verdict, 'check' | 'result' | 'seen'>>): Report => {
  const template = sample('pass').steps[0].checks[0]
  const step = {...sample('pass').steps[0]}
  step.checks = checks.map((c, n): NumberedVerdict => ({...template, ...c, number: `1.${n + 1}`}))
  return {...sample('pass'), steps: [step]}
}

describe('stored evidence', () => {
  it('what was written is read back, but the history, which has its own file', () => {
    writeEvidence(dir, {evidence: all, judged: [judged('1.1', 'H1', 9)], wallAtZeroMs: 1_700_000_000_000})
    const read = readEvidence(dir)
    expect(read?.evidence).toEqual({...all, history: []})
    expect(read?.judged).toEqual([judged('1.1', 'H1', 9)])
    expect(read?.wallAtZeroMs).toBe(1_700_000_000_000)
  })

  it('a run that left none has none; foreign bytes are refused', () => {
    expect(readEvidence(dir)).toBeUndefined()
    writeFileSync(join(dir, EVIDENCE_FILE), 'no gzip')
    expect(() => readEvidence(dir)).toThrow()
    writeFileSync(join(dir, EVIDENCE_FILE), gzipSync('{"of no kind":1}\n'))
    expect(() => readEvidence(dir)).toThrow(/a line of no known kind/)
  })

  it('a verdict is judged again on what was there at its time, and on no more', () => {
    const stored = {evidence: all, judged: [], wallAtZeroMs: 0}
    const early = asJudged(stored, {...judged('1.1', 'H1', 3.5), to: {...countsOfKinds(all), disks: 1}})
    expect(early.disks).toHaveLength(1)
    // At 3.5 ms the second send is under way: it began at 3, and its answer of 4 is not there yet.
    expect(early.history.map(o => o.result)).toEqual(['ok', 'open'])
    expect(early.history[1].offset).toBeUndefined()
    expect(early.starts[0].caughtUpAtMs).toBeUndefined()
    expect(asJudged(stored, judged('1.1', 'H1', 99))).toEqual(all)
  })

  it('the same evidence gives the same verdict; a changed history another, and it says so', () => {
    const check = CHECKS.get('H1')
    if (!check) throw new Error('no H1')
    const was = runCheck(check, all, about, '')
    const stored = {evidence: all, judged: [judged('1.1', 'H1', 99)], wallAtZeroMs: 0}
    const r = report([was, {check: 'E', result: 'pass', seen: 'a'}, {check: 'L1', result: 'pass', seen: 'x'}])
    expect(rejudge(r, stored).map(x => [x.same, x.now?.result, x.why])).toEqual([
      [true, 'pass', undefined],
      [true, undefined, 'the lab compared it itself'],
      [true, undefined, 'what it was judged on was not kept'],
    ])
    const lost = {...all, history: new Book().sent('a', 0).sent('b', 1).drained({1: 'b'}, 2).operations}
    expect(rejudge(r, {...stored, evidence: lost})[0]).toMatchObject({same: false, now: {result: 'fail'}})
  })
})
