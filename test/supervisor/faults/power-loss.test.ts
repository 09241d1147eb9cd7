import {existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {NodeDisk} from '../../../src/io/node/disk.ts'
import {LossyDisk} from '../../../src/io/node/lossy-disk.ts'
import {losePower, mustBeLossy} from '../../../src/supervisor/faults/power-loss.ts'
import {Journal} from '../../../src/supervisor/journal.ts'
import type {NodeHandle} from '../../../src/supervisor/node-handle.ts'
import type {ClusterSpec} from '../../../src/supervisor/spec.ts'

const BY = {name: 'chronik kill', pid: 7}
let dir: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-power-')))
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

function handle(node: number, running = false): NodeHandle {
  const dataDir = join(dir, `node${node}`)
  mkdirSync(dataDir)
  return {config: {node, dataDir, unsyncedDir: `${dataDir}.unsynced`}, running, incarnation: 'a1'} as NodeHandle
}

async function written(n: NodeHandle, sync: boolean): Promise<void> {
  const {dataDir, unsyncedDir = ''} = n.config
  const disk = new LossyDisk(new NodeDisk(dataDir), dataDir, unsyncedDir)
  const file = await disk.open('a.log', 'create')
  await file.append([new Uint8Array(2_000).fill(1)])
  if (!sync) return
  await file.sync()
  await disk.syncDir('.')
}

describe('kill --power-loss', () => {
  it('power loss: all that was not synced goes when it is asked for, whatever is drawn', async () => {
    const journal = new Journal(dir)
    for (let node = 1; node <= 12; node++) {
      const bad = handle(node)
      await written(bad, false)
      const [line] = losePower([bad], {seed: String(node), all: true}, BY, {journal})
      expect(line).toBe(`n${node} lost power (all of it): 2,000 of 2,000 unsynced bytes, 1 of 1 unsynced names`)
      expect(existsSync(join(bad.config.dataDir, 'a.log'))).toBe(false)
    }
  })

  it('power loss: says and journals which bytes of which files went, and when none could', async () => {
    const [bad, good, running] = [handle(1), handle(2), handle(3, true)]
    await written(bad, false)
    await written(good, true)
    const journal = new Journal(dir)
    // A seed under which n1 keeps the name and loses bytes.
    const lines = losePower([bad, good, running], {seed: '7', all: false}, BY, {journal})
    const left = readFileSync(join(bad.config.dataDir, 'a.log'))
    const gone = 2_000 - left.filter(b => b === 1).length
    expect(gone).toBeGreaterThan(0)
    expect(lines).toEqual([
      `n1 lost power (seed 7): ${gone.toLocaleString('en')} of 2,000 unsynced bytes, 0 of 1 unsynced names`,
      expect.stringMatching(new RegExp(`^  a\\.log@\\d+  ${gone.toLocaleString('en')} bytes lost$`)),
      'n2 lost power: all that it had written was synced, nothing is lost',
    ])
    const events = journal.from(1)
    expect(events.map(e => [e.kind, e.node, e.data?.seed, e.data?.unsyncedBytes])).toEqual([
      ['fault', 1, '7', 2_000],
      ['fault', 2, '7', 0],
    ])
    expect(events[0].text).toContain('; by chronik kill (pid 7)')
    // It happens once: what is left is what the disk holds.
    expect(losePower([bad], {seed: 'c', all: false}, BY, {journal})).toEqual([
      'n1 lost power: all that it had written was synced, nothing is lost',
    ])
  })

  it('power loss: a cluster with plain disks has none, and says what has', () => {
    const spec = {name: 'default'} as ClusterSpec
    expect(() => mustBeLossy(spec)).toThrow(
      expect.objectContaining({exitCode: 5, next: 'chronik cluster up -c lossy --disk lossy'}),
    )
    mustBeLossy({...spec, disk: 'lossy'})
  })
})
