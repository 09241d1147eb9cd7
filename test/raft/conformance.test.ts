import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'
import {runFile} from './conformance/conformance.ts'
import {parseDatadriven} from './conformance/datadriven.ts'

const root = join(dirname(dirname(fileURLToPath(import.meta.url))), 'fixtures', 'raft-testdata')
const kinds = readdirSync(root, {withFileTypes: true})
  .filter(e => e.isDirectory())
  .map(e => e.name)
const files = kinds.flatMap(kind => readdirSync(join(root, kind)).map(name => join(kind, name)))

describe('conformance: what etcd/raft prints, this core prints', () => {
  it('all kinds of recorded files are there', () => {
    expect(kinds.sort()).toEqual(['confchange', 'interaction', 'quorum', 'random'])
    expect(files.length).toBeGreaterThanOrEqual(31 + 20)
  })

  it.each(files)('%s', file => {
    expect(runFile(readFileSync(join(root, file), 'utf8'))).toEqual([])
  })

  it('a recorded line that is changed is a mismatch, shown with its place and its neighbours', () => {
    const text = readFileSync(join(root, 'interaction', 'campaign.txt'), 'utf8')
    const [mismatch] = runFile(text.replace('Commit:3', 'Commit:4'))
    expect(mismatch.directive).toBe('stabilize')
    expect(mismatch.difference).toMatch(/^ {2}.*\n- .*Commit:4.*\n\+ .*Commit:3/m)
    expect(text.split('\n')[mismatch.line - 1]).toBe('stabilize')
  })

  it('output with blank lines stands between pairs of ----, arguments have one value, several or none', () => {
    const [d] = parseDatadriven('# why\n\ncmd 1 a=b c=(d, e) f=\ninput\n----\n----\none\n\ntwo\n----\n----\n')
    expect(d).toMatchObject({line: 3, command: 'cmd', input: 'input', expected: 'one\n\ntwo\n'})
    expect(d.args).toEqual([
      {key: '1', values: []},
      {key: 'a', values: ['b']},
      {key: 'c', values: ['d', 'e']},
      {key: 'f', values: ['']},
    ])
  })
})
