import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {createGunzip, createGzip, gunzipSync, gzipSync} from 'node:zlib'
import tar from 'tar-stream'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {pack, scrubbed, unpack} from '../../src/verify/bundle.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-bundle-'))
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

const ID = '2026-01-31T12-40-58Z-recovery'

function run(): string {
  const at = join(dir, ID)
  mkdirSync(join(at, 'nodes', 'n1', 'wal'), {recursive: true})
  writeFileSync(join(at, 'report.json'), '{"where":"/home/ada/x","mac":"/Users/ada/y","root":"/root/z"}')
  writeFileSync(join(at, 'evidence.jsonl.gz'), gzipSync('{"dir":"/home/ada/cluster"}\n'))
  writeFileSync(join(at, 'nodes', 'n1.log'), 'opened "/home/ada/wal"\n')
  writeFileSync(join(at, 'nodes', 'n1', 'wal', 'wal_0_0.log'), Buffer.from([0x7e, 0xca, 0, 255]))
  writeFileSync(join(at, 'suite-host.log'), 'TOKEN=secret')
  writeFileSync(join(at, 'notes.txt'), 'mine')
  symlinkSync('/etc/passwd', join(at, 'nodes', 'n1', 'link'))
  return at
}

type Entry = Partial<tar.Header> & {name: string} & {content?: string}

async function hostile(entries: Entry[]): Promise<string> {
  const file = join(dir, 'bad.tgz')
  const archive = tar.pack()
  for (const {content = '', ...header} of entries) archive.entry(header, content)
  archive.finalize()
  await pipeline(archive, createGzip(), createWriteStream(file))
  return file
}

describe('bundle', () => {
  it('hardening 44: what is packed is a run, without home folders, lab output, links and files of others', async () => {
    const out = join(dir, 'x.tgz')
    await pack(run(), ID, out)
    const {id} = await unpack(out, join(dir, 'in'))
    expect(id).toBe(ID)
    expect(readdirSync(join(dir, 'in'), {recursive: true}).sort()).toEqual(
      [
        'evidence.jsonl.gz',
        'nodes',
        'nodes/n1',
        'nodes/n1.log',
        'nodes/n1/wal',
        'nodes/n1/wal/wal_0_0.log',
        'report.json',
      ].sort(),
    )
    expect(readFileSync(join(dir, 'in', 'report.json'), 'utf8')).toBe('{"where":"~/x","mac":"~/y","root":"~/z"}')
    expect(gunzipSync(readFileSync(join(dir, 'in', 'evidence.jsonl.gz'))).toString()).toBe('{"dir":"~/cluster"}\n')
    expect(readFileSync(join(dir, 'in', 'nodes', 'n1.log'), 'utf8')).toBe('opened "~/wal"\n')
    expect([...readFileSync(join(dir, 'in', 'nodes', 'n1', 'wal', 'wal_0_0.log'))]).toEqual([0x7e, 0xca, 0, 255])
    const owners: string[] = []
    const names = tar.extract()
    names.on('entry', (header, stream, next) => {
      owners.push(`${header.uid} ${header.gid} ${header.mtime?.getTime()} ${header.uname ?? ''}`)
      stream.resume()
      stream.on('end', next)
    })
    await pipeline(createReadStream(out), createGunzip(), names)
    expect([...new Set(owners)]).toEqual(['0 0 0 '])
  })

  it('hardening 44: a run that is too large is refused, and its largest file named', async () => {
    await expect(pack(run(), ID, join(dir, 'x.tgz'), 10)).rejects.toThrow(
      /a bundle takes 1 MB; its largest file is report.json/,
    )
    expect(existsSync(join(dir, 'x.tgz'))).toBe(false)
  })

  it.each<[string, Entry[], RegExp]>([
    ['a way out', [{name: `${ID}/../../evil`, content: 'x'}], /no place inside a run folder/],
    ['an absolute name', [{name: '/etc/evil', content: 'x'}], /no place inside a run folder/],
    ['a way out in the middle', [{name: `${ID}/nodes/../../../evil`, content: 'x'}], /no place inside a run folder/],
    ['a symbolic link', [{name: `${ID}/nodes/l`, type: 'symlink', linkname: '/etc'}], /holds a symlink/],
    ['a hard link', [{name: `${ID}/nodes/l`, type: 'link', linkname: '/etc/passwd'}], /holds a link/],
    ['a device', [{name: `${ID}/nodes/d`, type: 'character-device'}], /holds a character-device/],
    ['a FIFO', [{name: `${ID}/nodes/f`, type: 'fifo'}], /holds a fifo/],
    ['a file of no run', [{name: `${ID}/.bashrc`, content: 'x'}], /no file of a run/],
    ['two runs', [{name: `${ID}/plan.json`}, {name: 'other/plan.json'}], /more than one run/],
    [
      'a name twice',
      [
        {name: `${ID}/plan.json`, content: 'a'},
        {name: `${ID}/plan.json`, content: 'b'},
      ],
      /no bundle of chronik: EEXIST/,
    ],
    ['nothing', [], /holds no run/],
  ])('hardening 44: %s in a bundle is refused, and nothing of it stays', async (_, entries, message) => {
    const file = await hostile(
      [{name: `${ID}/report.json`, content: '{}'}, ...entries].slice(entries.length === 0 ? 1 : 0),
    )
    await expect(unpack(file, join(dir, 'in'))).rejects.toThrow(message)
    expect(readdirSync(dir).sort()).toEqual(['bad.tgz'])
  })

  it('hardening 44: a bundle that unpacks to more than a run has is refused', async () => {
    const file = await hostile([{name: `${ID}/report.json`, content: 'x'.repeat(5_000)}])
    await expect(unpack(file, join(dir, 'in'), 4_000)).rejects.toThrow(/unpacks to more than/)
    expect(existsSync(join(dir, 'in'))).toBe(false)
  })

  it('bytes that are no bundle are refused', async () => {
    writeFileSync(join(dir, 'bad.tgz'), 'none')
    await expect(unpack(join(dir, 'bad.tgz'), join(dir, 'in'))).rejects.toThrow(/no bundle of chronik/)
    expect(existsSync(join(dir, 'in'))).toBe(false)
  })

  it('home folders are known by their shape, and other paths left alone', () => {
    expect(scrubbed('/srv/me/a /home/b/c "/root" x/root/y /rooted', '/srv/me')).toBe('~/a ~/c "~" x/root/y /rooted')
  })
})
