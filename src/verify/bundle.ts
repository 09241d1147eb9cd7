import {
  createReadStream,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {createGunzip, createGzip, gunzipSync, gzipSync} from 'node:zlib'
import tar from 'tar-stream'
import {ChronikError, EXIT} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import {EVIDENCE_FILE} from './stored-evidence.ts'

/** Unpacked. A run of some seconds has one to some tens of megabytes. */
export const BUNDLE_BYTES_MAX = 512 << 20
const ENTRIES_MAX = 20_000

/** What of a run folder goes into a bundle. Not suite-host.log: what a lab prints may be anything, secrets too. */
const TAKEN = new Set([
  'report.json',
  'report.md',
  'report.xml',
  'report.html',
  'history.jsonl',
  'events.jsonl',
  EVIDENCE_FILE,
  'plan.json',
  'nodes',
])
/** Texts by their place: a segment of a WAL is called .log too. */
const TEXT = /^[^/]+\.(json|jsonl|md|xml|html)$|^nodes\/n\d+\.log$|\.json$/

class BundleError extends ChronikError {
  constructor(message: string, next?: string) {
    super('CHRONIK_BUNDLE', EXIT.usage, message, next === undefined ? {} : {next})
  }
}

/** Writes the run as one .tgz. Folders of users, as they stand in texts, become `~`. Gives its files and their bytes. */
export async function pack(
  runDir: string,
  id: string,
  out: string,
  bytesMax = BUNDLE_BYTES_MAX,
): Promise<{files: number; bytes: number}> {
  const files = filesOf(runDir)
  const bytes = files.reduce((sum, f) => sum + f.bytes, 0)
  if (bytes > bytesMax) {
    const largest = files.reduce((a, b) => (b.bytes > a.bytes ? b : a))
    throw new BundleError(
      `The run has ${mega(bytes)}, a bundle takes ${mega(bytesMax)}; its largest file is ${oneLine(largest.path)} (${mega(largest.bytes)})`,
    )
  }
  const archive = tar.pack()
  const written = pipeline(archive, createGzip(), createWriteStream(out, {mode: 0o600, flags: 'wx'}))
  try {
    for (const {path} of files) {
      const content = withoutHomes(path, readFileSync(join(runDir, path)))
      await new Promise<void>((resolve, reject) => {
        // The same times and owners whoever packs it: nothing of the machine is told.
        archive.entry({name: `${id}/${path}`, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0}, content, error =>
          error ? reject(error) : resolve(),
        )
      })
    }
    archive.finalize()
    await written
  } catch (error) {
    archive.destroy(error as Error)
    await written.catch(() => undefined)
    throw error
  }
  return {files: files.length, bytes}
}

function filesOf(runDir: string): Array<{path: string; bytes: number}> {
  const found: Array<{path: string; bytes: number}> = []
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(runDir, folder)).sort()) {
      if (folder === '' && !TAKEN.has(name)) continue
      const path = folder === '' ? name : `${folder}/${name}`
      const stat = lstatSync(join(runDir, path))
      // Links and sockets are no evidence.
      if (stat.isDirectory()) walk(path)
      else if (stat.isFile()) found.push({path, bytes: stat.size})
    }
  }
  walk('')
  return found
}

function withoutHomes(path: string, content: Buffer): Buffer {
  if (path === EVIDENCE_FILE) return gzipSync(scrubbed(gunzipSync(content).toString('utf8')))
  return TEXT.test(path) ? Buffer.from(scrubbed(content.toString('utf8'))) : content
}

/** `/home/ada/x` becomes `~/x`: whose machine it was is nobody's business. */
export function scrubbed(text: string, home = homedir()): string {
  const own = home.length > 1 ? text.replaceAll(home, '~') : text
  return own.replace(
    /(?<![\w.~/-])(?:\/home\/[^/\s"'`<>:;,|)]+|\/Users\/[^/\s"'`<>:;,|)]+|\/root)(?=[/\s"'`<>:;,|)]|$)/g,
    '~',
  )
}

/** Unpacks a bundle into `into`, which must not exist yet. Nothing but plain files below one folder, of names that a run has, is taken; anything else, and nothing is. */
export async function unpack(bundle: string, into: string, bytesMax = BUNDLE_BYTES_MAX): Promise<{id: string}> {
  let id: string | undefined
  let bytes = 0
  let entries = 0
  mkdirSync(into, {mode: 0o700})
  const extract = tar.extract()
  const read = pipeline(createReadStream(bundle), createGunzip(), extract)
  read.catch(() => undefined)
  try {
    for await (const entry of extract) {
      const {name, type, size} = entry.header
      if (++entries > ENTRIES_MAX) throw new BundleError(`${bundle} holds more than ${ENTRIES_MAX} files`)
      if (type === 'directory') {
        parts(name)
        entry.resume()
        continue
      }
      if (type !== 'file')
        throw new BundleError(`${bundle} holds a ${oneLine(String(type))} (${oneLine(name)}): only files are taken`)
      bytes += size ?? 0
      if (bytes > bytesMax) throw new BundleError(`${bundle} unpacks to more than ${mega(bytesMax)}`)
      const [top, ...rest] = parts(name)
      if (id !== undefined && id !== top) throw new BundleError(`${bundle} holds more than one run`)
      id = top
      if (rest.length === 0 || !TAKEN.has(rest[0]))
        throw new BundleError(`${bundle} holds ${oneLine(name)}, which is no file of a run`)
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      const path = join(into, ...rest)
      mkdirSync(dirname(path), {recursive: true, mode: 0o700})
      // `wx`: a name that comes twice, or something put there meanwhile, is refused and never followed.
      writeFileSync(path, Buffer.concat(chunks), {mode: 0o600, flag: 'wx'})
    }
    await read
    if (id === undefined) throw new BundleError(`${bundle} holds no run`)
    return {id}
  } catch (error) {
    extract.destroy()
    rmSync(into, {recursive: true, force: true})
    if (error instanceof ChronikError) throw error
    throw new BundleError(`${bundle} is no bundle of chronik: ${oneLine((error as Error).message)}`)
  }
}

function parts(name: string): string[] {
  const found = name.replace(/\/$/, '').split('/')
  if (
    name.length > 1_000 ||
    found.length > 12 ||
    found.some(p => p === '' || p === '.' || p === '..' || /[\0\\]/.test(p))
  )
    throw new BundleError(`a bundle names ${oneLine(name.slice(0, 200))}, which is no place inside a run folder`)
  if (!/^[\w.-]{1,120}$/.test(found[0]))
    throw new BundleError(`a bundle names a run ${oneLine(found[0].slice(0, 200))}`)
  return found
}

function mega(bytes: number): string {
  return `${Math.ceil(bytes / (1 << 20))} MB`
}
