// The whole of `verify recovery`, with the phases that its own report times.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {chronik, inScratch, median, row} from './measure.mjs'

export default async function verify() {
  await inScratch(async dir => {
    const whole = []
    const reports = []
    for (let i = 0; i < 5; i++) {
      const out = join(dir, `run${i}`)
      whole.push(chronik('verify', 'recovery', '--out', out).ms)
      reports.push(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')))
    }
    row('verify recovery, whole', `${(median(whole) / 1000).toFixed(1)} s`, 'under 5 s')
    for (const name of Object.keys(reports[0].times ?? {}))
      row(
        `  ${name}`,
        `${median(reports.map(r => r.times[name])).toFixed(0)} ms`,
        name === 'writesStoodMs' ? 'under 400 ms' : '',
      )
  })
}
