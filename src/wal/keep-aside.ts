import {systemCode} from '../base/errors.ts'
import type {Disk, DiskFile} from '../io/ports.ts'
import {readFully} from './segment-reader.ts'

const PIECE_BYTES = 1 << 20
/** In the group's folder; no reader looks for segments by such names. */
const FOLDER = 'cut'

/**
 * Keeps a copy of what is about to be cut, durable before anything is changed: `cut/wal_0_3.log@1024` in the group's folder, in the place of an
 * older one of the same name. Undefined when the disk has no room for it: a full disk must still start.
 */
export async function keepAside(
  disk: Disk,
  dir: string,
  cut: {file: string; at: number; bytes: number},
  from: DiskFile,
): Promise<string | undefined> {
  const folder = `${dir}/${FOLDER}`
  const name = `${cut.file.slice(cut.file.lastIndexOf('/') + 1)}@${cut.at}`
  const kept = `${folder}/${name}`
  let file: DiskFile | undefined
  try {
    await disk.makeDir(folder)
    if ((await disk.list(folder)).includes(name)) await disk.remove(kept)
    file = await disk.open(kept, 'create')
    for (let done = 0; done < cut.bytes; ) {
      const piece = await readFully(cut.file, from, cut.at + done, Math.min(PIECE_BYTES, cut.bytes - done))
      if (piece.length === 0) break
      await file.append([piece])
      done += piece.length
    }
    await file.sync()
    await file.close()
    await disk.syncDir(folder)
    await disk.syncDir(dir)
    return kept
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    await file?.close()
    if (file) await disk.remove(kept)
    return undefined
  }
}
