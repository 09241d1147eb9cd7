import {randomBytes} from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import {METADATA_GROUP, type NodeId, splitGroupName} from '../base/ids.ts'
import {REBUILD_FILE, type Rebuild} from '../contracts/rebuild.ts'
import {ASIDE} from './faults/damage-file.ts'
import type {Journal} from './journal.ts'
import {giveFolder} from './plan.ts'
import type {ClusterSpec, SpecNode} from './spec.ts'

/** Moves the data of a node that does not run out of the way. Gives where to; undefined when there are none. */
export function putAside(dir: string, node: NodeId, number: number): string | undefined {
  const names = [`node${node}`, `node${node}.unsynced`].filter(name => existsSync(join(dir, name)))
  if (names.every(name => readdirSync(join(dir, name)).length === 0)) return undefined
  const aside = join(dir, ASIDE, `n${node}-${number}`)
  mkdirSync(aside, {recursive: true, mode: 0o700})
  for (const name of names) renameSync(join(dir, name), join(aside, name))
  return aside
}

/** A disk with nothing on it says whose it is from now on: as another one, which the others refuse. */
export function nameEmptyDisk(
  {dir, spec: {clusterId}, journal}: {dir: string; spec: ClusterSpec; journal: Journal},
  {config: {node}}: {config: {node: NodeId}},
): void {
  const there = lstatSync(join(dir, `node${node}`), {throwIfNoEntry: false})
  if (there && (!there.isDirectory() || readdirSync(join(dir, `node${node}`)).length > 0)) return
  const directoryId = randomBytes(16).toString('hex')
  giveFolder(dir, clusterId, {id: node, directoryId})
  const text = `n${node} has an empty disk: directory ${directoryId} from now on`
  journal.add('node', text, {node, data: {directoryId}})
}

/** An empty disk for a node that was here before: nothing but whose it is, and an order for each log that it had. Durable when this returns. */
export function newDisk(
  dir: string,
  clusterId: string,
  node: Pick<SpecNode, 'id' | 'directoryId'>,
  orders: readonly Rebuild[],
): void {
  giveFolder(dir, clusterId, node)
  const dataDir = join(dir, `node${node.id}`)
  for (const order of orders) {
    const {topic, partition} = splitGroupName(order.group)
    const folder = join(dataDir, 'wal', order.group === METADATA_GROUP ? '__meta' : '', topic, String(partition))
    writeOrder(dataDir, folder, order)
  }
  sync(dataDir)
  sync(dir)
}

/** Orders the log in `folder`, below `dataDir`, to be rebuilt. Durable when this returns. */
export function writeOrder(dataDir: string, folder: string, order: Rebuild): void {
  mkdirSync(folder, {recursive: true, mode: 0o700})
  const file = join(folder, REBUILD_FILE)
  writeFileSync(file, `${JSON.stringify(order)}\n`, {mode: 0o600})
  for (let path = file; path.length >= dataDir.length; path = dirname(path)) sync(path)
}

export function sync(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
