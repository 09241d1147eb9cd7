import type {ExitCode} from '../base/errors.ts'
import type {Random} from '../base/random.ts'

export type {Random}

/**
 * The world as the broker sees it. Nothing in `wal`, `client` and `broker` touches a file, a socket, a clock, a random
 * number or the process but through these ports; `io/node` implements them on real ones, `sim` on simulated ones.
 */
export interface Io {
  clock: Clock
  random: Random
  disk: Disk
  network: Network
  /** One line of the node's log, without its end; the time is put in front by the implementation. */
  log(level: LogLevel, line: string): void
  /** Ends this node at once. */
  exit(code: ExitCode): never
  /** A named place where a node can be made to crash (`fault points`). Undefined when nothing is armed: callers write `const p = io.point('x'); if (p) await p`. */
  point(name: string): Promise<void> | undefined
}

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

export interface Clock {
  /** Milliseconds that only ever grow; fractions allowed. */
  monotonicMs(): number
  /** Milliseconds since 1970, as a person or another machine would read it. May jump. */
  wallMs(): number
  after(ms: number, run: () => void): Cancellable
  /** Runs once the events at hand (bytes, finished disk calls) have been handled, before anything waits for new ones. */
  soon(run: () => void): void
}

export interface Cancellable {
  cancel(): void
}

/** All paths are absolute or relative to the data directory that the Disk was made for. */
export interface Disk {
  /** `create`: the file must not exist · `append`: it must exist, open for reading and writing · `read`: it must exist. Links are not followed. */
  open(path: string, mode: 'create' | 'append' | 'read'): Promise<DiskFile>
  /** Names in a directory, unordered; empty when the directory is missing. */
  list(dir: string): Promise<string[]>
  /** With all its parents. Durable only after `syncDir` of each parent. */
  makeDir(dir: string): Promise<void>
  syncDir(dir: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  freeBytes(): Promise<number>
}

export interface DiskFile {
  /** Writes all chunks behind the end of the file as one write; not durable until `sync`. Once it has settled the chunks may change. */
  append(chunks: readonly Uint8Array[]): Promise<void>
  /** fdatasync. When it rejects, nothing about the file can be relied on any more. */
  sync(): Promise<void>
  /** Reads into `into` from byte `at`; gives the number of bytes read, fewer only at the end of the file. */
  read(at: number, into: Uint8Array): Promise<number>
  truncate(size: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface Address {
  host: string
  port: number
}

export interface Network {
  /** `trouble`: connections cannot be accepted for now (no file descriptors); the listener goes on by itself. */
  listen(
    at: Address | {path: string},
    onConnection: (c: Connection) => void,
    trouble?: (why: Error) => void,
  ): Promise<Listener>
  /** Starts to connect; the handlers given to `on` hear of success or failure. */
  connect(to: Address | {path: string}): Connection
}

export interface Listener {
  address: Address | {path: string}
  close(): void
}

export interface ConnectionHandlers {
  open?(): void
  /** The bytes belong to the handler from here on. */
  data(bytes: Uint8Array): void
  /** Everything written has been handed to the system. */
  drain?(): void
  /** The other side ended its half; what was written is still sent. Without a handler the connection is closed. */
  end?(): void
  /** Called once, last. */
  closed(why?: Error): void
}

export interface Connection {
  /** `ip:port` of the other side, for logs and limits. */
  remote: string
  write(chunks: readonly Uint8Array[]): void
  /** Bytes written and not yet handed to the system. */
  bufferedBytes(): number
  pause(): void
  resume(): void
  /** After what was written has gone out. */
  close(): void
  reset(): void
  on(handlers: ConnectionHandlers): void
}

/** The synchronous, read-only view of a file tree that `inspect` reads through (real files and simulated disks alike). */
export interface ReadOnlyFiles {
  list(dir: string): string[]
  /** Undefined when nothing is there. Links are not followed. */
  stat(path: string): {kind: 'file' | 'directory' | 'other'; size: number} | undefined
  /** Reads into `into` from byte `at`; gives the number of bytes read, 0 at or behind the end. */
  readAt(path: string, at: number, into: Uint8Array): number
}
