import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'
import {frame} from '../../src/tui/frame.ts'
import {pressed} from '../../src/tui/keys.ts'
import {asciiOnly, cells, plainText, type Size} from '../../src/tui/lines.ts'
import type {Model} from '../../src/tui/model.ts'
import {drawn, empty, event, killedLeader, killedNode, NOW, snapshot, told, upNode} from './sample.ts'

const folder = fileURLToPath(new URL('frames/', import.meta.url))

/** The whole frame, held against the one on file; `REWRITE_FRAMES=1` renews the files, for reading in the diff. */
function expectFrame(name: string, model: Model, size: Size): void {
  const got = drawn(model, size)
  const path = join(folder, `${name}.txt`)
  if (process.env.REWRITE_FRAMES === '1') writeFileSync(path, got)
  expect(got).toBe(readFileSync(path, 'utf8'))
}

const SMALL = {columns: 80, rows: 24}
const MIDDLE = {columns: 100, rows: 30}
const LARGE = {columns: 120, rows: 40}

function keys(model: Model, ...typed: string[]): Model {
  return typed.reduce((m, key) => pressed(m, key, 8).model, model)
}

describe('frame', () => {
  it('80x24: leader killed, another leads', () => expectFrame('80x24', killedLeader(), SMALL))
  it('100x30: leader killed, another leads', () => expectFrame('100x30', killedLeader(), MIDDLE))
  it('120x40: leader killed, another leads', () => expectFrame('120x40', killedLeader(), LARGE))
  it('60x12: the least that is drawn', () => expectFrame('60x12', killedLeader(), {columns: 60, rows: 12}))
  it('200x60: what is over goes to the panes', () => expectFrame('200x60', killedLeader(), {columns: 200, rows: 60}))

  it('resized: a smaller and a larger picture of one model are what they would have been from the start', () => {
    const model = killedLeader()
    const first = drawn(model, LARGE)
    drawn(model, SMALL)
    drawn(model, {columns: 48, rows: 9})
    expect(drawn(model, LARGE)).toBe(first)
  })

  it('48x9: says what it needs, and nothing else', () => expectFrame('48x9', killedLeader(), {columns: 48, rows: 9}))

  it('down: the last table stays, with its time and the way back', () => {
    const model = told(killedLeader(), {
      what: 'gone',
      gone: {word: 'DOWN', atMs: NOW, by: 'by chronik cluster down (pid 733)'},
    })
    expectFrame('down-80x24', model, SMALL)
    expectFrame('down-120x40', model, LARGE)
  })

  it('lost: the supervisor died', () => {
    const model = told(killedLeader(), {what: 'gone', gone: {word: 'LOST', atMs: NOW, by: 'its supervisor died'}})
    expect(drawn(model, LARGE).split('\n')[0]).toContain('LOST since 12:41:07    its supervisor died')
  })

  it('planted and verified: the header says so', () => {
    const planted = told(killedLeader(), {
      what: 'snapshot',
      snapshot: snapshot({plant: 'guess-payload-kind'}),
      nowMs: NOW,
    })
    expect(drawn(planted, SMALL).split('\n')[0]).toContain('PLANTED guess-payload-kind')
    const verified = told(
      planted,
      {what: 'verifyStarted', runPath: '~/runs/latest'},
      {what: 'verifyTold', line: {say: 'lab', name: 'recovery', proves: '', steps: 9}},
      ...[1, 2, 3].map(number => ({what: 'verifyTold' as const, line: {say: 'step' as const, number, title: 't'}})),
    )
    for (const size of [SMALL, MIDDLE, LARGE]) {
      const [row] = drawn(verified, size).split('\n')
      expect(row).toContain('DEGRADED 2 of 3')
      expect(row).toContain('verify: 3 of 9')
    }
    expect(drawn(verified, LARGE).split('\n')[0]).toContain('PLANTED guess-payload-kind')
  })

  it('nine nodes at 80x24: six rows of events are left, the leader stays on top, the others scroll with the selection', () => {
    const nodes = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(id => upNode(id, {role: id === 8 ? 'leader' : 'follower'}))
    const model = told(empty(), {
      what: 'snapshot',
      snapshot: snapshot({nodes, leader: 8, quorum: 5, up: 9, health: 'HEALTHY'}),
      nowMs: NOW,
    })
    expectFrame('nine-first', model, SMALL)
    expectFrame('nine-last', keys(model, '9'), SMALL)
  })

  it('columns leave in the stated order, and some never do', () => {
    const heads = [120, 110, 97, 82, 76, 70, 64, 60].map(
      columns => drawn(killedLeader(), {columns, rows: 24}).split('\n')[2],
    )
    const gone = (head: string): string[] =>
      ['LAST 60 s', 'FAULTS', 'RST', 'UP', 'PID', 'APPLIED', 'VOTE'].filter(title => !head.includes(title))
    const order = ['LAST 60 s', 'FAULTS', 'RST', 'UP', 'PID', 'APPLIED', 'VOTE']
    for (const head of heads) {
      expect(gone(head)).toEqual(order.slice(0, gone(head).length))
      for (const title of ['NODE', 'STATE', 'ROLE', 'TERM', 'COMMIT', 'LAG']) expect(head).toContain(title)
    }
    expect(gone(heads[0])).toEqual([])
    expect(gone(heads[7]).length).toBeGreaterThan(4)
  })

  it('hardening 42: what comes from outside moves no cursor, at any size, and no row is too wide', () => {
    const evil = '\u001b]52;c;aGk=\u0007\u001b[2J\u001b]8;;http://x\u0007\u009b31m\u202eabc\r\n日本語🙂'
    const nodes = [upNode(1, {detail: evil}), upNode(2), killedNode(3)]
    const model = told(
      killedLeader(),
      {what: 'snapshot', snapshot: snapshot({nodes, heldBy: evil, plant: evil, engine: evil}), nowMs: NOW},
      event('12:41:03.000', 'mark', evil),
      {what: 'progress', id: 1, text: evil},
      {what: 'result', id: 1, text: evil, ok: false},
      {what: 'gone', gone: {word: 'LOST', atMs: NOW, by: evil}},
    )
    for (const columns of [48, 60, 80, 100, 120, 200])
      for (const rows of [9, 12, 24, 40])
        for (const line of frame(model, {columns, rows})) {
          expect(plainText(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
          expect(cells(plainText(line))).toBeLessThanOrEqual(columns)
        }
  })

  it('without UTF-8: the same frame of - | +, as wide as before', () => {
    const lines = frame(killedLeader(), LARGE)
    for (const line of lines) {
      const text = plainText(asciiOnly(line))
      expect(text).toMatch(/^[\u0020-\u007e]*$/)
      expect(text.length).toBe(cells(plainText(line)))
    }
    expect(plainText(asciiOnly(lines[7]))).toMatch(/^-- Partitions -+\+- Load -+$/)
  })

  it('every size that is drawn has one row less than the terminal', () => {
    for (let columns = 60; columns <= 130; columns += 7)
      for (let rows = 12; rows <= 45; rows++)
        for (const model of [killedLeader(), keys(killedLeader(), '?'), keys(killedLeader(), 'z')])
          expect(frame(model, {columns, rows}).length).toBe(rows - 1)
  })

  it('help, a question, a command that is typed', () => {
    expectFrame('help-80x24', keys(killedLeader(), '?'), SMALL)
    expectFrame('verify-asks-80x24', keys(killedLeader(), 'v'), SMALL)
    expectFrame('leave-asks-80x24', keys({...killedLeader(), asksOnLeave: true}, 'q'), SMALL)
    expectFrame('typing-80x24', keys(killedLeader(), ':', 's', 't'), SMALL)
  })
})
