// The history checker on a million operations: read from history.jsonl, and judged, in a process of its own.
import {spawnSync} from 'node:child_process'
import {closeSync, openSync, statSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {build} from 'esbuild'
import {inScratch, root, row} from './measure.mjs'

const OPERATIONS = 1_000_000
const PARTITIONS = 6

export default async function history() {
  await inScratch(async dir => {
    const file = join(dir, 'history.jsonl')
    const written = write(file)
    const program = join(dir, 'judge.mjs')
    await build({
      stdin: {contents: JUDGE, resolveDir: root, loader: 'ts'},
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      logLevel: 'warning',
    })
    const done = spawnSync(process.execPath, ['--max-old-space-size=1024', program, file], {encoding: 'utf8'})
    if (done.status !== 0) throw new Error(`exit ${done.status ?? done.signal}\n${done.stderr}`)
    const {readMs, judgeMs, residentBytes, reading} = JSON.parse(done.stdout)
    if (reading.anomalies !== 0 || reading.undrained !== 0 || reading.acknowledged !== written.sends)
      throw new Error(`judged wrongly: ${done.stdout}`)
    row(
      `${written.operations.toLocaleString('en')} operations, ${written.records.toLocaleString('en')} records read`,
      `${(statSync(file).size / 1e6).toFixed(0)} MB`,
    )
    row('read from history.jsonl', `${(readMs / 1_000).toFixed(1)} s`)
    row('judged', `${(judgeMs / 1_000).toFixed(1)} s`)
    row('together', `${((readMs + judgeMs) / 1_000).toFixed(1)} s`, 'under 20 s')
    row('most memory', `${(residentBytes / 1e6).toFixed(0)} MB`, 'under 1,000 MB')
  })
}

const JUDGE = `
import {readHistory} from './src/judge/history.ts'
import {readHistoryFile} from './src/verify/load/read-history.ts'
const begun = performance.now()
const operations = readHistoryFile(process.argv[2])
const read = performance.now()
const r = readHistory(operations)
const judged = performance.now()
const residentBytes = process.resourceUsage().maxRSS * 1024
const reading = {anomalies: r.anomalies.length, undrained: r.undrained.length, acknowledged: r.acknowledged}
console.log(JSON.stringify({readMs: read - begun, judgeMs: judged - read, residentBytes, reading}))
`

/** 70 % sends, 20 % reads that follow, 10 % of the final drain; the log keeps its promises. */
function write(file) {
  const fd = openSync(file, 'w')
  let lines = []
  let op = 0
  let at = 0
  let records = 0
  const flush = () => {
    writeSync(fd, `${lines.join('\n')}\n`)
    lines = []
  }
  const say = line => {
    lines.push(JSON.stringify(line))
    if (lines.length >= 10_000) flush()
  }
  const logs = Array.from({length: PARTITIONS}, () => [])
  const followed = new Array(PARTITIONS).fill(0)
  const one = (what, ok) => {
    op++
    say({op, at: at++, ...what})
    say({op, at: at++, ok})
  }
  const topic = 'verify-7f3a91-t0abcd'
  const sends = Math.floor(OPERATIONS * 0.7)
  const read = (process, partition, from, upTo, final) => {
    const page = logs[partition].slice(from, upTo).map((value, n) => [from + n, value])
    records += page.length
    one(
      {process, do: 'read', topic, partition, from, ...(final ? {final} : {})},
      {highWatermark: logs[partition].length, records: page},
    )
    return from + page.length
  }
  for (let n = 0; n < sends; n++) {
    const partition = n % PARTITIONS
    const value = `7f3a91-t0abcd.i${partition}.${n}`
    const offset = logs[partition].push(value) - 1
    one(
      {process: `idempotent-${partition}.1`, do: 'send', topic, partition, value, acks: -1, idempotent: true},
      {offset},
    )
    if (n % 7 < 2)
      followed[partition] = read(`reader-${partition}`, partition, followed[partition], logs[partition].length)
  }
  const page = Math.ceil(sends / (OPERATIONS * 0.1))
  for (let p = 0; p < PARTITIONS; p++)
    for (let from = 0; from < logs[p].length; ) from = read(`final-${p}`, p, from, from + page, true)
  flush()
  closeSync(fd)
  return {operations: op, sends, records}
}
