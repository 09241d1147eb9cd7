import {existsSync, statSync} from 'node:fs'
import {resolve} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {pack} from '../../verify/bundle.ts'
import {BaseCommand} from '../base.ts'
import {reportedRun} from '../reported-run.ts'
import {homely} from '../status-table.ts'

export default class ReportBundle extends BaseCommand {
  static override summary =
    'A run as one file to send: reports, history, evidence, copies; no home folders, no lab output.'
  static override usage = '[RUN] [--out FILE]'
  static override examples = ['chronik report bundle', 'chronik report bundle 2026-01-31T12 --out run.tgz']
  static override strict = false
  static override flags = {
    out: Flags.string({helpValue: 'FILE', summary: 'the file to write (RUN.tgz here)'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof ReportBundle.flags>): Promise<ExitCode> {
    const run = reportedRun(this.words, 'chronik report bundle -h')
    const id = run.id.replace(/[^\w.-]+/g, '-')
    const out = resolve(flags.out ?? `${id}.tgz`)
    if (existsSync(out)) throw new UsageError(`${homely(out)} exists already; --out names another file.`)
    const {files, bytes} = await pack(run.dir, id, out)
    const packed = statSync(out).size
    if (this.asJson) this.json({run: run.id, bundle: out, files, bytes, packedBytes: packed})
    else this.out(`${homely(out)}   ${files} files, ${Math.ceil(packed / 1024)} KB packed`)
    this.next(`chronik report replay ${homely(out)}`)
    return EXIT.ok
  }
}
