import {hex32, toHex, utf8} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import type {GroupName} from '../base/ids.ts'

/** A line of `groups.log`: a replica that was opened (`+`), or removed with its topic (`-`). */
export function encodeGroupsLine(sign: '+' | '-', logId: Uint8Array, group: GroupName): Uint8Array {
  const text = `${sign} ${toHex(logId)} ${group}`
  return utf8(`${hex32(crc32(utf8(text)))} ${text}\n`)
}
