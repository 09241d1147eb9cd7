// How long things take to start, against `node -e 0`, in turns: the command line, and a node up to its line that says ready.
import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {chronik, chronikPath, inScratch, median, root, row, timeOf, withCluster} from './measure.mjs'

const TURNS = 11

export default async function start() {
  const times = {floor: [], version: [], help: [], status: [], node: []}
  await withCluster([], async here => {
    for (let i = 0; i < TURNS; i++) {
      times.floor.push(timeOf(process.execPath, ['-e', '0']))
      times.version.push(timeOf(process.execPath, [chronikPath, '--version']))
      times.help.push(timeOf(process.execPath, [chronikPath, 'help']))
      times.status.push(timeOf(process.execPath, [chronikPath, 'status', ...here]))
    }
  })
  const floor = median(times.floor)
  row('node -e 0', `${floor.toFixed(0)} ms`)
  row('chronik --version', ratio(times.version, floor), 'under 1.5 x')
  row('chronik help', ratio(times.help, floor))
  row('chronik status', ratio(times.status, floor), 'under 3 x')
  await inScratch(async dir => {
    const at = join(dir, 'c')
    chronik('cluster', 'up', '-n', '1', '--new-ports', '--dir', at)
    chronik('cluster', 'down', '--dir', at)
    const floors = []
    for (let i = 0; i < TURNS; i++) {
      floors.push(timeOf(process.execPath, ['-e', '0']))
      times.node.push(await nodeUntilReady(join(at, 'node1.conf')))
    }
    row('a node, from its spawn to ready', ratio(times.node, median(floors)), 'within 4 x')
  })
}

/** Milliseconds until the node says that it is ready; then it is killed, so that each start recovers the same log. */
function nodeUntilReady(config) {
  const begun = performance.now()
  const child = spawn(process.execPath, [join(root, 'dist', 'node.mjs'), config], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let ms
    child.on('error', reject)
    child.stdio[3].once('data', line => {
      ms = String(line).includes('"ready"') ? performance.now() - begun : undefined
      child.kill('SIGKILL')
    })
    child.on('exit', code => (ms === undefined ? reject(new Error(`the node exited ${code}`)) : resolve(ms)))
  })
}

function ratio(values, floor) {
  const ms = median(values)
  return `${ms.toFixed(0)} ms = ${(ms / floor).toFixed(2)} x`
}
