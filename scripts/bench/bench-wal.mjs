// `npm run bench -- wal`: the log against the bare disk, the recovery of a large one, and `wal dump` of it. CHRONIK_BENCH_MB: how large (1024).
import {spawn, spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {chronikPath, inScratch, median, root, row} from './measure.mjs'

const MB = Number(process.env.CHRONIK_BENCH_MB ?? 1024)

export default async function bench() {
  const runs = []
  for (let i = 0; i < 5; i++) runs.push(await inScratch(async dir => log('append', dir)))
  const ratio = median(runs.map(r => r.ours / r.raw))
  row('synced append, 16 entries of 1 KiB, to bare write and fdatasync', `${ratio.toFixed(2)} ×`, 'within 1.3 ×')
  row('  the same, each', `${median(runs.map(r => r.ours)).toFixed(2)} ms`)

  await inScratch(async dir => {
    log('fill', dir, String(MB))
    // What was just written is still on its way to the disk: the first start pays for that. One that may not use them removes the sidecars.
    log('recover', dir)
    const bySidecars = log('recover', dir)
    const recovered = log('read', dir)
    const mb = recovered.bytes / 1024 / 1024
    row(
      `recovery of ${Math.round(mb)} MB, ${recovered.entries.toLocaleString('en')} entries`,
      `${Math.round(recovered.ms)} ms`,
    )
    row('  at', `${Math.round(mb / (recovered.ms / 1000))} MB/s`)
    row('  resident at most', `${Math.round(recovered.rssMb)} MB`)
    row('  the same by its sidecars', `${Math.round(bySidecars.ms)} ms`)
    for (const [what, args] of [
      ['wal dump --json of the same', ['wal', 'dump', join(dir, 'g'), '--json']],
      ['wal dump --tail 5 of the same', ['wal', 'dump', join(dir, 'g'), '--tail', '5']],
      ['wal verify of the same', ['wal', 'verify', join(dir, 'g')]],
    ]) {
      const {ms, rssMb} = await dumped(args)
      row(what, `${(ms / 1000).toFixed(1)} s`)
      row('  records', `${Math.round(recovered.entries / (ms / 1000)).toLocaleString('en')}/s`)
      row('  resident at most', `${Math.round(rssMb)} MB`, 'under 150 MB')
    }
  })
}

/** wal-log.ts, run as it stands. */
function log(...args) {
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')
  const done = spawnSync(process.execPath, ['--import', tsx, join(root, 'scripts', 'bench', 'wal-log.ts'), ...args], {
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`wal-log ${args.join(' ')} exited ${done.status}\n${done.stderr}`)
  return JSON.parse(done.stdout)
}

/** Time, and the most memory that was seen resident. */
function dumped(args) {
  const begun = performance.now()
  const child = spawn(process.execPath, [chronikPath, ...args], {stdio: ['ignore', 'ignore', 'inherit']})
  let rssMb = 0
  const look = setInterval(() => {
    const seen = Number(spawnSync('ps', ['-o', 'rss=', '-p', String(child.pid)], {encoding: 'utf8'}).stdout) / 1024
    rssMb = Math.max(rssMb, seen)
  }, 100)
  return new Promise((resolve, reject) => {
    child.on('exit', code => {
      clearInterval(look)
      if (code === 0) resolve({ms: performance.now() - begun, rssMb})
      else reject(new Error(`chronik ${args.join(' ')} exited ${code}`))
    })
  })
}
