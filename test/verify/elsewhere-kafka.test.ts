import {cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {Report} from '../../src/verify/report/report.ts'
import {verdictsOf} from '../../src/verify/report/report.ts'
import {projectRoot} from '../helpers/chronik.ts'
import {judged as judgedIn, verdict} from './judged.ts'

// Three replicas of one metadata log, as Kafka 4.3.1 left them when all were killed: byte for byte the same, with their own quorum-state.
const fixture = join(projectRoot, 'test/fixtures/kafka/static/n1')
const QUORUM_STATE = '__cluster_metadata-0/quorum-state'
const LOG = '__cluster_metadata-0/00000000000000000000.log'
const VOTES = [-1, 1, -1]
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-elsewhere-kafka-'))
  for (const side of ['before', 'after'])
    for (const [i, votedId] of VOTES.entries()) {
      cpSync(fixture, join(dir, side, `node${i + 1}`), {recursive: true})
      state(side, i + 1, {votedId})
    }
  writeFileSync(join(dir, 'before', 'expected.jsonl'), 'somebody else\n')
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

function state(side: string, node: number, change: {votedId?: number; leaderEpoch?: number; leaderId?: number}): void {
  const path = join(dir, side, `node${node}`, QUORUM_STATE)
  writeFileSync(path, JSON.stringify({...JSON.parse(readFileSync(path, 'utf8')), ...change}))
}

function judged(logs: Array<[number, string]> = []): Report {
  return judgedIn(dir, {before: join(dir, 'before'), after: join(dir, 'after'), logs})
}

/** What a node of Kafka prints when it is started on such a directory. */
function log(node: number, o: {epoch?: number; vote?: number; end?: number; leads?: number} = {}): [number, string] {
  const line = (at: string, text: string): string => `2026-11-26T09:35:${at}Z INFO ${text}\n`
  const vote =
    (o.vote ?? VOTES[node - 1]) < 0
      ? 'Optional.empty'
      : `Optional[ReplicaKey(id=${o.vote ?? VOTES[node - 1]}, directoryId=x)]`
  const path = join(dir, `n${node}.log`)
  writeFileSync(
    path,
    [
      line(
        '49.334',
        '[LogLoader partition=__cluster_metadata-0, dir=/d] Loading producer state till offset 0 (UnifiedLog)',
      ),
      line(
        '49.374',
        `[LogLoader partition=__cluster_metadata-0, dir=/d] Loading producer state till offset ${o.end ?? 120} (UnifiedLog)`,
      ),
      line(
        '49.855',
        `[RaftManager id=${node}] Completed transition to UnattachedState(epoch=${o.epoch ?? 2}, leaderId=OptionalInt[1], votedKey=${vote}, voters=[1, 2, 3]) from null (QuorumState)`,
      ),
      ...(o.leads
        ? [
            line(
              '50.900',
              `[RaftManager id=${node}] Completed transition to Leader(localVoterNode=x, epoch=${o.leads}) from CandidateState(x) (QuorumState)`,
            ),
          ]
        : []),
    ].join(''),
  )
  return [node, path]
}

describe('verify recovery --from: directories of Apache Kafka', () => {
  it('seen as what they are; the same before and after passes, and logs that say so too', () => {
    const report = judged([1, 2, 3].map(n => log(n, {end: lastOffset() + 1, ...(n === 2 ? {leads: 3} : {})})))
    expect(report.cluster).toMatchObject({engine: 'kafka', nodes: 3})
    expect(verdictsOf(report).filter(v => v.result !== 'pass')).toEqual([])
    expect(report.table.map(t => [t.before?.term, t.before?.vote, t.after?.term])).toEqual([
      [2, 0, 2],
      [2, 1, 2],
      [2, 0, 2],
    ])
    expect(verdict(report, 'L8o').seen).toMatch(/^n2 says it leads term 3 \(n2\.log@\d+\)$/)
  })

  it('a node that says another epoch, or another end of its log, than lies on its disk fails', () => {
    const report = judged([
      log(1, {end: lastOffset() + 1}),
      log(2, {epoch: 1, end: lastOffset() + 1}),
      log(3, {end: 7}),
    ])
    expect(verdict(report, 'D8')).toMatchObject({result: 'fail', nodes: [2]})
    expect(
      verdict(report, 'D8')
        .lines.map(l => l.text)
        .join('\n'),
    ).toMatch(/can vote a second time in term 2/)
    expect(verdict(report, 'D8e')).toMatchObject({result: 'fail', nodes: [3]})
  })

  it('a vote that is forgotten, an epoch that went back, a second vote in an epoch fail', () => {
    state('after', 2, {votedId: -1})
    expect(verdict(judged(), 'D9')).toMatchObject({
      result: 'fail',
      nodes: [2],
      because: 'the vote for 1 in term 2 is forgotten',
    })
    state('after', 2, {votedId: 3})
    expect(verdict(judged(), 'D9').because).toBe('voted for 1 and for 3 in term 2')
    state('after', 2, {votedId: 1, leaderEpoch: 1})
    expect(verdict(judged(), 'D9').because).toBe('term 2 vote 1 went back to term 1 vote 1')
  })

  it('metadata that a quorum held and that is gone afterwards fails; what one node alone held may go', () => {
    const last = lastOffset()
    truncateSync(join(dir, 'after/node1', LOG), 2_000)
    const gone = verdict(judged(), 'D9')
    expect(gone).toMatchObject({result: 'fail', nodes: [1]})
    expect(gone.because).toMatch(
      new RegExp(`^entries \\d+ to ${last} lay on a quorum in its newest term, and are gone$`),
    )
    for (const node of [2, 3]) truncateSync(join(dir, 'before', `node${node}`, LOG), 2_000)
    for (const node of [2, 3]) truncateSync(join(dir, 'after', `node${node}`, LOG), 2_000)
    expect(verdict(judged(), 'D9').result).toBe('pass')
  })

  it('without logs what was recovered is unknown, and says so', () => {
    const report = judged()
    expect([report.result, report.exitCode]).toEqual(['unknown', 3])
    expect(verdict(report, 'D8').seen).toMatch(/no log was given \(--log 1=PATH\)/)
    const silent = join(dir, 'silent.log')
    writeFileSync(silent, 'hello\n')
    expect(verdict(judged([[1, silent]]), 'D8').seen).toMatch(/n1: its log tells of no recovery/)
  })
})

function lastOffset(): number {
  const dump = readFileSync(join(fixture, `${LOG}.dump.txt`), 'utf8')
  return Number([...dump.matchAll(/lastOffset: (\d+)/g)].at(-1)?.[1])
}
