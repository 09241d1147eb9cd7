import {renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {messageOf} from '../../base/errors.ts'
import {text} from './html/escape.ts'
import {htmlReport, htmlSummary} from './html/page.ts'
import {junitReport} from './junit.ts'
import {markdownReport, markdownSummary} from './markdown.ts'
import type {Report, SummaryReport} from './report.ts'

/** `report.json` is written first, whole or not at all; every other report is made from it. */
export function writeReports(dir: string, report: Report): void {
  put(dir, 'report.json', `${JSON.stringify(report, null, 2)}\n`)
  put(dir, 'report.xml', junitReport(report))
  put(dir, 'report.md', markdownReport(report))
  put(
    dir,
    'report.html',
    pageOr(() => htmlReport(report, dir)),
  )
}

export function writeSummary(dir: string, summary: SummaryReport): void {
  put(dir, 'report.json', `${JSON.stringify(summary, null, 2)}\n`)
  put(dir, 'report.md', markdownSummary(summary))
  put(
    dir,
    'report.html',
    pageOr(() => htmlSummary(summary)),
  )
}

/** A page that cannot be made takes no verdict with it: it says so itself. */
function pageOr(make: () => string): string {
  try {
    return make()
  } catch (error) {
    return `<!doctype html><meta charset="utf-8"><title>chronik</title><p>This page could not be made: ${text(messageOf(error))}</p><p>report.md beside it says everything.</p>\n`
  }
}

function put(dir: string, name: string, text: string): void {
  const temporary = join(dir, `.${name}.tmp`)
  writeFileSync(temporary, text, {mode: 0o600})
  renameSync(temporary, join(dir, name))
}
