import {renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {junitReport} from './junit.ts'
import {markdownReport, markdownSummary} from './markdown.ts'
import type {Report, SummaryReport} from './report.ts'

/** `report.json` is written first, whole or not at all; every other report is made from it. */
export function writeReports(dir: string, report: Report): void {
  put(dir, 'report.json', `${JSON.stringify(report, null, 2)}\n`)
  put(dir, 'report.xml', junitReport(report))
  put(dir, 'report.md', markdownReport(report))
}

export function writeSummary(dir: string, summary: SummaryReport): void {
  put(dir, 'report.json', `${JSON.stringify(summary, null, 2)}\n`)
  put(dir, 'report.md', markdownSummary(summary))
}

function put(dir: string, name: string, text: string): void {
  const temporary = join(dir, `.${name}.tmp`)
  writeFileSync(temporary, text, {mode: 0o600})
  renameSync(temporary, join(dir, name))
}
