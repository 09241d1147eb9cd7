// How long the command line takes to start, against `node -e 0`, in turns.
import {chronikPath, median, row, timeOf, withCluster} from './measure.mjs'

export default async function start() {
  await withCluster([], async here => {
    const times = {floor: [], version: [], status: [], help: []}
    for (let i = 0; i < 11; i++) {
      times.floor.push(timeOf(process.execPath, ['-e', '0']))
      times.version.push(timeOf(process.execPath, [chronikPath, '--version']))
      times.help.push(timeOf(process.execPath, [chronikPath, 'help']))
      times.status.push(timeOf(process.execPath, [chronikPath, 'status', ...here]))
    }
    const floor = median(times.floor)
    row('node -e 0', `${floor.toFixed(0)} ms`)
    row('chronik --version', ratio(times.version, floor), '1.5 x')
    row('chronik help', ratio(times.help, floor))
    row('chronik status', ratio(times.status, floor), '3 x')
  })
}

function ratio(values, floor) {
  const ms = median(values)
  return `${ms.toFixed(0)} ms = ${(ms / floor).toFixed(2)} x`
}
