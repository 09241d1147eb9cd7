import type {Connection, ConnectionHandlers, Disk, DiskFile, Network} from './ports.ts'

/** A named place where a node can be made to die. */
export interface CrashPoint {
  name: string
  means: string
}

/** What a path is, from the data directory on: the first that matches. */
const FILES: ReadonlyArray<[name: string, words: string, path: RegExp]> = [
  ['metadata-wal', 'a segment of the metadata group', /^wal\/__meta\/__raft_metadata\/\d+\/wal_\d+_\d+\.log$/],
  ['snapshot', 'a snapshot file', /\.snap(\.tmp)?$/],
  ['partition-wal', 'a segment of a topic partition', /(^|\/)wal_\d+_\d+\.log$/],
  ['sidecar', 'the sidecar of a sealed segment', /(^|\/)wal_\d+_\d+\.idx$/],
  ['groups-log', 'groups.log, the list of groups', /^groups\.log$/],
  ['topic-file', "topic.json, a topic's id", /(^|\/)topic\.json$/],
  ['kept-aside', 'a copy of what is about to be cut', /\/cut\/[^/]+$/],
  ['directory', 'a directory', /^.*$/],
]

type Call = 'create' | 'append' | 'sync' | 'truncate' | 'rename' | 'remove'
type When = 'before' | 'inside' | 'after'

const CALLS: Record<Call, string> = {
  create: 'is created',
  append: 'is written to',
  sync: 'is synced',
  truncate: 'is truncated',
  rename: 'is given its name',
  remove: 'is removed',
}

/** Which calls a broker makes on which files. */
const MADE: Record<string, readonly Call[]> = {
  'metadata-wal': ['create', 'append', 'sync', 'truncate', 'remove'],
  'partition-wal': ['create', 'append', 'sync', 'truncate', 'remove'],
  sidecar: ['create', 'append', 'sync', 'remove'],
  snapshot: ['create', 'append', 'sync', 'rename', 'remove'],
  'groups-log': ['create', 'append', 'sync', 'truncate'],
  'topic-file': ['create', 'append', 'sync', 'remove'],
  'kept-aside': ['create', 'append', 'sync', 'remove'],
  directory: ['create', 'sync', 'rename'],
}

const NETWORK: readonly CrashPoint[] = [
  {name: 'peer.dial', means: 'a connection to a peer is about to be opened'},
  {name: 'peer.accept', means: 'a connection of a peer has come in'},
  {name: 'peer.send.before', means: 'messages for a peer are ready, none has left'},
  {name: 'peer.send.after', means: 'messages for a peer have been handed to the system'},
  {name: 'peer.receive', means: 'bytes of a peer have come in and are not looked at yet'},
  {name: 'client.accept', means: 'a client has connected'},
  {name: 'client.receive', means: 'bytes of a client have come in and are not looked at yet'},
  {name: 'client.answer.before', means: 'an answer for a client is ready and has not left: it will never know'},
  {name: 'client.answer.after', means: 'an answer for a client has been handed to the system'},
]

/** Every point there is, in the order in which `fault points` lists them. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...FILES.flatMap(([file, words]) =>
    (MADE[file] ?? []).flatMap(call =>
      whensOf(call).map(when => ({name: `${file}.${call}.${when}`, means: meaning(words, call, when)})),
    ),
  ),
  ...NETWORK,
]

function whensOf(call: Call): readonly When[] {
  return call === 'append' ? ['before', 'inside', 'after'] : ['before', 'after']
}

function meaning(words: string, call: Call, when: When): string {
  if (when === 'inside') return `in the middle of a write to ${words}: its first half is there`
  return when === 'before' ? `before ${words} ${CALLS[call]}` : `after ${words} ${past(call)}, before anybody knows`
}

function past(call: Call): string {
  return CALLS[call].replace(/^is /, 'was ')
}

/**
 * Lets a node die at a named point: between its broker and the ports below. Nothing is armed until somebody arms it, and the broker knows nothing of it.
 */
export class CrashPoints {
  readonly #die: (point: string) => never
  #armed: {name: string; left: number} | undefined

  /** `die` ends this process at once, as SIGKILL does. */
  constructor(die: (point: string) => never) {
    this.#die = die
  }

  /** Dies when that point is reached for the `times`-th time from now on. Undefined: nothing is armed any more. */
  arm(name: string | undefined, times = 1): void {
    this.#armed = name === undefined ? undefined : {name, left: times}
  }

  reached(name: string): void {
    if (this.#armed?.name === name && --this.#armed.left <= 0) this.#die(name)
  }

  /** The point's next visit is its last: what is done in the middle of a call has to be prepared. */
  #next(name: string): boolean {
    return this.#armed?.name === name && this.#armed.left <= 1
  }

  disk(below: Disk): Disk {
    const around = async <T>(path: string, call: Call, run: () => Promise<T>): Promise<T> => {
      if (!this.#armed) return run()
      const file = fileOf(path)
      this.reached(`${file}.${call}.before`)
      const done = await run()
      this.reached(`${file}.${call}.after`)
      return done
    }
    return {
      open: async (path, mode) =>
        this.#file(
          await (mode === 'create' ? around(path, 'create', () => below.open(path, mode)) : below.open(path, mode)),
          path,
          around,
        ),
      list: dir => below.list(dir),
      makeDir: dir => around(`${dir}/`, 'create', () => below.makeDir(dir)),
      syncDir: dir => around(`${dir}/`, 'sync', () => below.syncDir(dir)),
      rename: (from, to) => around(to, 'rename', () => below.rename(from, to)),
      remove: path => around(path, 'remove', () => below.remove(path)),
      freeBytes: () => below.freeBytes(),
    }
  }

  #file(
    file: DiskFile,
    path: string,
    around: <T>(path: string, call: Call, run: () => Promise<T>) => Promise<T>,
  ): DiskFile {
    return {
      append: chunks => {
        if (!this.#armed) return file.append(chunks)
        const inside = `${fileOf(path)}.append.inside`
        if (this.#next(inside)) return file.append(half(chunks)).then(() => this.reached(inside))
        this.reached(inside)
        return around(path, 'append', () => file.append(chunks))
      },
      sync: () => (this.#armed ? around(path, 'sync', () => file.sync()) : file.sync()),
      truncate: size => (this.#armed ? around(path, 'truncate', () => file.truncate(size)) : file.truncate(size)),
      read: (at, into) => file.read(at, into),
      size: () => file.size(),
      close: () => file.close(),
    }
  }

  /** `peersAt`: who listens there is dialled by peers; everybody else is a client. What is not of them (the control socket) is left alone. */
  network(below: Network, {peers, clients}: {peers: unknown; clients: unknown}): Network {
    return {
      listen: (at, onConnection, trouble) => {
        const side = at === peers ? 'peer' : at === clients ? 'client' : undefined
        if (!side) return below.listen(at, onConnection, trouble)
        const take = (c: Connection): void => {
          this.reached(`${side}.accept`)
          onConnection(this.#connection(c, side))
        }
        return below.listen(at, take, trouble)
      },
      connect: to => {
        this.reached('peer.dial')
        return this.#connection(below.connect(to), 'peer')
      },
    }
  }

  #connection(below: Connection, side: 'peer' | 'client'): Connection {
    const [before, after] =
      side === 'peer' ? ['peer.send.before', 'peer.send.after'] : ['client.answer.before', 'client.answer.after']
    return {
      remote: below.remote,
      write: chunks => {
        this.reached(before)
        below.write(chunks)
        this.reached(after)
      },
      bufferedBytes: () => below.bufferedBytes(),
      pause: () => below.pause(),
      resume: () => below.resume(),
      close: () => below.close(),
      reset: () => below.reset(),
      on: (handlers: ConnectionHandlers) =>
        below.on({
          ...handlers,
          data: bytes => {
            this.reached(`${side}.receive`)
            handlers.data(bytes)
          },
        }),
    }
  }
}

function fileOf(path: string): string {
  return (path.endsWith('/') ? 'directory' : FILES.find(([, , pattern]) => pattern.test(path))?.[0]) ?? 'directory'
}

/** The first half of what was to be written, at least one byte less. */
function half(chunks: readonly Uint8Array[]): Uint8Array[] {
  let left = Math.floor(chunks.reduce((sum, c) => sum + c.length, 0) / 2)
  return chunks.flatMap(chunk => {
    const part = chunk.subarray(0, Math.min(left, chunk.length))
    left -= part.length
    return part.length > 0 ? [part] : []
  })
}
