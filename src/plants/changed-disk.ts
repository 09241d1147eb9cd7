import type {Disk, DiskFile} from '../io/ports.ts'

/** A disk that does all that another one does, but for what is given. */
export function changedDisk(
  disk: Disk,
  change: {
    syncDir?(dir: string): Promise<void>
    rename?(from: string, to: string): Promise<void>
    /** The name under which a file is opened. */
    pathOf?(path: string): string
    file?(file: DiskFile, path: string, mode: 'create' | 'append' | 'read'): Partial<DiskFile>
  },
): Disk {
  return {
    open: async (path, mode) => {
      const file = await disk.open(change.pathOf?.(path) ?? path, mode)
      const own: DiskFile = {
        append: chunks => file.append(chunks),
        sync: () => file.sync(),
        read: (at, into) => file.read(at, into),
        truncate: size => file.truncate(size),
        size: () => file.size(),
        close: () => file.close(),
      }
      return Object.assign(own, change.file?.(file, path, mode))
    },
    list: dir => disk.list(dir),
    makeDir: dir => disk.makeDir(dir),
    syncDir: dir => (change.syncDir ? change.syncDir(dir) : disk.syncDir(dir)),
    rename: (from, to) => (change.rename ? change.rename(from, to) : disk.rename(from, to)),
    remove: path => disk.remove(path),
    freeBytes: () => disk.freeBytes(),
  }
}
