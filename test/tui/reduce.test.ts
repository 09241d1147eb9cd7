import {describe, expect, it} from 'vitest'
import {pressed} from '../../src/tui/keys.ts'
import type {Model} from '../../src/tui/model.ts'
import {brief} from '../../src/tui/words.ts'
import type {HostLine, NumberedVerdict} from '../../src/verify/host-protocol.ts'
import {drawn, empty, event, figure, killedLeader, killedNode, NOW, snapshot, told, upNode} from './sample.ts'

const SMALL = {columns: 80, rows: 24}
const LARGE = {columns: 120, rows: 40}

function verdict(
  number: string,
  result: NumberedVerdict['result'],
  more: Partial<NumberedVerdict> = {},
): NumberedVerdict {
  return {
    number,
    check: 'D8',
    title: `check ${number}`,
    result,
    nodes: [],
    expected: 'term 3',
    seen: 'term 1',
    because: 'it differs',
    lines: [],
    cites: [],
    again: 'chronik verify recovery --seed 7f3a91',
    ...more,
  }
}

describe('model', () => {
  it('last 60 s: a letter each 3 s; an election within one is seen all the same', () => {
    let model = told(empty(), {what: 'snapshot', snapshot: snapshot({nodes: [upNode(1), upNode(2)]}), nowMs: NOW})
    const change = (role: 'candidate' | 'leader', ms: number): void => {
      model = told(model, {what: 'tick', nowMs: NOW + ms})
      model = told(model, {
        what: 'group',
        change: {node: 1, group: '__raft_metadata/0', role, leader: 1, term: 5, vote: 1} as never,
      })
    }
    change('candidate', 3_000)
    change('leader', 3_010)
    model = told(model, {
      what: 'snapshot',
      snapshot: snapshot({leader: 1, nodes: [upNode(1, {role: 'leader'}), killedNode(2)]}),
      nowMs: NOW + 3_020,
    })
    model = told(model, {what: 'tick', nowMs: NOW + 6_000})
    expect(model.history).toEqual({1: 'fcL', 2: 'Lxx'})
    model = told(model, {what: 'tick', nowMs: NOW + 120_000})
    expect(model.history[1]).toBe(`${'?'.repeat(19)}L`)
  })

  it('figures of load are no events; what was missed is said in red, and a load that ended is gone', () => {
    const model = told(killedLeader(), figure(7_000, 2))
    expect(model.panes.events.rows.length).toBe(killedLeader().panes.events.rows.length)
    expect(drawn(model, SMALL)).toContain('load 52/s acked 7,000 missing 2')
    const ended = told(model, event('12:41:07.000', 'load', 'ended: 7,000 acknowledged', {pid: 512, ended: true}))
    expect(drawn(ended, SMALL)).toContain('load off')
  })

  it('a late result of an earlier command changes nothing', () => {
    const first = pressed(killedLeader(), 'K', 8)
    const second = pressed(first.model, 'L', 8)
    const late = told(second.model, {what: 'result', id: first.model.command.id, text: 'n1 gone', ok: true})
    expect(late.command).toMatchObject({line: 'chronik kill --leader', result: '', state: 'running'})
  })

  it('what an action did is told in as few words as a row takes', () => {
    const lines = [
      'n3 was leader of __raft_metadata/0 at term 3 (and of load/1)',
      'SIGKILL to pid 48213: gone after 3 ms',
      'n2 leads term 4 after 161 ms        quorum 2 of 3',
    ]
    expect(brief(lines)).toBe('n3 was leader of __raft_metadata/0; killed; n2 leads term 4 after 161 ms')
    expect(brief(lines).length).toBeLessThan(78)
    expect(brief(['nothing to heal'])).toBe('nothing to heal')
  })

  it('another cluster under the same name: nothing of the old one stays', () => {
    const model = told(killedLeader(), {what: 'snapshot', snapshot: snapshot({clusterId: 'other'}), nowMs: NOW})
    expect([model.panes.events.rows, model.loads, model.stood]).toEqual([[], [], undefined])
  })

  it('back again after it was down', () => {
    const down = told(killedLeader(), event('12:41:05.000', 'cluster', 'down by chronik cluster down (pid 733)'), {
      what: 'gone',
      gone: {word: 'DOWN', atMs: NOW, by: 'by chronik cluster down (pid 733)'},
    })
    expect(down.endedBy).toBe('down by chronik cluster down (pid 733)')
    const back = told(down, {what: 'back'}, {what: 'snapshot', snapshot: snapshot(), nowMs: NOW})
    expect([back.gone, back.endedBy]).toEqual([undefined, undefined])
    expect(drawn(back, SMALL).split('\n')[0]).toContain('DEGRADED 2 of 3')
  })
})

describe('verify pane', () => {
  const say = (line: HostLine) => ({what: 'verifyTold' as const, line})
  const running = (): Model =>
    told(
      killedLeader(),
      {what: 'verifyStarted', runPath: '~/runs/latest'},
      say({say: 'lab', name: 'recovery', proves: '', steps: 4}),
      say({say: 'cluster', cluster: {scratch: false, name: 'default', nodes: 3, engine: 'embedded'}}),
      say({say: 'step', number: 1, title: 'follower killed, rejoins'}),
      say({say: 'verdict', step: 1, verdict: verdict('1.1', 'pass')}),
      say({say: 'verdict', step: 1, verdict: verdict('1.2', 'not applicable', {because: 'no such disk'})}),
      say({say: 'verdict', step: 1, verdict: verdict('1.3', 'unknown', {because: 'nothing was seen'})}),
      say({
        say: 'verdict',
        step: 1,
        verdict: verdict('1.4', 'fail', {
          nodes: [2],
          lines: [{label: 'see', text: 'chronik wal dump RUN/nodes/n2/wal/wal_0_0.log --at 3496 --hex'}],
          cites: [{kind: 'place', node: 2, file: 'nodes/n2/wal/wal_0_0.log', at: 3_496, bytes: 63}],
        }),
      }),
    )

  it('checks turn; the failing one is first, with the line that shows it', () => {
    const rows = drawn(running(), LARGE).split('\n')
    const title = rows.findIndex(row => row.startsWith('── Verify ── recovery on cluster default'))
    expect(rows[title]).toContain('1 passed, 1 failed, 1 unknown')
    expect(rows.slice(title + 1, title + 10)).toEqual([
      '   running  1     follower killed, rejoins',
      '   ..       2',
      '   ..       3',
      '   ..       4',
      ' > FAIL     1.4   check 1.4   n2   term 1',
      '            see   chronik wal dump ~/runs/latest/nodes/n2/wal/wal_0_0.log --at 3496 --hex',
      '   ????     1.3   check 1.3   nothing was seen',
      '   PASS     1.1   check 1.1',
      '   n/a      1.2   check 1.2   no such disk',
    ])
    expect(rows[0]).toContain('verify: 1 of 4')
  })

  it('Enter opens the evidence, Esc goes back, and then to the panes', () => {
    const open = pressed(running(), 'enter', 8).model
    const text = drawn(open, SMALL)
    for (const part of [
      'FAIL  1.4  check 1.4',
      'expected  term 3',
      'seen      term 1',
      'because   it differs',
      'n2 nodes/n2/wal/wal_0_0.log@3496 (63 bytes)',
    ])
      expect(text).toContain(part)
    const list = pressed(open, 'escape', 8).model
    expect(drawn(list, SMALL)).toContain('running  1')
    expect(pressed(list, 'escape', 8).model.focus).toBe('events')
    expect(drawn(pressed(pressed(list, 'j', 8).model, 'enter', 8).model, SMALL)).toContain('????  1.3')
  })

  it('done: its last line, and the header is free again', () => {
    const done = told(running(), {what: 'verifyDone', end: '24 passed, 0 failed', tone: 'good'})
    const text = drawn(done, SMALL)
    expect(text).toContain(' 24 passed, 0 failed\n')
    expect(text.split('\n')[0]).not.toContain('verify')
  })
})
