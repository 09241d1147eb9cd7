import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import type {NodeId} from '../../../src/base/ids.ts'
import {InsideFaults} from '../../../src/supervisor/faults/inside.ts'
import {FaultList} from '../../../src/supervisor/faults/list.ts'
import {Journal} from '../../../src/supervisor/journal.ts'
import type {NodeHandle} from '../../../src/supervisor/node-handle.ts'

let dir: string
let list: FaultList

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-inside-')))
  list = new FaultList(dir, new Journal(dir), {expired: () => undefined, changed: () => undefined})
})
afterEach(() => {
  list.end('the test is over')
  rmSync(dir, {recursive: true, force: true})
})

/** n1 takes no order; the disk of every other node is as it is told. */
function node(id: NodeId): NodeHandle {
  const inject = async (): Promise<unknown> => {
    if (id === 1) throw new Error('n1 does not run')
    return {freeBytes: 0}
  }
  return {config: {node: id}, running: id !== 1, inject} as unknown as NodeHandle
}

it('a node that refuses keeps nobody else’s fault unproven', async () => {
  const faults = new InsideFaults(list, node)
  const full = {do: 'disk' as const, who: {nodes: [1, 2]}, trouble: {roomBytes: 0}}
  await expect(faults.begin([node(1), node(2)], full, {name: 'test', pid: 7})).rejects.toThrow('n1 does not run')
  expect(list.all()).toMatchObject([{nodes: [2], state: 'in force', proof: '0 bytes free'}])
})
