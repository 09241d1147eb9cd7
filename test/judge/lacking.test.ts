import {describe, expect, it} from 'vitest'
import {runCheck} from '../../src/judge/check.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import type {EvidenceSet} from '../../src/judge/evidence.ts'
import {about, change, evidence, exit, group, reading, start} from './evidence.ts'

// Of a cluster that the lab did not start less is seen: what could not be seen accuses nobody, and says what it would need.
const lacking = {
  L2: 'their own word',
  disks: 'files (cluster attach --node-dir N=PATH)',
  told: 'a log (cluster attach --node-log N=PATH)',
}

function judged(id: string, parts: Partial<EvidenceSet>, attached = true) {
  const check = CHECKS.get(id)
  if (!check) throw new Error(`no ${id}`)
  return runCheck(check, evidence(parts), attached ? {...about, lacking} : about, '')
}

describe('checks of a cluster that the lab did not start', () => {
  it('what it can never show makes a check unknown, whatever else is there', () => {
    const changes = [change(1, {term: 5}), change(1, {term: 4, atMs: 2_000})]
    expect(judged('L2', {changes}, false).result).toBe('fail')
    expect(judged('L2', {changes})).toMatchObject({result: 'unknown', because: 'it would need their own word'})
  })

  it('evidence that is missing is named with what would give it', () => {
    const parts = {starts: [start(1)], readings: [reading(1)]}
    expect(judged('D8', parts).because).toContain('it would need files (cluster attach --node-dir N=PATH)')
    expect(judged('D8', parts, false).because).not.toContain('it would need')
  })

  it('a node that is 0 behind when last seen is not accused of being late', () => {
    const parts = {starts: [start(1, {caughtUpAtMs: undefined})], readings: [reading(1)]}
    expect(judged('L8r', parts, false).result).toBe('fail')
    expect(judged('L8r', parts).result).toBe('unknown')
    const behind = {...parts, readings: [reading(1, {groups: [group({synced: 4})]})]}
    expect(judged('L8r', behind).result).toBe('fail')
  })

  it('that a node is silent is no proof that it died; that one crashed is', () => {
    const silent = exit(1, {asked: false, silent: true})
    expect(judged('P5', {exits: [silent]}).result).toBe('unknown')
    expect(judged('P5', {exits: [silent, exit(2, {asked: false})]}).result).toBe('fail')
  })
})
