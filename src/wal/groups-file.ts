import {fromHex, fromUtf8, hex32, utf8} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {isDiskFull} from '../base/errors.ts'
import type {GroupName} from '../base/ids.ts'
import {SECTOR_BYTES} from '../formats/batch-mark.ts'
import {encodeGroupsLine} from '../formats/groups-line.ts'
import type {Disk, DiskFile} from '../io/ports.ts'
import {isUnreadable, UNREADABLE} from './read-error.ts'
import {readFully} from './segment-reader.ts'
import type {Damage} from './types.ts'

const FILE = 'groups.log'

/**
 * `groups.log`: every group replica ever opened on this node, a line each, synced before the group first votes or acknowledges.
 *
 *     crc32 + logId group\n       opened: CRC-32 (8 hex digits) of what follows it, log id (16 hex digits), group
 *     crc32 - logId group\n       removed, with its topic
 *
 * A group that is listed and has no sound head has lost its log: it must not be born again, for it may have voted.
 * A last line that was not finished is cut: nobody has acted on it.
 */
export interface GroupsFile {
  listed(group: GroupName): Uint8Array | undefined
  all(): ReadonlyMap<GroupName, Uint8Array>
  /** Settles when the line is synced. */
  add(group: GroupName, logId: Uint8Array): Promise<void>
  remove(group: GroupName): Promise<void>
  close(): Promise<void>
}

export async function openGroupsFile(disk: Disk): Promise<{file: GroupsFile} | {refused: Damage}> {
  const names = await disk.list('.')
  const born = !names.includes(FILE)
  const handle = await disk.open(FILE, born ? 'create' : 'append')
  const groups = new Map<GroupName, Uint8Array>()
  const refuse = async (at: number, why: string): Promise<{refused: Damage}> => {
    await handle.close()
    return {refused: {file: FILE, at, why}}
  }
  let bytes: Uint8Array
  try {
    bytes = await readFully(FILE, handle, 0, await handle.size())
  } catch (error) {
    if (isUnreadable(error)) return refuse(error.at, UNREADABLE)
    throw error
  }
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at)
    const line = end < 0 ? undefined : parseLine(bytes.subarray(at, end))
    if (!line) {
      const last = end < 0 || end === bytes.length - 1
      if (!last) return refuse(at, 'a line that is no listing of a group, with others behind it')
      await handle.truncate(at)
      break
    }
    if (line.sign === '+') groups.set(line.group, line.logId)
    else groups.delete(line.group)
    at = end + 1
  }
  // What was read may have been page cache only, the file's name too: from here on both count as durable.
  await handle.sync()
  await disk.syncDir('.')
  return {file: new OpenGroupsFile(handle, groups, at)}
}

function parseLine(bytes: Uint8Array): {sign: string; logId: Uint8Array; group: GroupName} | undefined {
  const match = /^([0-9a-f]{8}) (([+-]) ([0-9a-f]{16}) (\S+))$/.exec(fromUtf8(bytes))
  if (!match) return undefined
  const [, crc, text, sign, logId, group] = match
  return hex32(crc32(utf8(text))) === crc ? {sign, logId: fromHex(logId), group} : undefined
}

interface Waiting {
  line: Uint8Array
  done: () => void
  failed: (error: unknown) => void
}

class OpenGroupsFile implements GroupsFile {
  readonly #file: DiskFile
  readonly #groups: Map<GroupName, Uint8Array>
  /** Bytes that are synced. */
  #size: number
  #waiting: Waiting[] = []
  #writing = false
  #flushed: Promise<void> = Promise.resolve()
  /** A write or sync that failed: nobody knows what is in the file, and nothing is added any more. */
  #dead: {error: unknown} | undefined

  constructor(file: DiskFile, groups: Map<GroupName, Uint8Array>, size: number) {
    this.#file = file
    this.#groups = groups
    this.#size = size
  }

  listed(group: GroupName): Uint8Array | undefined {
    return this.#groups.get(group)
  }

  all(): ReadonlyMap<GroupName, Uint8Array> {
    return this.#groups
  }

  async add(group: GroupName, logId: Uint8Array): Promise<void> {
    await this.#write('+', group, logId)
    this.#groups.set(group, logId)
  }

  async remove(group: GroupName): Promise<void> {
    const logId = this.#groups.get(group)
    if (!logId) return
    await this.#write('-', group, logId)
    this.#groups.delete(group)
  }

  #write(sign: '+' | '-', group: GroupName, logId: Uint8Array): Promise<void> {
    const line = encodeGroupsLine(sign, logId, group)
    return new Promise((done, failed) => {
      this.#waiting.push({line, done, failed})
      if (!this.#writing) this.#flushed = this.#flush()
    })
  }

  async #flush(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        await this.#store(batch.map(w => w.line))
        for (const {done} of batch) done()
      } catch (error) {
        for (const {failed} of batch) failed(error)
      }
    }
    this.#writing = false
  }

  /**
   * The lines that one sync makes durable: up to and with the first that crosses into the next sector. Whichever of the two sectors a power loss
   * keeps, what is left are whole lines and one wrong one at the end.
   */
  #takeBatch(): Waiting[] {
    const border = this.#size - (this.#size % SECTOR_BYTES) + SECTOR_BYTES
    let end = this.#size
    let n = 0
    while (n < this.#waiting.length && end < border) end += this.#waiting[n++].line.length
    return this.#waiting.splice(0, n)
  }

  async #store(lines: Uint8Array[]): Promise<void> {
    if (this.#dead) throw this.#dead.error
    try {
      await this.#file.append(lines)
    } catch (error) {
      if (isDiskFull(error)) await this.#back()
      else this.#dead = {error}
      throw error
    }
    try {
      await this.#file.sync()
    } catch (error) {
      this.#dead = {error}
      throw error
    }
    for (const line of lines) this.#size += line.length
  }

  /** The disk is full: a part of a line must not stay in the middle of the file. */
  async #back(): Promise<void> {
    try {
      await this.#file.truncate(this.#size)
      await this.#file.sync()
    } catch (error) {
      this.#dead = {error}
    }
  }

  /** After what waits. */
  async close(): Promise<void> {
    await this.#flushed
    await this.#file.close()
  }
}
