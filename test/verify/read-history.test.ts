import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {HistoryFile} from '../../src/verify/load/history-file.ts'
import {HistoryDamaged, readHistoryFile} from '../../src/verify/load/read-history.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-history-'))
  file = join(dir, 'history.jsonl')
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

function write(): HistoryFile {
  let ms = 0
  const history = new HistoryFile(file, () => ++ms)
  const send = (value: string) =>
    history.invoke({process: 'p.1', do: 'send', topic: 't', partition: 0, value, acks: -1, idempotent: true})
  history.acknowledged(send('a'), 0)
  history.ended(send('ü\u2028b'), 'info', 'REQUEST_TIMED_OUT')
  history.ended(send('c'), 'fail', 'NOT_LEADER_OR_FOLLOWER')
  const read = history.invoke({process: 'final-0', do: 'read', topic: 't', partition: 0, from: 0, final: true})
  history.read(read, [{offset: 0, value: 'a'}], 1)
  send('never answered')
  history.close()
  return history
}

describe('a stored history', () => {
  it('is read back as it was, whatever was still open', () => {
    const {operations} = write()
    expect(readHistoryFile(file)).toEqual(operations)
  })

  it('cut anywhere, everything before the cut is there and nothing else', () => {
    const {operations} = write()
    const bytes = readFileSync(file)
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(file, bytes.subarray(0, length))
      const read = readHistoryFile(file)
      for (const [n, o] of read.entries()) {
        const whole = operations[n]
        expect(o.value).toBe(whole.value)
        expect([whole.result, 'open']).toContain(o.result)
      }
    }
  })

  it.each([
    ['not json\n', /no line of a history/],
    ['{"op":9,"at":1,"process":"p","do":"send","topic":"t","partition":0}\n', /operation 9 where 6 should begin/],
    ['{"op":1,"at":1,"ok":{}}\n', /operation 1 ends and is not open/],
    ['{"op":77,"at":1,"ok":{}}\n', /operation 77 ends and is not open/],
  ])('a line that is none of ours is named: %s', (line, message) => {
    write()
    appendFileSync(file, line)
    expect(() => readHistoryFile(file)).toThrow(HistoryDamaged)
    expect(() => readHistoryFile(file)).toThrow(message)
  })
})
