import {ChronikError, EXIT} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {SeededRandom} from '../../base/random.ts'
import {formatCount} from '../../base/units.ts'
import type {Asker} from '../../contracts/action.ts'
import {cutPower, type Lost, type PowerLoss} from '../../io/node/power-loss.ts'
import type {Journal} from '../journal.ts'
import type {NodeHandle} from '../node-handle.ts'
import type {ClusterSpec} from '../spec.ts'

/** Only of lossy disks it is known what was not synced. */
export function mustBeLossy(spec: ClusterSpec): void {
  if (spec.disk === 'lossy') return
  throw new ChronikError(
    'CHRONIK_PLAIN_DISK',
    EXIT.labState,
    `${spec.name} has plain disks: nobody knows what was not synced.`,
    {next: 'chronik cluster up -c lossy --disk lossy'},
  )
}

/** Cuts the power of nodes that are dead: a drawn part of what was not synced is undone, or `all` of it. Journalled, and said, with the bytes of each file. */
export function losePower(
  who: readonly NodeHandle[],
  {seed, all}: {seed: string; all: boolean},
  by: Asker,
  {journal}: {journal: Journal},
): string[] {
  return who.flatMap(n => {
    const {node, dataDir, unsyncedDir} = n.config
    if (n.running || unsyncedDir === undefined) return []
    const loss = cutPower(dataDir, unsyncedDir, new SeededRandom(`${seed}/${node}`), {all})
    const lines = lossLines(node, loss, all ? 'all of it' : `seed ${seed}`)
    journal.add('fault', `${lines.map(line => line.trim()).join('; ')}; by ${by.name} (pid ${by.pid})`, {
      node,
      data: {powerLoss: true, seed, all, incarnation: n.incarnation, ...loss},
    })
    return lines
  })
}

/** `n2 lost power (seed 7f3a91): 512 of 1,040 unsynced bytes, 0 of 1 unsynced names`, and a line for each file. */
function lossLines(node: number, {unsyncedBytes, unsyncedNames, lost}: PowerLoss, how: string): string[] {
  if (unsyncedBytes === 0 && unsyncedNames === 0)
    return [`n${node} lost power: all that it had written was synced, nothing is lost`]
  const names = lost.filter(l => l.what === 'name' || l.what === 'removal' || l.what === 'replacement').length
  const bytes = lost.reduce((sum, l) => sum + (l.what === 'bytes' ? l.bytes : 0), 0)
  const ofNames = unsyncedNames > 0 ? `, ${formatCount(names)} of ${formatCount(unsyncedNames)} unsynced names` : ''
  return [
    `n${node} lost power (${how}): ${formatCount(bytes)} of ${formatCount(unsyncedBytes)} unsynced bytes${ofNames}`,
    ...lost.map(l => `  ${oneLine(l.path)}${words(l)}`),
  ]
}

function words({what, at, bytes}: Lost): string {
  switch (what) {
    case 'bytes':
      return `@${at}  ${formatCount(bytes)} bytes lost`
    case 'truncation':
      return `@${at}  its truncation came undone`
    case 'name':
      return `  no longer there, with ${formatCount(bytes)} bytes`
    case 'removal':
      return '  there again: its removal came undone'
    case 'replacement':
      return '  the older file again'
  }
}
