import {fromHex, fromUtf8, hex32, toHex, utf8} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import type {GroupName} from '../base/ids.ts'
import type {Disk, DiskFile} from '../io/ports.ts'
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
  if (born) await disk.syncDir('.')
  const groups = new Map<GroupName, Uint8Array>()
  const bytes = new Uint8Array(await handle.size())
  let got = 0
  while (got < bytes.length) {
    const n = await handle.read(got, bytes.subarray(got))
    if (n === 0) break
    got += n
  }
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at)
    const line = end < 0 ? undefined : parseLine(bytes.subarray(at, end))
    if (!line) {
      const last = end < 0 || end === bytes.length - 1
      if (!last) {
        await handle.close()
        return {refused: {file: FILE, at, why: 'a line that is no listing of a group, with others behind it'}}
      }
      await handle.truncate(at)
      break
    }
    if (line.sign === '+') groups.set(line.group, line.logId)
    else groups.delete(line.group)
    at = end + 1
  }
  // What was read may have been page cache only: from here on it counts as durable.
  await handle.sync()
  return {file: new OpenGroupsFile(handle, groups)}
}

function parseLine(bytes: Uint8Array): {sign: string; logId: Uint8Array; group: GroupName} | undefined {
  const match = /^([0-9a-f]{8}) (([+-]) ([0-9a-f]{16}) (\S+))$/.exec(fromUtf8(bytes))
  if (!match) return undefined
  const [, crc, text, sign, logId, group] = match
  return hex32(crc32(utf8(text))) === crc ? {sign, logId: fromHex(logId), group} : undefined
}

class OpenGroupsFile implements GroupsFile {
  readonly #file: DiskFile
  readonly #groups: Map<GroupName, Uint8Array>
  #waiting: Array<{line: Uint8Array; done: () => void; failed: (error: unknown) => void}> = []
  #writing = false

  constructor(file: DiskFile, groups: Map<GroupName, Uint8Array>) {
    this.#file = file
    this.#groups = groups
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
    const text = `${sign} ${toHex(logId)} ${group}`
    const line = utf8(`${hex32(crc32(utf8(text)))} ${text}\n`)
    return new Promise((done, failed) => {
      this.#waiting.push({line, done, failed})
      if (!this.#writing) void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#file.append(batch.map(w => w.line))
        await this.#file.sync()
        for (const {done} of batch) done()
      } catch (error) {
        for (const {failed} of batch) failed(error)
      }
    }
    this.#writing = false
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
