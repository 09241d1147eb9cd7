import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {EXIT, type ExitCode} from '../../base/errors.ts'
import {writeReports} from '../../verify/report/json.ts'
import {BaseCommand} from '../base.ts'
import {reportedRun} from '../reported-run.ts'
import {homely} from '../status-table.ts'

export default class ReportOpen extends BaseCommand {
  static override summary = 'The page of a run in the browser; without a desktop, where it lies.'
  static override usage = '[RUN]'
  static override examples = ['chronik report open']
  static override strict = false

  protected async execute(): Promise<ExitCode> {
    const run = reportedRun(this.words, 'chronik report open -h')
    const page = join(run.dir, 'report.html')
    if (!existsSync(page)) writeReports(run.dir, run.report)
    const opener = this.asJson || !process.stdout.isTTY ? undefined : openerOf(process.platform, process.env)
    const opened = opener !== undefined && (await started(opener, page))
    if (this.asJson) this.json({run: run.id, page, opened})
    else this.out(homely(page))
    return EXIT.ok
  }
}

/** What opens a file for somebody who sits before this machine. */
function openerOf(platform: string, env: NodeJS.ProcessEnv): string | undefined {
  if (platform === 'darwin') return 'open'
  return env.DISPLAY || env.WAYLAND_DISPLAY ? 'xdg-open' : undefined
}

async function started(opener: string, page: string): Promise<boolean> {
  const child = spawn(opener, [page], {detached: true, stdio: 'ignore'})
  try {
    await once(child, 'spawn')
    child.unref()
    return true
  } catch {
    return false
  }
}
