import {describe, expect, it} from 'vitest'
import {htmlSummary} from '../../src/verify/report/html/page.ts'
import {markdownSummary} from '../../src/verify/report/markdown.ts'
import {sideBySide} from '../../src/verify/report/side-by-side.ts'
import {sample} from './sample-report.ts'

const kafka = () => {
  const failed = sample('fail')
  return {...failed, cluster: {scratch: true, name: 'scratch', nodes: 3, engine: 'kafka'}, times: {electionMs: 1_204}}
}

describe('one suite on several engines', () => {
  it('is a table with a column an engine: results of the whole and of each step, times, before and after, and the checks that did not pass', () => {
    const {columns, rows} = sideBySide([sample('pass'), kafka()])
    expect(columns).toEqual(['embedded', 'kafka'])
    const of = (name: string) => rows.find(r => r[0] === name)?.slice(1)
    expect(of('result')).toEqual(['pass', 'fail'])
    for (const {title, result} of sample('fail').steps) expect(of(title)?.[1]).toBe(result)
    expect(of('election')?.[1]).toBe('1.2 s')
    expect(of('n1 before (disk)')?.[0]).toMatch(/^term \d+ vote \d+ commit \d+$/)
    const checks = sample('fail').steps.flatMap(s => s.checks)
    const bad = checks.find(c => c.result === 'fail')
    expect(of(`${bad?.number} ${bad?.title}`)).toContain('fail')
    // Every row has a word for every engine.
    expect(rows.every(r => r.length === 3 && r.every(cell => cell !== ''))).toBe(true)
  })

  it('is part of the sum of the runs, in Markdown and in HTML', () => {
    const summary = {
      schema: 1 as const,
      chronik: '0.1.0',
      result: 'fail' as const,
      exitCode: 1 as const,
      runs: [],
      engines: [sideBySide([sample('pass'), kafka()])],
    }
    expect(markdownSummary(summary)).toMatch(
      /\n\| \| embedded \| kafka \|\n\|---\|---\|---\|\n\| result \| pass \| fail \|\n/,
    )
    expect(htmlSummary(summary)).toContain('<tr><th scope="row">result</th><td>pass</td><td>fail</td></tr>')
  })
})
