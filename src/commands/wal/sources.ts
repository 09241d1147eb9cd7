import {realpathSync, statSync} from 'node:fs'
import {resolve} from 'node:path'
import {ChronikError, EXIT, UsageError} from '../../base/errors.ts'
import {type GroupName, METADATA_GROUP, type NodeId} from '../../base/ids.ts'
import type {GroupPlace} from '../../inspect/group.ts'
import {groupPlaces} from '../../inspect/node.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import {dataDirOf} from '../../supervisor/attached.ts'
import {readSpecFile, specPath} from '../../supervisor/spec.ts'
import {sanitise} from '../render/sanitise.ts'

/** One group's log, and where it was looked for. */
export interface WalSource {
  /** Undefined for a path that was typed. */
  node?: NodeId
  /** The data directory, folder or file that holds it. */
  root: string
  place: GroupPlace
  /** A single segment was named: what stands around it is not judged. */
  single: boolean
}

const NODE_WORD = /^(?:node|n)?([1-9]\d{0,3})$/

/**
 * What [NODE|PATH]... means: nodes of the cluster in `dir`, or files and folders anywhere; without a word every node. Without a group that of the
 * metadata, or every one with `allGroups`.
 */
export function walSources(
  words: readonly string[],
  o: {cluster: string; dir: string; group: GroupName | undefined; allGroups?: boolean},
): WalSource[] {
  const usual = o.allGroups ? undefined : METADATA_GROUP
  const found: WalSource[] = []
  const nodes = nodeDirs(o.dir)
  if (words.length === 0) {
    if (nodes.size === 0)
      throw new ChronikError('CHRONIK_NO_CLUSTER', EXIT.labState, `No cluster ${o.cluster} in ${sanitise(o.dir)}.`, {
        next: 'chronik cluster up',
      })
    for (const [node, dir] of nodes) found.push(...ofNode(node, dir, o.group ?? usual))
    if (found.length === 0)
      throw new ChronikError(
        'CHRONIK_NO_WAL',
        EXIT.labState,
        `No node of ${o.cluster} holds ${o.group ?? usual ?? 'a group'}.`,
        {
          next: 'chronik topic ls',
        },
      )
    return found
  }
  for (const word of words) {
    const match = NODE_WORD.exec(word)
    if (!match) {
      found.push(...ofPath(word, o.group, usual))
      continue
    }
    const node = Number(match[1])
    const dir = nodes.get(node)
    if (dir === undefined) throw noNode(o.cluster, node, [...nodes.keys()])
    const group = o.group ?? usual
    const sources = ofNode(node, dir, group)
    if (sources.length === 0)
      throw new ChronikError(
        'CHRONIK_NO_WAL',
        EXIT.labState,
        `n${node} of ${o.cluster} holds no ${group ?? 'group'}.`,
        {
          next: 'chronik topic ls',
        },
      )
    found.push(...sources)
  }
  return found
}

function noNode(cluster: string, node: NodeId, nodes: readonly NodeId[]): ChronikError {
  if (nodes.length > 0) return new UsageError(`No node n${node}: ${cluster} has ${nodes.map(n => `n${n}`).join(' ')}.`)
  return new ChronikError('CHRONIK_NO_CLUSTER', EXIT.labState, `No cluster ${cluster}, so no n${node}.`, {
    next: 'chronik cluster up',
  })
}

/** The data directory of each node whose files are here: they are there with or without a supervisor. */
export function nodeDirs(clusterDir: string): Map<NodeId, string> {
  const spec = readSpecFile(specPath(clusterDir))
  // Of a cluster that the lab did not start, files may be anywhere.
  const ids =
    spec?.engine === 'attached'
      ? spec.nodes.map(n => n.id)
      : nodeFiles.list(clusterDir).flatMap(name => {
          const id = /^node([1-9]\d{0,3})$/.exec(name)?.[1]
          return id === undefined ? [] : [Number(id)]
        })
  return new Map(
    ids
      .map((node): [NodeId, string] => [node, dataDirOf(clusterDir, spec, node)])
      .filter(([, dir]) => nodeFiles.stat(dir)?.kind === 'directory')
      .sort(([a], [b]) => a - b),
  )
}

function ofNode(node: NodeId, root: string, group: GroupName | undefined): WalSource[] {
  return groupPlaces(nodeFiles, root)
    .filter(place => group === undefined || place.group === group)
    .map(place => ({node, root, place, single: false}))
}

function ofPath(word: string, group: GroupName | undefined, usual: GroupName | undefined): WalSource[] {
  let root = resolve(word)
  let stat = nodeFiles.stat(root)
  if (!stat) {
    if (!/[/.]/.test(word)) throw new UsageError(`"${sanitise(word)}" is neither a node nor a path.`)
    throw new UsageError(`Nothing is at ${sanitise(word)}.`)
  }
  // A folder may be named through a link (runs/latest); a file may not, and below a folder no link is followed.
  if (stat.kind === 'other' && statSync(root, {throwIfNoEntry: false})?.isDirectory()) {
    root = realpathSync(root)
    stat = nodeFiles.stat(root)
  }
  if (stat?.kind === 'other') throw new UsageError(`${sanitise(word)} is no regular file and no folder.`)
  const single = stat?.kind === 'file'
  const all = groupPlaces(nodeFiles, root)
  if (single) return all.map(place => ({root, place, single}))
  const wanted = group ?? (all.some(p => p.group === usual) ? usual : undefined)
  const places = wanted === undefined ? all : all.filter(p => p.group === wanted)
  if (places.length === 0)
    throw new UsageError(`${sanitise(word)} holds no segment (wal_0_0.log)${wanted ? ` of ${sanitise(wanted)}` : ''}.`)
  return places.map(place => ({root, place, single}))
}
