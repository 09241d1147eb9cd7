import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {writeReports} from '../../src/verify/report/json.ts'
import {junitReport} from '../../src/verify/report/junit.ts'
import {markdownReport, markdownSummary} from '../../src/verify/report/markdown.ts'
import {exitCodeOf, type Report, worstExit} from '../../src/verify/report/report.ts'
import {interruptedLine, type Look, reportLines} from '../../src/verify/report/tty.ts'
import {sample} from './sample-report.ts'

const look: Look = {paint: text => text, runPath: '~/.local/state/chronik/runs/latest'}
const NASTY = '<img src=x onerror=alert(1)>\u001b]8;;evil\u0007 `|&"\' \u202e rtl \u0000 ]]> \ud800'

/** A report whose every text came from somebody who means harm. */
function nasty(): Report {
  const report = sample('fail')
  report.suite = NASTY
  report.proves = NASTY
  report.seed = NASTY
  report.plant = NASTY
  for (const step of report.steps) {
    step.title = NASTY
    step.note = NASTY
    for (const c of step.checks) {
      c.title = NASTY
      c.seen = NASTY
      c.because = NASTY
      c.expected = NASTY
      c.lines = c.lines.map(() => ({label: NASTY, text: NASTY}))
    }
  }
  return report
}

describe('terminal', () => {
  it('a passed run: steps, before and after, the sum', () => {
    expect(reportLines(sample('pass'), look)).toEqual([
      'recovery on a scratch cluster: 3 nodes, embedded, seed 7f3a91 (default is not touched)',
      'PASS  1  follower killed, rejoins      1 check     0.7 s   rejoin 0.3 s',
      'PASS  2  all killed, all restarted     1 check     1.4 s   leader after 0.6 s',
      '      BEFORE (disk)             AFTER (node)',
      'n1    term 3 vote 1 commit 31   term 3 vote 1 commit 31   same',
      'n2    term 3 vote 1 commit 31   term 3 vote 1 commit 31   same',
      '2 passed, 0 failed, 0 unknown    3.6 s    report ~/.local/state/chronik/runs/latest/report.md',
    ])
  })

  it('a failed run: the failing check with disk, node, cause and the command that shows it; then what could not be seen', () => {
    expect(reportLines(sample('fail'), look)).toEqual([
      'recovery on a scratch cluster: 3 nodes, embedded, planted guess-payload-kind, seed 7f3a91 (default is not touched)',
      'PASS  1  follower killed, rejoins      1 check     0.7 s   rejoin 0.3 s',
      'FAIL  2.1  HardState recovered as it lay on the disk   n2',
      '      disk  term 3 vote 1 commit 31   wal_0_0.log@3496 (63 bytes, crc ok)',
      '      node  term 1 vote 1 commit 0   asked after the restart',
      '      cause the record also reads as Entry type 3 term 1 index 31: recovered as a phantom entry',
      '      see   chronik wal dump ~/.local/state/chronik/runs/latest/nodes/n2/wal --at 3496 --hex',
      'FAIL  2.2  a leader is elected after the restart        none within 5 s',
      '????  2.3  topics exist on every node, and are the same no answer of n2: every node has to be asked',
      '      BEFORE (disk)             AFTER (node)',
      'n1    term 3 vote 1 commit 31   term 3 vote 1 commit 31   same',
      'n2    term 3 vote 1 commit 31   term 1 vote 1 commit 0    DIFFERS',
      'report ~/.local/state/chronik/runs/latest/report.md',
      '1 passed, 2 failed, 1 unknown    again: chronik verify recovery --plant guess-payload-kind --seed 7f3a91',
    ])
  })

  it('an interrupted run says where, and what is left', () => {
    const report: Report = {...sample('pass'), interrupted: true, interruptedIn: 2, exitCode: 130}
    expect(interruptedLine(report, look)).toBe(
      'Interrupted in step 2. Scratch cluster stopped, 3 processes gone, nothing left. Report (interrupted): ~/.local/state/chronik/runs/latest/report.md',
    )
    expect(interruptedLine({...report, interruptedIn: undefined, stopped: undefined}, look)).toMatch(
      /^Interrupted\. The suite host was killed/,
    )
    expect(
      interruptedLine({...report, cluster: {scratch: false, name: 'x', nodes: 3, engine: 'embedded'}}, look),
    ).toMatch(/cluster goes on/)
  })

  it('hardening 42: nothing that came from outside moves the cursor', () => {
    for (const line of reportLines(nasty(), look)) {
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    }
  })
})

describe('Markdown', () => {
  it('a failed run as people read it in a CI job', async () => {
    await expect(markdownReport(sample('fail'))).toMatchFileSnapshot('../fixtures/reports/failed.md')
  })

  it('a summary of several runs', () => {
    const {counts, seed, suite, tookMs} = sample('pass')
    const text = markdownSummary({
      schema: 1,
      chronik: '0.1.0',
      result: 'pass',
      exitCode: 0,
      runs: [{dir: 'runs/1-recovery', suite, seed, result: 'pass', exitCode: 0, counts, tookMs}],
    })
    expect(text).toContain('# 1 runs: pass')
    expect(text).toContain(
      '| PASS | [runs/1-recovery](runs/1-recovery/report.md) recovery | `7f3a91` | 2 passed, 0 failed, 0 unknown | 3.6 s |',
    )
  })

  it('no text becomes HTML, a table cell or a fence', () => {
    const text = markdownReport(nasty())
    // What stands in code is shown as it is.
    expect(text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`]*`/g, '')).not.toContain('<img')
    for (const line of text.split('\n').filter(l => l.startsWith('| PASS') || l.startsWith('| **FAIL')))
      expect(line.replaceAll('\\|', '').split('|').length - 2, line).toSatisfy((n: number) => n === 4 || n === 5)
  })
})

describe('JUnit', () => {
  it('a step is a suite, a check a case; what could not be seen is an error', async () => {
    await expect(junitReport(sample('fail'))).toMatchFileSnapshot('../fixtures/reports/failed.xml')
  })

  it('hardening 43: XML stays well-formed whatever the texts hold', () => {
    const xml = junitReport(nasty())
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/)
    expect(xml).not.toContain('<img')
    expect(Buffer.from(xml, 'utf8').toString('utf8')).toBe(xml)
    const open = [...xml.matchAll(/<([a-z]+)(?:\s[^<>]*)?(?<!\/)>/g)].map(m => m[1]).filter(name => name !== 'xml')
    const shut = [...xml.matchAll(/<\/([a-z]+)>/g)].map(m => m[1])
    expect(open.sort()).toEqual(shut.sort())
    for (const [tag] of xml.matchAll(/<[^?!][^>]*>/g)) expect(tag).toMatch(/^<\/?[a-z]+(\s[a-z]+="[^"<>]*")*\s*\/?>$/)
  })
})

describe('report folder', () => {
  it('holds one report in four forms, and no temporary file', () => {
    const dir = mkdtempSync(join(tmpdir(), 'chronik-report-'))
    try {
      writeReports(dir, sample('pass'))
      expect(readdirSync(dir).sort()).toEqual(['report.html', 'report.json', 'report.md', 'report.xml'])
      expect(JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8'))).toEqual(sample('pass'))
    } finally {
      rmSync(dir, {recursive: true, force: true})
    }
  })
})

describe('exit codes', () => {
  const of = (...results: Array<'pass' | 'fail' | 'unknown' | 'not applicable'>) =>
    results.map(result => ({...sample('pass').steps[0].checks[0], result}))

  it('follow the worst verdict: fail 1, unknown 3, pass 0; nothing judged is unknown', () => {
    expect(exitCodeOf({verdicts: of('pass', 'not applicable'), interrupted: false})).toBe(0)
    expect(exitCodeOf({verdicts: of('pass', 'unknown'), interrupted: false})).toBe(3)
    expect(exitCodeOf({verdicts: of('pass', 'unknown', 'fail'), interrupted: false})).toBe(1)
    expect(exitCodeOf({verdicts: [], interrupted: false})).toBe(3)
    expect(exitCodeOf({verdicts: of('not applicable'), interrupted: false})).toBe(3)
  })

  it('an interruption is 130; an error of the machine keeps its own code, but never 1', () => {
    expect(exitCodeOf({verdicts: of('fail'), interrupted: true})).toBe(130)
    expect(exitCodeOf({verdicts: [], interrupted: false, error: {exitCode: 4}})).toBe(4)
    expect(exitCodeOf({verdicts: of('pass'), interrupted: false, error: {exitCode: 1}})).toBe(3)
    expect(exitCodeOf({verdicts: of('fail'), interrupted: false, error: {exitCode: 4}})).toBe(1)
  })

  it('of several runs the worst counts', () => {
    expect(worstExit([0, 0])).toBe(0)
    expect(worstExit([0, 3])).toBe(3)
    expect(worstExit([3, 1, 0])).toBe(1)
    expect(worstExit([0, 4, 3])).toBe(4)
    expect(worstExit([1, 130])).toBe(130)
    expect(worstExit([])).toBe(3)
  })
})
