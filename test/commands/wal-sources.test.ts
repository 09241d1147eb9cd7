import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {nodeDirs} from '../../src/commands/wal/sources.ts'

describe('the data directories of a cluster', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'chronik-sources-'))
  })
  afterEach(() => rmSync(dir, {recursive: true, force: true}))

  it('are those of nodes, by number: a folder of any other name is none of them, node0 neither', () => {
    for (const name of ['node10', 'node2', 'node0', 'node01', 'node3.aside', 'runs']) mkdirSync(join(dir, name))
    writeFileSync(join(dir, 'node4'), '')
    expect([...nodeDirs(dir)]).toEqual([
      [2, join(dir, 'node2')],
      [10, join(dir, 'node10')],
    ])
  })
})
