import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {HistoryFile} from '../../src/verify/load/history-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-history-'))
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

describe('history.jsonl', () => {
  it('an operation is in the file before it is sent, and open until it ends', () => {
    let ms = 0
    const file = new HistoryFile(join(dir, 'history.jsonl'), () => ++ms)
    const read = () =>
      readFileSync(join(dir, 'history.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    const sent = file.invoke({
      process: 'p',
      do: 'send',
      topic: 't',
      partition: 0,
      value: 'a',
      acks: -1,
      idempotent: true,
    })
    expect(read()).toEqual([
      {op: 1, at: 1, process: 'p', do: 'send', topic: 't', partition: 0, value: 'a', acks: -1, idempotent: true},
    ])
    expect(sent.result).toBe('open')
    const other = file.invoke({process: 'q', do: 'send', topic: 't', partition: 0, value: 'b'})
    file.acknowledged(sent, 7)
    file.ended(other, 'info', 'REQUEST_TIMED_OUT')
    const seen = file.invoke({process: 'r', do: 'read', topic: 't', partition: 0, from: 0, final: true})
    file.read(seen, [{offset: 7, value: 'a'}], 8)
    expect(read().slice(2)).toEqual([
      {op: 1, at: 3, ok: {offset: 7}},
      {op: 2, at: 4, info: 'REQUEST_TIMED_OUT'},
      {op: 3, at: 5, process: 'r', do: 'read', topic: 't', partition: 0, from: 0, final: true},
      {op: 3, at: 6, ok: {highWatermark: 8, records: [[7, 'a']]}},
    ])
    expect(file.operations).toMatchObject([
      {number: 1, result: 'ok', offset: 7},
      {number: 2, result: 'info', error: 'REQUEST_TIMED_OUT'},
      {number: 3, result: 'ok', highWatermark: 8},
    ])
    file.close()
    file.close()
  })

  it('never writes over an earlier history', () => {
    new HistoryFile(join(dir, 'history.jsonl'), () => 0).close()
    expect(() => new HistoryFile(join(dir, 'history.jsonl'), () => 0)).toThrow(/EEXIST/)
  })
})
