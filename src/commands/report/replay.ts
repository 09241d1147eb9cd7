import {existsSync, mkdirSync, renameSync, rmSync, statSync} from 'node:fs'
import {basename, join} from 'node:path'
import {type ExitCode, UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {runsRoot} from '../../supervisor/registry.ts'
import {unpack} from '../../verify/bundle.ts'
import {RUN_ID, readReport, stampOf} from '../../verify/runs.ts'
import {BaseCommand} from '../base.ts'
import {spelled} from '../spelling.ts'
import {judgeAgain, rejudgedJson, rejudgedLines} from './check.ts'

export default class ReportReplay extends BaseCommand {
  static override summary = 'Take in a bundle from elsewhere and judge its run again; it is kept among the runs.'
  static override usage = 'BUNDLE'
  static override examples = ['chronik report replay ./2026-01-31T12-40-58Z-recovery.tgz']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    if (this.words.length !== 1)
      throw new UsageError(`One bundle; ${this.words.length} given.`, 'chronik report replay -h')
    const [file] = this.words
    if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`No file ${oneLine(file)}.`)
    const root = runsRoot()
    mkdirSync(root, {recursive: true, mode: 0o700})
    const incoming = join(root, `.incoming-${process.pid}`)
    rmSync(incoming, {recursive: true, force: true})
    const {id} = await unpack(file, incoming)
    const report = readReport(incoming)
    if (!report) {
      rmSync(incoming, {recursive: true, force: true})
      throw new UsageError(`${oneLine(file)} holds no report.json of a version that this chronik reads.`)
    }
    const dir = freeName(root, RUN_ID.test(id) ? id : `${stampOf(report.startedAt)}-${id}`)
    renameSync(incoming, dir)
    const judged = judgeAgain({id: basename(dir), dir, report})
    if (this.asJson) this.json(rejudgedJson(judged))
    else {
      for (const line of rejudgedLines(judged, this.colour)) this.out(line)
      this.out(spelled(`On this machine again: ${oneLine(report.again)}`))
    }
    return judged.exitCode
  }
}

function freeName(root: string, id: string): string {
  for (let n = 1; ; n++) {
    const dir = join(root, n === 1 ? id : `${id}-${n}`)
    if (!existsSync(dir)) return dir
  }
}
