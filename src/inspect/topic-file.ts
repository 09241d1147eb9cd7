import {fromUtf8} from '../base/bytes.ts'
import {METADATA_TOPIC} from '../base/ids.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'
import type {GroupPlace} from './group.ts'

const BYTES_MAX = 4_096
/** In a group's folder: nothing of what lay there counts any more. */
const REBUILD_FILE = 'rebuild.json'

/**
 * What is wrong with the `topic.json` of a group that was born in a node's directory: it is durable before that, so one that is gone is lost, and without it
 * the log may be of another topic that had this name.
 */
export function topicFileDamage(files: ReadOnlyFiles, place: GroupPlace): {path: string; why: string} | undefined {
  const {dir, listing, topic} = place
  if (topic === METADATA_TOPIC || typeof listing === 'string' || files.list(dir).includes(REBUILD_FILE))
    return undefined
  const path = pathOf(place)
  if (files.stat(path)?.kind !== 'file') return {path, why: 'it is gone, and groups.log lists a log of this topic'}
  return topicIdOf(files, place) === undefined ? {path, why: 'it names no topic'} : undefined
}

/** The id of the topic of a group, as its `topic.json` has it. */
export function topicIdOf(files: ReadOnlyFiles, place: GroupPlace): string | undefined {
  const path = pathOf(place)
  const stat = files.stat(path)
  if (stat?.kind !== 'file') return undefined
  const bytes = new Uint8Array(Math.min(BYTES_MAX, stat.size))
  try {
    const said = JSON.parse(fromUtf8(bytes.subarray(0, files.readAt(path, 0, bytes)))) as {
      topic?: unknown
      id?: unknown
    }
    if (said.topic === place.topic && typeof said.id === 'string') return said.id
  } catch {
    // No JSON, or not readable.
  }
  return undefined
}

function pathOf({dir}: GroupPlace): string {
  return `${dir.slice(0, dir.lastIndexOf('/'))}/topic.json`
}
