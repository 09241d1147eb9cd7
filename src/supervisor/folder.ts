import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {homedir, tmpdir} from 'node:os'
import {basename, dirname, join, parse, sep} from 'node:path'
import {ChronikError, EXIT} from '../base/errors.ts'

/** Socket paths are cut off by the system above this. */
const SOCKET_PATH_MAX = 100
const SOCKET_FOLDER = 'chronik-'

/** Makes a cluster's folder, or takes the one that is there when it is this user's. Gives its real path: the folder may be reached by a link, nothing in it is. */
export function ownFolder(dir: string): string {
  mkdirSync(dir, {recursive: true, mode: 0o700})
  const real = realpathSync(dir)
  const {uid} = statSync(real)
  const me = process.getuid?.() ?? uid
  if (uid !== me)
    throw new ChronikError('CHRONIK_NOT_OURS', EXIT.environment, `${real} belongs to user ${uid}; you are ${me}.`)
  return real
}

/** Where the sockets are: in the cluster's folder when nobody else can look into it and its path is short enough, else in a folder of their own. */
export function socketFolder(dir: string): string {
  if (join(dir, 'supervisor.sock').length <= SOCKET_PATH_MAX && isPrivate(dir)) return dir
  const runtime = process.env.XDG_RUNTIME_DIR
  const base = runtime?.startsWith('/') && runtime.length < 50 ? runtime : tmpdir()
  return mkdtempSync(join(base, SOCKET_FOLDER))
}

function isPrivate(dir: string): boolean {
  const {uid, mode} = statSync(dir)
  return uid === (process.getuid?.() ?? uid) && (mode & 0o077) === 0
}

/** Removes the sockets of a supervisor that is no more, and their folder when it was made for them alone. */
export function removeSockets(socketPath: string, clusterDir: string): void {
  const folder = dirname(socketPath)
  try {
    for (const name of readdirSync(folder))
      if (/^(supervisor|[kn][1-9]\d*|r[1-9]\d*-[1-9]\d*)\.sock$/.test(name) && lstatSync(join(folder, name)).isSocket())
        rmSync(join(folder, name), {force: true})
    if (folder !== clusterDir && basename(folder).startsWith(SOCKET_FOLDER)) rmdirSync(folder)
  } catch {
    // Gone already, or somebody else's file is in it.
  }
}

/** Folders in which nobody wants a cluster deleted, whatever lies in them. Undefined: it may be. */
export function whyNotDeleted(dir: string): string | undefined {
  const real = realpathSync(dir)
  if (real === parse(real).root) return 'it is the root of the file system'
  const home = process.env.HOME ?? homedir()
  if (real === safeReal(home)) return 'it is your home'
  const cwd = process.cwd()
  if (cwd === real || cwd.startsWith(real + sep)) return 'you are in it'
  return undefined
}

function safeReal(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** Bytes kept free for a start on a full disk: lock, configurations and the supervisor's own files are a few pages. */
const RESERVE_BYTES = 256 * 1024

/** Gives the reserve to whoever starts now. */
export function freeReserve(dir: string): void {
  rmSync(reservePath(dir), {force: true})
}

/** Keeps some room for the next start, when there is any. */
export function keepReserve(dir: string): void {
  try {
    writeFileSync(reservePath(dir), Buffer.alloc(RESERVE_BYTES), {mode: 0o600})
  } catch {
    rmSync(reservePath(dir), {force: true})
  }
}

const reservePath = (dir: string): string => join(dir, 'reserve')
