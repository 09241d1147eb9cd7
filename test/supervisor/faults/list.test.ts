import {existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {Action} from '../../../src/contracts/action.ts'
import {FaultList, forgetLeftFaults, leftFaults} from '../../../src/supervisor/faults/list.ts'
import {Journal} from '../../../src/supervisor/journal.ts'
import {until} from '../../helpers/nodes.ts'

const me = {name: 'test', pid: 7}
const resume: Action = {do: 'resume', who: {nodes: [1]}}

let dir: string
let journal: Journal
let expired: string[]
let list: FaultList

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'chronik-faults-')))
  journal = new Journal(dir)
  expired = []
  list = new FaultList(dir, journal, {expired: f => expired.push(f.name), changed: () => undefined})
})
afterEach(() => {
  list.end('the test is over')
  rmSync(dir, {recursive: true, force: true})
})

const pause = (forMs?: number) =>
  list.begin({kind: 'pause', what: 'n1 SIGSTOP pid 9', nodes: [1], forMs}, me, () => ({act: resume}))

describe('the list of faults', () => {
  it('hardening 48: what undoes a fault is on the disk before it may act, and gone when it is healed', () => {
    const fault = pause()
    expect(fault.name).toBe('f1')
    expect(leftFaults(dir)).toMatchObject([{name: 'f1', undo: {act: resume}, state: 'asked'}])
    const [line] = readFileSync(join(dir, 'events.jsonl'), 'utf8').split('\n')
    expect(JSON.parse(line)).toMatchObject({
      number: 1,
      kind: 'fault',
      node: 1,
      data: {fault: 'f1', undo: {act: resume}},
    })
    list.proven(fault, 'seen')
    expect(leftFaults(dir)).toMatchObject([{state: 'in force', proof: 'seen'}])
    list.healed(fault, 'resumed')
    expect(existsSync(join(dir, 'faults.json'))).toBe(false)
    expect(journal.from(1).map(e => e.kind)).toEqual(['fault', 'proven', 'healed'])
    list.healed(fault, 'twice')
    expect(journal.number).toBe(3)
  })

  it('one that was not seen says so', () => {
    list.proven(pause(), undefined, 'pid 9 goes on')
    expect(journal.from(2)[0].text).toBe('f1 NOT seen in force: pid 9 goes on')
    expect(list.all()[0].state).toBe('not seen')
  })

  it('a lease expires by itself, once', async () => {
    pause(1)
    await until(async () => (expired.length > 0 ? true : undefined), {what: 'its end', withinMs: 5_000})
    expect(expired).toEqual(['f1'])
    list.healed(list.all()[0], 'expired')
    expect(list.all()).toEqual([])
  })

  it('one of several nodes is over with its last node', () => {
    list.begin({kind: 'kill', what: 'n1 n2', nodes: [1, 2], forMs: 60_000}, me, () => ({act: {do: 'start'}}))
    list.over(['pause'], 1, 'another kind')
    list.over(['kill', 'stop'], 1, 'started')
    expect(leftFaults(dir)).toMatchObject([{nodes: [2]}])
    list.over(['kill', 'stop'], 2, 'started')
    expect(list.all()).toEqual([])
  })

  it('hardening 40: after a sleep of the machine what expired on the wall is healed, and the journal says how long it slept', () => {
    pause(60_000)
    pause()
    const wall = Date.now()
    const monotonic = performance.now()
    list.look(wall, monotonic)
    list.look(wall + 1_000, monotonic + 1_000)
    expect(expired).toEqual([])
    list.look(wall + 7_981_000, monotonic + 2_000)
    expect(expired).toEqual(['f1'])
    expect(journal.from(journal.number)[0]).toMatchObject({
      kind: 'slept',
      text: 'The machine slept 7979 s. f1 expired meanwhile. Timings across the gap do not count.',
    })
  })

  it('what a dead supervisor left is read as far as it makes sense', () => {
    pause()
    writeFileSync(join(dir, 'faults.json'), '[{"name":"f1","what":"x"}, 3, null, {"name":5}]')
    expect(leftFaults(dir)).toEqual([{name: 'f1', what: 'x'}])
    writeFileSync(join(dir, 'faults.json'), '[{"name"')
    expect(leftFaults(dir)).toEqual([])
    forgetLeftFaults(dir)
    expect(existsSync(join(dir, 'faults.json'))).toBe(false)
  })
})
