// cluster up to leader, memory a node, and how long the leader's death keeps writes standing.
import {readFileSync} from 'node:fs'
import {chronik, median, row, timeOf, withCluster} from './measure.mjs'

export default async function cluster() {
  const ups = []
  const floors = []
  for (let i = 0; i < 5; i++) {
    floors.push(timeOf(process.execPath, ['-e', '0']))
    await inTurn(ups)
  }
  row(
    'cluster up, 3 nodes to an elected leader',
    `${median(ups).toFixed(0)} ms = ${(median(ups) / median(floors)).toFixed(1)} x node -e 0`,
    'under 1 s',
  )
  await withCluster([], async here => {
    const status = JSON.parse(chronik('cluster', 'status', '--json', ...here).stdout)
    const resident = status.nodes.map(n => residentMegabytes(n.pid))
    row('memory of an idle node, largest of 3', `${Math.max(...resident).toFixed(0)} MB`, 'under 80 MB')
  })
}

async function inTurn(into) {
  const begun = performance.now()
  await withCluster([], async () => into.push(performance.now() - begun))
}

function residentMegabytes(pid) {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? Number.NaN) / 1024
}
