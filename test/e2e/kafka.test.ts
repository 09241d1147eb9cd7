import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {cacheDir} from '../../src/engines/kafka/find.ts'
import {kafka} from '../../src/engines/kafka/index.ts'
import type {Report} from '../../src/verify/report/report.ts'
import {verdictsOf} from '../../src/verify/report/report.ts'
import {Home, projectRoot} from '../helpers/chronik.ts'

// Three Java processes for some minutes: part of `npm run test:long -- --part kafka`, which sets CHRONIK_KAFKA.
const asked = process.env.CHRONIK_KAFKA !== undefined
const there = await kafka.availability({kafkaHome: process.env.KAFKA_HOME})
const why = asked
  ? there.available
    ? ''
    : ` (skipped: ${there.missing} chronik engine install kafka)`
  : ' (skipped: npm run test:long -- --part kafka)'

describe.skipIf(why !== '')(`real Apache Kafka${why}`, {timeout: 240_000}, () => {
  let home: Home
  beforeAll(() => {
    home = new Home()
  })
  afterAll(async () => {
    await home.remove()
  })

  // Kafka, and the archive of its classes, are those of the user.
  const chronik = (...args: string[]) => home.run(args, {env: {XDG_CACHE_HOME: dirname(cacheDir())}})
  const report = (out: string): Report => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))
  const javas = (): string[] =>
    execFileSync('ps', ['-eo', 'args'], {encoding: 'utf8'})
      .split('\n')
      .filter(line => line.includes('kafka.Kafka') && line.includes(home.dir) && !line.includes('chronik-guard'))

  it('verify recovery passes: every check, on every node', async () => {
    const out = join(home.dir, 'recovery')
    const run = await chronik('verify', 'recovery', '--engine', 'kafka', '--out', out)
    expect(verdictsOf(report(out)).filter(v => v.result !== 'pass')).toEqual([])
    expect(run.code).toBe(0)
    expect(report(out).cluster).toMatchObject({scratch: true, nodes: 3, engine: 'kafka'})
  })

  it('damage that Kafka goes on from fails: a vote forgotten or set back, entries cut and fetched again, metadata lost', async () => {
    const out = join(home.dir, 'damage')
    const lab = join(projectRoot, 'test/e2e/labs/kafka-damage.ts')
    const run = await chronik('verify', lab, '--engine', 'kafka', '--out', out)
    expect(run.code).toBe(1)
    const failed = verdictsOf(report(out)).filter(v => v.result === 'fail')
    expect(failed.map(v => v.check)).toEqual(['D8', 'D8', 'D8e', 'D9'])
    const [vote, back, cut, lost] = failed.map(v => v.lines.map(l => l.text).join('\n'))
    expect(vote).toMatch(/can vote a second time in term \d+: the votes there are/)
    expect(back).toMatch(/can vote a second time in term \d+: the votes there are/)
    expect(cut).toMatch(/it found damage at 0+\.log@\d+ and cut its log/)
    expect(lost).toMatch(/entries \d+ to \d+ were committed, and are gone/)
  })

  it('verify recovery goes through on a Kafka that the lab was only told of; what it cannot show is unknown', async () => {
    const up = await chronik('cluster', 'up', '-c', 'far', '--engine', 'kafka', '--new-ports', '--json')
    expect(up.code).toBe(0)
    const far = join(home.clusters, 'far')
    const program = `'${process.execPath}' '${join(projectRoot, 'bin/run.js')}'`
    const exec = {
      kill: `${program} kill {node} -c far`,
      start: `${program} start {node} -c far --timeout 55s`,
      fetch: `cp -r '${far}'/node{node}/. {dir}`,
    }
    const told = [
      ...Object.entries(exec).flatMap(([verb, command]) => ['--exec', `${verb}=${command}`]),
      ...[1, 2, 3].flatMap(n => ['--node-log', `${n}=${join(far, `node${n}.log`)}`]),
    ]
    await home.ok('cluster', 'attach', '--bootstrap-server', JSON.parse(up.stdout).bootstrap[0], ...told, '-c', 'seen')
    const out = join(home.dir, 'attached')
    const run = await chronik('verify', 'recovery', '-c', 'seen', '--yes', '--out', out)
    const all = verdictsOf(report(out))
    expect(all.filter(v => v.result === 'fail')).toEqual([])
    const open = all.filter(v => v.result === 'unknown')
    expect(open.map(v => v.check)).toEqual(['L2', 'L3'])
    for (const v of open) expect(v.because).toMatch(/it would need each node's own word/)
    expect(run.code).toBe(3)
    await home.ok('cluster', 'purge', '-c', 'seen', '--yes')
    await home.ok('cluster', 'purge', '-c', 'far', '--yes')
  })

  it('a supervisor that is killed takes its Java processes with it, a stopped one too', async () => {
    const up = await chronik('cluster', 'up', '-c', 'k', '--engine', 'kafka', '--new-ports', '--json')
    expect(up.code).toBe(0)
    expect(javas()).toHaveLength(3)
    const states = await home.ok('hardstate', '-c', 'k')
    expect(states.stdout.match(/quorum-state@0 {2}term \d+ vote \d commit \d+ {2}same, leader \d/g)).toHaveLength(3)
    await home.ok('cluster', 'attach', '--bootstrap-server', JSON.parse(up.stdout).bootstrap[2], '-c', 'seen')
    const seen = JSON.parse((await home.ok('status', '-c', 'seen', '--json')).stdout)
    expect(seen).toMatchObject({health: 'HEALTHY', group: '__cluster_metadata/0'})
    expect(seen.leader).toBe(JSON.parse((await home.ok('status', '-c', 'k', '--json')).stdout).leader)
    await home.ok('cluster', 'purge', '-c', 'seen', '--yes')
    await home.ok('pause', '2', '-c', 'k')
    const {pid} = JSON.parse(readFileSync(join(home.clusters, 'k', 'supervisor.json'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    const deadline = Date.now() + 5_000
    while (javas().length > 0 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50))
    expect(javas()).toEqual([])
    await home.ok('cluster', 'purge', '-c', 'k', '--yes')
  })
})
