import {cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {judgeElsewhere, parseLog} from '../../src/verify/elsewhere.ts'
import {rejudge} from '../../src/verify/rejudge.ts'
import type {Report} from '../../src/verify/report/report.ts'
import {verdictsOf} from '../../src/verify/report/report.ts'
import {reportLines} from '../../src/verify/report/tty.ts'
import {readEvidence} from '../../src/verify/stored-evidence.ts'
import {projectRoot} from '../helpers/chronik.ts'
import {judged as judgedIn, verdict} from './judged.ts'
import {reportSchema} from './report-schema.ts'

const fixture = join(projectRoot, 'test/fixtures/chronik-server')
const META = 'wal/__meta/__raft_metadata/0/wal_0_0.log'
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-elsewhere-'))
})
afterEach(() => rmSync(dir, {recursive: true, force: true}))

function judged(o: {before?: string; after?: string; logs?: Array<[number, string]>} = {}): Report {
  const logs = o.logs ?? [1, 2, 3].map((n): [number, string] => [n, join(fixture, `after/node${n}/recovery.log`)])
  return judgedIn(dir, {before: o.before ?? join(fixture, 'before'), after: o.after ?? join(fixture, 'after'), logs})
}

/** A log of the server as it would read had it recovered what lies on the disk of that node. */
function soundLog(node: number, o: {leader?: number; until?: string} = {}): [number, string] {
  const states = ['', 'term=1, vote=1, commit=22', 'term=4, vote=2, commit=23', 'term=4, vote=3, commit=22']
  const line = (text: string, at = '2026-11-23T21:12:12.286253Z'): string =>
    `\u001b[2m${at}\u001b[0m \u001b[32m INFO\u001b[0m \u001b[2mchronik_wal::raft_storage_impl\u001b[0m\u001b[2m:\u001b[0m ${text}\n`
  const path = join(dir, `n${node}.log`)
  writeFileSync(
    path,
    [
      line('Starting Raft WAL recovery from "data"'),
      line('✓ Recovered 23 Raft entries (index 1-23)'),
      line(`✓ Recovered HardState: ${states[node]}`),
      ...(o.leader === undefined ? [] : [line(`became leader at term ${o.leader}`, '2026-11-23T21:12:13.1Z')]),
      ...(o.until === undefined ? [] : [line('still here', o.until)]),
    ].join(''),
  )
  return [node, path]
}

describe('verify recovery --from: directories and logs of a run made elsewhere', () => {
  it('chronik-server v2.5.0: the run fails; every HardState and every phantom is named by its byte', () => {
    const report = judged()
    expect([report.result, report.exitCode]).toEqual(['fail', 1])
    expect(report.counts).toEqual({passed: 11, failed: 2, unknown: 1, notApplicable: 0})
    expect(report.table.map(t => [t.before?.term, t.before?.commit, t.before?.at, t.after])).toEqual([
      [1, 22, 3215, {term: 1, vote: 1, commit: 0}],
      [4, 23, 3496, {term: 1, vote: 1, commit: 0}],
      [4, 22, 3496, {term: 1, vote: 1, commit: 0}],
    ])
    const hardState = verdict(report, 'D8')
    expect(hardState.lines.map(l => `${l.label} ${l.text}`.trimEnd())).toEqual([
      'n1 disk  term 1 vote 1 commit 22     wal_0_0.log@3215, 63 bytes, crc ok',
      ' node  term 1 vote 1 commit 0      n1.log@428',
      'n2 disk  term 4 vote 2 commit 23     wal_0_0.log@3496, 63 bytes, crc ok',
      ' node  term 1 vote 1 commit 0      n2.log@428',
      'n3 disk  term 4 vote 3 commit 22     wal_0_0.log@3496, 63 bytes, crc ok',
      ' node  term 1 vote 1 commit 0      n3.log@428',
      'cause a HardState with a commit also reads as an Entry, and was taken for',
      ' one; the last that does not is wal_0_0.log@0, term 1 vote 1 commit 0',
      'so n2 n3 can vote a second time in terms 2 to 4: the votes there are',
      ' forgotten',
      `see chronik wal dump RUN/nodes/n2-before/${META} --at 3496 --hex`,
    ])
    const entries = verdict(report, 'D8e')
    expect(entries.lines.filter(l => l.label.startsWith('n')).map(l => l.text)).toEqual([
      'disk  23 entries (1-23)   node  40 entries (1-23)   n1.log@319',
      'disk  23 entries (1-23)   node  43 entries (1-23)   n2.log@319',
      'disk  23 entries (1-23)   node  43 entries (1-23)   n3.log@319',
    ])
    const phantoms = entries.cites.filter(c => c.kind === 'place' && /reads as Entry/.test(c.note ?? ''))
    expect(phantoms).toHaveLength(17 + 20 + 20)
    expect(phantoms).toContainEqual({
      kind: 'place',
      node: 2,
      file: `nodes/n2-before/${META}`,
      at: 3496,
      bytes: 63,
      note: 'term 4 vote 2 commit 23 reads as Entry type 4 term 2 index 23 too',
    })
    expect(verdict(report, 'L8o')).toMatchObject({result: 'unknown', seen: 'the logs end with the recovery'})
    expect(verdict(report, 'D9').result).toBe('pass')
    expect(reportSchema.safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined()
  })

  it('the run folder is known before the first line that could name it', () => {
    const told: string[] = []
    const paths = {before: join(fixture, 'before'), after: join(fixture, 'after'), out: join(dir, 'run')}
    judgeElsewhere(
      {...paths, logs: new Map()},
      path => told.push(path),
      line => told.push(line.say),
    )
    expect(told[0]).toBe(join(dir, 'run'))
    expect(told.length).toBeGreaterThan(1)
  })

  it('all of it stays within 80 columns, the commands to type aside', () => {
    const lines = reportLines(judged(), {paint: text => text, runPath: 'latest'})
    const long = lines.filter(l => l.length > 80 && !/ chronik wal dump | {4}again: |^\?{4}/.test(l))
    expect(long).toEqual([])
  })

  it('a run folder like any other: reports, copies that are named, and verdicts that judge the same again', () => {
    const report = judged()
    const run = join(dir, 'run')
    for (const name of [
      'report.json',
      'report.md',
      'report.html',
      'report.xml',
      `nodes/n2-after/${META}`,
      'nodes/n2.log',
    ])
      expect(existsSync(join(run, name)), name).toBe(true)
    const stored = readEvidence(run)
    if (!stored) throw new Error('no evidence')
    const again = rejudge(report, stored)
    expect(again.map(r => [r.was.number, r.why, r.same])).toEqual(again.map(r => [r.was.number, undefined, true]))
    expect(readFileSync(join(run, 'report.md'), 'utf8')).toContain('directories of a run made elsewhere')
  })

  it('a server that recovers what lies there passes, in colours too; a leader in its log is seen', () => {
    const report = judged({logs: [soundLog(1), soundLog(2, {leader: 5}), soundLog(3)]})
    expect(verdictsOf(report).filter(v => v.result !== 'pass')).toEqual([])
    expect([report.result, report.exitCode]).toEqual(['pass', 0])
    expect(verdict(report, 'L8o').seen).toMatch(/^n2 says it leads term 5 \(n2\.log@\d+\)$/)
  })

  it('a leader in a term below the disks of a quorum fails, and so do logs that go on for seconds without one', () => {
    const stale = judged({logs: [soundLog(1), soundLog(2, {leader: 3}), soundLog(3)]})
    expect(verdict(stale, 'L8o')).toMatchObject({
      result: 'fail',
      because: 'the disks of a quorum had reached term 4 before',
    })
    const logs = [1, 2, 3].map(n => soundLog(n, {until: '2026-11-23T21:12:42.5Z'}))
    expect(verdict(judged({logs}), 'L8o')).toMatchObject({result: 'fail', seen: 'none in 30.2 s of every log'})
  })

  it('without a log, what was recovered is unknown, never passed', () => {
    const report = judged({logs: [soundLog(1)]})
    expect(report.result).toBe('unknown')
    expect(verdict(report, 'D8').seen).toBe('n2: no log was given (--log 2=PATH), n3: no log was given (--log 3=PATH)')
    const silent = join(dir, 'silent.log')
    writeFileSync(silent, 'hello\n')
    expect(verdict(judged({logs: [[1, silent], soundLog(2), soundLog(3)]}), 'D8')).toMatchObject({
      result: 'unknown',
      seen: 'n1: its log tells of no recovery',
    })
  })

  it('committed entries that are gone from the later disk fail, with the byte that says they were committed', () => {
    const after = join(dir, 'after')
    cpSync(join(fixture, 'after'), after, {recursive: true})
    // The second half of the log, cut at the beginning of a record.
    truncateSync(join(after, 'node3', META), 1_604)
    const report = judged({after})
    const gone = verdict(report, 'D9')
    expect(gone).toMatchObject({result: 'fail', nodes: [3]})
    expect(gone.lines.map(l => l.text)).toEqual([
      expect.stringMatching(/^term 4 vote 3 commit 22 went back to term 1 vote 1 commit \d+ +wal_0_0\.log@3496 → /),
      expect.stringMatching(/^entries \d+ to 22 were committed, and are gone +wal_0_0\.log@3496$/),
      expect.stringMatching(/--at 3496 --hex$/),
    ])
  })

  it('says what it needs', () => {
    expect(() => judged({before: join(dir, 'none')})).toThrow(/BEFORE: no folder/)
    expect(() => judged({after: dir})).toThrow(/AFTER: .* holds no folder node1, node2/)
    expect(() => judged({logs: [[4, join(fixture, 'after/node1/recovery.log')]]})).toThrow(/holds no node4/)
    expect(() => judged({logs: [[1, join(dir, 'none')]]})).toThrow(/no such file/)
    expect(parseLog('n2=a=b')).toEqual([2, 'a=b'])
    expect(() => parseLog('x')).toThrow(/a node and its log/)
  })
})
