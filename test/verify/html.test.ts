import {execFile} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {emptyEvidence} from '../../src/judge/evidence.ts'
import {island, text} from '../../src/verify/report/html/escape.ts'
import {htmlReport, htmlSummary} from '../../src/verify/report/html/page.ts'
import {writeReports} from '../../src/verify/report/json.ts'
import type {Report} from '../../src/verify/report/report.ts'
import {countsOfKinds, writeEvidence} from '../../src/verify/stored-evidence.ts'
import {about, Book} from '../judge/evidence.ts'
import {sample} from './sample-report.ts'

const HOSTILE = [
  '<img src=x onerror=document.title="owned">',
  '</script><script>document.title="owned"</script>',
  '"><svg onload=document.title="owned">',
  '\u202egnp.exe\u0000\u001b]8;;http://evil\u0007',
  `${'long'.repeat(250_000)}`,
]

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-html-'))
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

/** A failed run whose every text is hostile, with evidence in its folder. */
function hostileRun(): Report {
  const report = sample('fail')
  const all = HOSTILE.join(' ')
  report.suite = HOSTILE[0]
  report.proves = all
  report.plant = HOSTILE[1]
  report.cluster = {scratch: false, name: HOSTILE[2], nodes: 3, engine: HOSTILE[0]}
  report.error = {code: 'X', message: HOSTILE[1], exitCode: 3}
  report.again = HOSTILE[1]
  report.table[0].before = {term: 1, vote: 1, commit: 1, file: HOSTILE[1], at: 0, bytes: 1}
  for (const step of report.steps) {
    step.title = HOSTILE[1]
    step.note = HOSTILE[0]
    step.atMs = 500
    for (const check of step.checks) {
      check.title = HOSTILE[0]
      check.seen = all
      check.lines = [{label: HOSTILE[1], text: HOSTILE[0]}]
      check.cites = [
        {kind: 'operation', operation: 1},
        {kind: 'place', node: 2, file: '../../../etc/passwd', at: 0, bytes: 5, note: HOSTILE[1]},
        {kind: 'reading', node: 2, incarnation: HOSTILE[1], source: HOSTILE[0], pushed: true, note: HOSTILE[1]},
      ]
    }
  }
  report.load = {topic: HOSTILE[0], rate: 1, sent: 1, acknowledged: 1, failed: 0, undecided: 0, readBack: 1}
  const evidence = emptyEvidence()
  evidence.events.push({
    number: 1,
    wallMs: Date.parse(report.startedAt) + 700,
    monotonicNs: '1',
    kind: 'fault',
    node: 2,
    text: HOSTILE[1],
  })
  evidence.history = new Book().sent(HOSTILE[1], 0, {process: HOSTILE[0], topic: HOSTILE[0]}).operations
  writeFileSync(join(dir, 'events.jsonl'), `${JSON.stringify(evidence.events[0])}\n`)
  const [op] = evidence.history
  writeFileSync(
    join(dir, 'history.jsonl'),
    `${JSON.stringify({op: 1, at: 1, process: op.process, do: 'send', topic: op.topic, partition: 0, value: op.value})}\n`,
  )
  mkdirSync(join(dir, 'nodes'))
  writeFileSync(join(dir, 'nodes', 'n2.log'), `2026-01-31T12:40:58.600Z INFO ${HOSTILE[1]}\n${HOSTILE[0]}\n`)
  const none = countsOfKinds(emptyEvidence())
  writeEvidence(dir, {
    evidence,
    judged: [{number: '1.1', check: 'D8', from: none, to: none, atMs: 800, about}],
    wallAtZeroMs: Date.parse(report.startedAt),
  })
  return report
}

describe('report.html', () => {
  it('hardening 41: hostile names stay text, whatever they stand for', () => {
    const report = hostileRun()
    writeReports(dir, report)
    const page = readFileSync(join(dir, 'report.html'), 'utf8')
    expect(/<img|<svg on/i.test(page)).toBe(false)
    // Its own two scripts and nothing more.
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script/g)).toHaveLength(2)
    expect(/[\u202e\u0000\u001b]/.test(page)).toBe(false)
    expect(page.includes('root:')).toBe(false)
    // A megabyte in every cell makes no page of a hundred.
    expect(page.length).toBeLessThan(1_000_000)
    expect(page.includes('characters)')).toBe(true)
  })

  it('hardening 41: a policy that lets nothing in but its own script and style, by their hash', () => {
    const page = htmlReport(sample('pass'), dir)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; /)
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(page.replace(/<script.*<\/script>/gs, '')).not.toMatch(/<link|<iframe|<object|@import|url\(|src=|style="/)
    // The name of SVG's namespace is no address that is fetched.
    expect([...new Set(page.match(/https?:\/\/[\w.]+/g))]).toEqual(['http://www.w3.org'])
  })

  it('says what was done, expected, seen and why, and how to see it again', () => {
    const page = htmlReport(sample('fail'), dir)
    for (const words of [
      'Why it failed',
      'HardState recovered as it lay on the disk',
      'What was done',
      'Expected',
      'What happened',
      'the record also reads as Entry type 3 term 1 index 31',
      'chronik wal dump ./nodes/n2/wal --at 3496 --hex',
      'chronik verify recovery --plant guess-payload-kind --seed 7f3a91',
      'What could not be judged',
      'DIFFERS',
    ])
      expect(page, words).toContain(words)
    const passed = htmlReport(sample('pass'), dir)
    expect(passed).toContain('Every one of')
    expect(passed).not.toContain('Why it failed')
  })

  it('an interrupted run says so, and claims nothing of what was not reached', () => {
    const page = htmlReport(
      {...sample('pass'), interrupted: true, interruptedIn: 2, result: 'unknown', exitCode: 130},
      dir,
    )
    expect(page).toContain('INTERRUPTED')
    expect(page).toContain('Interrupted in step 2')
    expect(page).toContain('What was not reached is not known')
  })

  it('a summary links to the page of each run', () => {
    const {suite, seed, result, exitCode, counts, tookMs} = sample('fail')
    const page = htmlSummary({
      schema: 1,
      chronik: '0',
      result,
      exitCode,
      runs: [{dir: 'runs/1-recovery', suite, seed, result, exitCode, counts, tookMs}],
    })
    expect(page).toContain('href="runs/1-recovery/report.html"')
    expect(page).not.toContain('<script')
  })

  it('text and data cannot leave where they stand', () => {
    expect(text(`<&>"'\`=`)).not.toMatch(/[<>"'`=]/)
    const value = {a: HOSTILE[1], b: '\u2028'}
    expect(island(value)).not.toMatch(/[<>\u2028]/)
    expect(JSON.parse(island(value))).toEqual(value)
  })

  const chromium = ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap(name => (process.env.PATH ?? '').split(delimiter).map(d => join(d, name)))
    .find(p => existsSync(p))
  const browser = chromium ? it : it.skip
  browser(
    `hardening 41: in a browser the timeline is drawn and nothing hostile runs${chromium ? '' : ' (skipped: no chromium on PATH)'}`,
    async () => {
      writeReports(dir, hostileRun())
      const dom = await new Promise<string>((resolve, reject) => {
        execFile(
          chromium as string,
          [
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            `--user-data-dir=${join(dir, 'profile')}`,
            '--virtual-time-budget=3000',
            '--dump-dom',
            `file://${join(dir, 'report.html')}`,
          ],
          {maxBuffer: 64 << 20, timeout: 50_000},
          (error, stdout) => (error ? reject(error) : resolve(stdout)),
        )
      })
      expect(/<title>([^<]*)</.exec(dom)?.[1]).toMatch(/^&lt;img src=x .*: fail$/)
      for (const [what, there] of [
        [/<svg class="chart"/, true],
        [/First failure/, true],
        [/<tr class="fault"><td>0\.700 s<\/td>/, true],
        [/<img|<svg on/, false],
      ] as const)
        expect(what.test(dom), String(what)).toBe(there)
    },
  )
})
