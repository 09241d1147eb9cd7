import {fromHex, hex32} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import type {GroupName} from '../base/ids.ts'
import type {ReadOnlyFiles} from '../io/ports.ts'

export {encodeGroupsLine} from '../formats/groups-line.ts'

/** What groups.log says: the log ids of the replicas that a node has opened, and those that were removed with their topic. */
export interface Listing {
  listed: Map<GroupName, Uint8Array>
  removed: Set<GroupName>
  /** A line that is none, with others behind it. */
  damage?: {at: number; why: string}
}

/** A line is about 50 bytes and a topic's name at most 249: far more groups than a node can hold. */
const BYTES_MAX = 64 * 1024 * 1024

/**
 * Undefined when there is no groups.log (a bare copy, or another engine's directory). `goOn`: lines behind damage are read too, for whoever mends it; a
 * node stops at the first one that is none.
 */
export function readGroupsLog(files: ReadOnlyFiles, path: string, o: {goOn?: boolean} = {}): Listing | undefined {
  const stat = files.stat(path)
  if (stat?.kind !== 'file') return undefined
  const bytes = Buffer.alloc(Math.min(stat.size, BYTES_MAX))
  const text = bytes.subarray(0, files.readAt(path, 0, bytes))
  const listing: Listing = {listed: new Map(), removed: new Set()}
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(10, at)
    const line =
      end < 0 ? undefined : /^([0-9a-f]{8}) (([+-]) ([0-9a-f]{16}) (\S+))$/.exec(text.toString('utf8', at, end))
    if (!line || hex32(crc32(Buffer.from(line[2], 'utf8'))) !== line[1]) {
      // A last line that was never finished: nobody has acted on it.
      const others = end >= 0 && end < text.length - 1
      if (others) listing.damage ??= {at, why: 'a line that lists no group, with others behind it'}
      if (!others || !o.goOn) return listing
      at = end + 1
      continue
    }
    const [, , , sign, logId, group] = line
    if (sign === '+') {
      listing.listed.set(group, fromHex(logId))
      listing.removed.delete(group)
    } else {
      listing.listed.delete(group)
      listing.removed.add(group)
    }
    at = end + 1
  }
  return listing
}
