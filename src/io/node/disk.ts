import fs from 'node:fs'
import {dirname, resolve, sep} from 'node:path'
import type {Disk, DiskFile} from '../ports.ts'

const {O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR} = fs.constants

/** Names below one data directory, on the real file system. The root may be a link; below it none is followed. */
export class NodeDisk implements Disk {
  readonly #root: string

  constructor(root: string) {
    this.#root = fs.realpathSync(root)
  }

  #path(path: string): string {
    const full = resolve(this.#root, path)
    if (full !== this.#root && !full.startsWith(this.#root + sep))
      throw withCode(`${path} leaves the data directory`, 'EACCES')
    return full
  }

  /** As `#path`, with no link on the way: the last name is the caller's, by O_NOFOLLOW or because it is not opened. */
  #behindNoLink(path: string): string {
    const full = this.#path(path)
    const parent = dirname(full)
    let real: string
    try {
      real = fs.realpathSync(parent)
    } catch {
      // Not there: the call itself says so.
      return full
    }
    if (full !== this.#root && real !== parent) throw withCode(`${path} lies behind a link`, 'ELOOP')
    return full
  }

  open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile> {
    const flags = mode === 'create' ? O_RDWR | O_CREAT | O_EXCL : mode === 'append' ? O_RDWR : O_RDONLY
    return new Promise((done, refuse) => {
      const full = this.#behindNoLink(path)
      fs.open(full, flags | O_NOFOLLOW, 0o600, (error, fd) => {
        if (error) return refuse(error)
        fs.fstat(fd, (failed, stat) => {
          if (!failed && stat.isFile()) return done(new NodeFile(fd, stat.size))
          fs.close(fd, () => refuse(failed ?? withCode(`${path} is no regular file`, 'EINVAL')))
        })
      })
    })
  }

  list(dir: string): Promise<string[]> {
    return new Promise((done, refuse) => {
      const full = this.#behindNoLink(dir)
      if (full !== this.#root && fs.lstatSync(full, {throwIfNoEntry: false})?.isSymbolicLink())
        return refuse(withCode(`${dir} is a link`, 'ELOOP'))
      fs.readdir(full, (error, names) => {
        if (error && error.code !== 'ENOENT') refuse(error)
        else done(names ?? [])
      })
    })
  }

  async makeDir(dir: string): Promise<void> {
    await fs.promises.mkdir(this.#behindNoLink(dir), {recursive: true, mode: 0o700})
    const real = await fs.promises.realpath(this.#path(dir))
    if (real !== this.#path(dir)) throw withCode(`${dir} lies behind a link`, 'ELOOP')
  }

  syncDir(dir: string): Promise<void> {
    return new Promise((done, refuse) => {
      fs.open(this.#behindNoLink(dir), O_RDONLY | O_NOFOLLOW, (error, fd) => {
        if (error) return refuse(error)
        fs.fsync(fd, failed => fs.close(fd, () => (failed ? refuse(failed) : done())))
      })
    })
  }

  async rename(from: string, to: string): Promise<void> {
    return fs.promises.rename(this.#behindNoLink(from), this.#behindNoLink(to))
  }

  async remove(path: string): Promise<void> {
    return fs.promises.unlink(this.#behindNoLink(path))
  }

  async freeBytes(): Promise<number> {
    const stat = await fs.promises.statfs(this.#root)
    return stat.bavail * stat.bsize
  }
}

class NodeFile implements DiskFile {
  readonly #fd: number
  #end: number

  constructor(fd: number, size: number) {
    this.#fd = fd
    this.#end = size
  }

  append(chunks: readonly Uint8Array[]): Promise<void> {
    return new Promise((done, refuse) => {
      const writeFrom = (left: readonly Uint8Array[]): void => {
        fs.writev(this.#fd, left, this.#end, (error, written) => {
          if (error) {
            if ((error as NodeJS.ErrnoException).code === 'EINTR' || (error as NodeJS.ErrnoException).code === 'EAGAIN')
              return writeFrom(left)
            return refuse(error)
          }
          this.#end += written
          const rest = behind(left, written)
          if (rest.length > 0) writeFrom(rest)
          else done()
        })
      }
      writeFrom(chunks)
    })
  }

  sync(): Promise<void> {
    return new Promise((done, refuse) => {
      fs.fdatasync(this.#fd, error => (error ? refuse(error) : done()))
    })
  }

  read(at: number, into: Uint8Array): Promise<number> {
    return new Promise((done, refuse) => {
      if (into.length === 0) return done(0)
      fs.read(this.#fd, into, 0, into.length, at, (error, got) => (error ? refuse(error) : done(got)))
    })
  }

  truncate(size: number): Promise<void> {
    return new Promise((done, refuse) => {
      fs.ftruncate(this.#fd, size, error => {
        if (error) return refuse(error)
        this.#end = size
        done()
      })
    })
  }

  async size(): Promise<number> {
    return this.#end
  }

  close(): Promise<void> {
    return new Promise((done, refuse) => {
      fs.close(this.#fd, error => (error ? refuse(error) : done()))
    })
  }
}

/** What is left of the chunks when the first `written` bytes are out: a short write is continued. */
function behind(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written
  const rest: Uint8Array[] = []
  for (const chunk of chunks) {
    if (skip >= chunk.length) skip -= chunk.length
    else {
      rest.push(skip === 0 ? chunk : chunk.subarray(skip))
      skip = 0
    }
  }
  return rest
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), {code})
}
