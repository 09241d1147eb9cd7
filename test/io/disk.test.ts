import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {NodeDisk} from '../../src/io/node/disk.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-disk-')))
  mkdirSync(join(root, 'data', 'wal'), {recursive: true})
  mkdirSync(join(root, 'outside'))
  writeFileSync(join(root, 'outside', 'file'), 'precious')
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

describe("a node's disk", () => {
  it('hardening 4: its root may be a link, and nothing below it', async () => {
    symlinkSync(join(root, 'data'), join(root, 'link'))
    const disk = new NodeDisk(join(root, 'link'))
    const file = await disk.open('wal/a', 'create')
    await file.append([Buffer.from('x')])
    await file.close()
    expect(readFileSync(join(root, 'data', 'wal', 'a'), 'utf8')).toBe('x')
    symlinkSync(join(root, 'outside', 'file'), join(root, 'data', 'wal', 'b'))
    symlinkSync(join(root, 'outside'), join(root, 'data', 'wal', 'dir'))
    await expect(disk.open('wal/b', 'append')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.open('wal/dir/file', 'append')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.open('wal/dir/new', 'create')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.list('wal/dir')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.makeDir('wal/dir/sub')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.remove('wal/dir/file')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.rename('wal/dir/file', 'wal/c')).rejects.toMatchObject({code: 'ELOOP'})
    await expect(disk.rename('wal/a', 'wal/dir/c')).rejects.toMatchObject({code: 'ELOOP'})
    expect(readdirSync(join(root, 'outside'))).toEqual(['file'])
    // A link is removed as a link.
    await disk.remove('wal/b')
    expect(readFileSync(join(root, 'outside', 'file'), 'utf8')).toBe('precious')
  })

  it('hardening 4: a name that leaves it is refused, whatever it looks like', async () => {
    const disk = new NodeDisk(join(root, 'data'))
    await expect(disk.open(join(root, 'outside', 'file'), 'read')).rejects.toMatchObject({code: 'EACCES'})
    await expect(disk.open('../outside/file', 'append')).rejects.toMatchObject({code: 'EACCES'})
    await expect(disk.remove('wal/../../outside/file')).rejects.toMatchObject({code: 'EACCES'})
    await expect(disk.list('../outside')).rejects.toMatchObject({code: 'EACCES'})
  })
})
