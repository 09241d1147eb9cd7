import {describe, expect, it} from 'vitest'
import type {Action} from '../../src/contracts/action.ts'
import {type Order, pressed, shownRows, wordsOf} from '../../src/tui/keys.ts'
import type {Model} from '../../src/tui/model.ts'
import {drawn, empty, figure, killedLeader, NOW, snapshot, told, upNode} from './sample.ts'

function press(model: Model, ...keys: string[]): {model: Model; orders: Order[]} {
  const orders: Order[] = []
  let now = model
  for (const key of keys) {
    const done = pressed(now, key, 8)
    now = done.model
    orders.push(...done.orders)
  }
  return {model: now, orders}
}

const acted = (orders: readonly Order[]): Action[] => orders.flatMap(o => (o.order === 'act' ? [o.action] : []))
const says = (model: Model, ...keys: string[]): string => {
  const done = press(model, ...keys)
  expect(done.orders).toEqual([])
  return done.model.command.result
}
const paused = (): Model =>
  told(killedLeader(), {
    what: 'snapshot',
    snapshot: snapshot({nodes: [upNode(1, {state: 'paused'}), upNode(2)]}),
    nowMs: NOW,
  })
const gone = (): Model => told(killedLeader(), {what: 'gone', gone: {word: 'DOWN', atMs: NOW, by: 'by chronik'}})

describe('keys', () => {
  it('1-9, arrows, j and k select a node and stop at the ends', () => {
    expect(press(killedLeader(), '3').model.selected).toBe(3)
    expect(press(killedLeader(), 'down', 'j', 'j').model.selected).toBe(3)
    expect(press(killedLeader(), 'down', 'up', 'k').model.selected).toBe(1)
    expect(says(killedLeader(), '7')).toBe('7: default has 3 nodes')
  })

  it('K x s r p act on the selected node, and the line is the command', () => {
    const cases: Array<[string[], Action, string]> = [
      [['K'], {do: 'kill', who: {nodes: [1]}}, 'chronik kill 1'],
      [['2', 'x'], {do: 'stop', who: {nodes: [2]}}, 'chronik stop 2'],
      [['3', 's'], {do: 'start', who: {nodes: [3]}}, 'chronik start 3'],
      [['r'], {do: 'restart', who: {nodes: [1]}}, 'chronik restart 1'],
      [['p'], {do: 'pause', who: {nodes: [1]}}, 'chronik pause 1'],
      [['H'], {do: 'heal'}, 'chronik heal'],
      [['L'], {do: 'kill', who: {role: 'leader'}}, 'chronik kill --leader'],
    ]
    for (const [keys, action, line] of cases) {
      const {model, orders} = press(killedLeader(), ...keys)
      expect(acted(orders)).toEqual([action])
      expect(model.command).toMatchObject({line, state: 'running', result: ''})
    }
    expect(acted(press(paused(), 'p').orders)).toEqual([{do: 'resume', who: {nodes: [1]}}])
  })

  it('P writes down the command that cuts the selected node off, to be completed; of one that is cut off, the one that heals it', () => {
    const cut = press(killedLeader(), '2', 'P')
    expect(cut.orders).toEqual([])
    expect(cut.model.typing).toEqual({what: 'command', text: 'partition 2 '})
    const run = press(cut.model, ...'--one-way in', 'enter')
    expect(run.model.command.line).toBe('chronik partition 2 --one-way in')
    const faults = [
      {name: 'f9', kind: 'pause' as const, what: '', nodes: [1], by: '', sinceWallMs: 0, state: 'in force' as const},
      {
        name: 'f12',
        kind: 'partition' as const,
        what: '',
        nodes: [1],
        by: '',
        sinceWallMs: 0,
        state: 'in force' as const,
      },
    ]
    const apart = told(killedLeader(), {what: 'snapshot', snapshot: snapshot({faults}), nowMs: NOW})
    expect(press(apart, 'P').model.typing).toEqual({what: 'command', text: 'heal f12'})
  })

  it('the line names the cluster when it has another name', () => {
    const five = {...killedLeader(), here: ' -c five', name: 'five'}
    expect(press(five, 'L').model.command.line).toBe('chronik kill --leader -c five')
    expect(press(five, 'v').model.question).toBe('verify')
    expect(drawn(press(five, 'v').model, {columns: 80, rows: 24})).toContain('$ chronik verify recovery -c five')
  })

  it('a key that cannot work now says why, and orders nothing', () => {
    expect(says(killedLeader(), 's')).toBe('s: n1 is already up')
    expect(says(killedLeader(), '3', 'K')).toBe('K: n3 is KILLED already')
    expect(says(killedLeader(), '3', 'x')).toBe('x: n3 is KILLED already')
    expect(says(killedLeader(), '3', 'r')).toBe('r: n3 is KILLED; s starts it')
    expect(says(killedLeader(), '3', 'p')).toBe('p: n3 is KILLED; s starts it')
    expect(says(paused(), 's')).toBe('s: n1 is paused; p resumes it')
    expect(says(killedLeader(), 'u')).toBe('u: default is up')
    const leaderless = told(killedLeader(), {what: 'snapshot', snapshot: snapshot({leader: 0}), nowMs: NOW})
    expect(says(leaderless, 'L')).toBe('L: __raft_metadata/0 has no leader now')
    expect(says(killedLeader(), 'b')).toBe('b: load runs already (pid 512), and it is not of this dashboard')
    expect(says(empty(), 'K')).toBe('K: nothing is known of default yet')
  })

  it('when the cluster is gone only u, : and looking work', () => {
    for (const key of ['K', 'L', 'x', 's', 'r', 'p', 'P', 'H', 'g', 'm', 'v', 'b', 'D'])
      expect(says(gone(), key)).toBe(`${key}: default is DOWN; u brings it up`)
    const {model, orders} = press(gone(), 'u')
    expect(orders).toEqual([{order: 'up', id: model.command.id}])
    expect(model.command.line).toBe('chronik cluster up')
    expect(press({...gone(), asksOnLeave: true}, 'q').orders).toEqual([{order: 'leave', stop: false}])
  })

  it('g goes round the groups: table, leader and L are those of the group shown', () => {
    const once = press(killedLeader(), 'g').model
    expect(once.group).toBe('load/0')
    const {model, orders} = press(once, 'L')
    expect(acted(orders)).toEqual([{do: 'kill', who: {role: 'leader', group: 'load/0'}}])
    expect(model.command.line).toBe('chronik kill --leader -t load --partition 0')
    const rows = drawn(once, {columns: 80, rows: 24}).split('\n')
    expect(rows[0]).toContain('n1 leads, term 2')
    expect(rows[3]).toContain(' > n1  * up           LEADER        2')
    // What the dead one said last is no role.
    expect(rows[5]).toContain('KILLED by you -')
    expect(press(once, 'g', 'g', 'g').model.group).toBe('__raft_metadata/0')
  })

  it('b starts load and ends it', () => {
    const quiet = told(empty(), {what: 'snapshot', snapshot: snapshot(), nowMs: NOW})
    const on = press(quiet, 'b')
    expect(on.orders).toEqual([{order: 'load', on: true}])
    const running = told(on.model, {what: 'ownLoad', pid: 512}, figure(10))
    expect(press(running, 'b').orders).toEqual([{order: 'load', on: false}])
    expect(drawn(told(running, {what: 'tick', nowMs: NOW + 5_000}), {columns: 80, rows: 24})).toContain('load off')
  })

  it('harm keys do not ask; D and v do', () => {
    const down = press(killedLeader(), 'D')
    expect([down.model.question, down.orders]).toEqual(['down', []])
    expect(press(down.model, 'escape').model.question).toBeUndefined()
    expect(press(down.model, 'K').orders).toEqual([])
    expect(press(down.model, 'enter').orders).toEqual([{order: 'down', id: 2}])
    const verify = press(killedLeader(), 'v')
    expect([verify.model.question, verify.orders]).toEqual(['verify', []])
    expect(press(verify.model, 'n').orders).toEqual([])
    expect(press(verify.model, 'enter').orders).toEqual([{order: 'verify'}])
  })

  it('q and Ctrl-C leave; where the dashboard came with the cluster they ask first', () => {
    for (const key of ['q', 'ctrl-c'])
      expect(press(killedLeader(), key).orders).toEqual([{order: 'leave', stop: false}])
    const started = {...killedLeader(), asksOnLeave: true}
    for (const key of ['q', 'ctrl-c'])
      expect(press(started, key)).toMatchObject({model: {question: 'leave'}, orders: []})
    expect(press(started, 'q', 'enter').orders).toEqual([{order: 'leave', stop: false}])
    expect(press(started, 'q', 'd').orders).toEqual([{order: 'leave', stop: true}])
    expect(press(started, 'q', 'escape')).toMatchObject({model: {question: undefined}, orders: []})
    expect(press(started, 'ctrl-c', 'ctrl-c').orders).toEqual([{order: 'leave', stop: false}])
  })

  it(': runs any chronik command, as it was typed', () => {
    const {model, orders} = press(killedLeader(), ':', ...'topic create "a b"', 'x', 'backspace', 'enter')
    expect(orders).toEqual([{order: 'run', id: 2, words: ['topic', 'create', 'a b']}])
    expect(model.command.line).toBe('chronik topic create "a b"')
    expect(model.focus).toBe('output')
    expect(press(killedLeader(), ':', ...'chronik status', 'enter').orders).toEqual([
      {order: 'run', id: 2, words: ['status']},
    ])
    expect(press(killedLeader(), ':', 'K', 'escape')).toMatchObject({model: {typing: undefined}, orders: []})
    expect(says(killedLeader(), ':', ...'dash', 'enter')).toBe(': this is the dashboard')
    expect(press(model, 'escape').orders).toEqual([{order: 'endRun'}])
    expect([wordsOf(`a 'b c' "d\\"e" f\\ g ''`), wordsOf('a "b')]).toEqual([['a', 'b c', 'd"e', 'f g', ''], undefined])
  })

  it('m sets a mark with the text that was typed', () => {
    expect(acted(press(killedLeader(), 'm', ...'before it', 'enter').orders)).toEqual([{do: 'mark', text: 'before it'}])
  })

  it('e w l show a pane, z zooms it, / filters it, Esc goes back step by step', () => {
    const wal = press(killedLeader(), 'w', 'z', '/', ...'hard', 'enter').model
    expect(shownRows(wal.panes.wal).map(r => r.number)).toEqual([1])
    const text = drawn(wal, {columns: 80, rows: 24})
    expect(text).toContain('── WAL /hard ──')
    expect(text).not.toContain('NODE  STATE')
    const back = press(wal, 'escape', 'escape').model
    expect([back.panes.wal.filter, back.zoomed]).toEqual(['', false])
    expect(press(wal, 'l').model.focus).toBe('log')
    expect(press(wal, 'e').model.focus).toBe('events')
  })

  it('PgUp stops following, says what came meanwhile, f follows again', () => {
    const rows = (n: number) => Array.from({length: n}, (_, i) => ({text: ` row ${i}`}))
    const full = press(told(killedLeader(), {what: 'rows', pane: 'wal', rows: rows(60)}), 'w').model
    expect(drawn(full, {columns: 80, rows: 24})).toContain('following, f holds')
    const up = press(full, 'pageup').model
    expect(drawn(up, {columns: 80, rows: 24})).toContain('+8 new, f follows')
    const more = told(up, {what: 'rows', pane: 'wal', rows: rows(14)})
    const text = drawn(more, {columns: 80, rows: 24})
    expect(text).toContain('+22 new, f follows')
    expect(text).toContain(' row 51\n')
    expect(text).not.toContain(' row 52\n')
    expect(drawn(press(more, 'f').model, {columns: 80, rows: 24})).toContain('following, f holds')
    expect(drawn(press(more, 'pagedown', 'pagedown', 'pagedown').model, {columns: 80, rows: 24})).toContain(
      'held, f follows',
    )
  })

  it('? lists every key, and any key goes back', () => {
    const help = press(killedLeader(), '?').model
    const text = drawn(help, {columns: 80, rows: 24})
    for (const key of 'K L x s r p H g b v e w l z f / m : D u q'.split(' '))
      expect(text).toMatch(new RegExp(`^ (.*\\s)?${key.replace('/', '\\/')}\\s`, 'm'))
    expect(press(help, 'K')).toMatchObject({model: {help: false}, orders: []})
  })
})
