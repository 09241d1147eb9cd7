import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {type Report, verdictsOf} from '../../src/verify/report/report.ts'
import {Home, projectRoot} from '../helpers/chronik.ts'

// A cluster of the lab's own, of which `attach` is told nothing but an address, where files lie, and commands.
describe('a cluster that the lab did not start', {timeout: 120_000}, () => {
  let home: Home
  let bootstrap: string
  const other = (...path: string[]) => join(home.clusters, 'other', ...path)
  const verb = (name: string): string[] => [
    '--exec',
    `${name}='${process.execPath}' '${join(projectRoot, 'bin/run.js')}' ${name} {node} -c other`,
  ]
  const status = async (name: string) => JSON.parse((await home.ok('status', '-c', name, '--json')).stdout)

  beforeAll(async () => {
    home = new Home()
    const up = await home.ok('cluster', 'up', '-c', 'other', '--new-ports', '--json')
    bootstrap = JSON.parse(up.stdout).bootstrap[1]
  })
  afterAll(() => home.remove())

  it('is watched, loaded, killed and started by the commands that were given; goes on after down and purge', async () => {
    const files = [1, 2, 3].flatMap(n => [
      '--node-dir',
      `${n}=${other(`node${n}`)}`,
      '--node-log',
      `${n}=${other(`node${n}.log`)}`,
    ])
    const attached = await home.ok(
      'cluster',
      'attach',
      '--bootstrap-server',
      bootstrap,
      ...files,
      ...verb('kill'),
      ...verb('start'),
      '-c',
      'seen',
      '--json',
    )
    expect(JSON.parse(attached.stdout)).toMatchObject({
      cluster: 'seen',
      runs: 'embedded',
      verbs: ['kill', 'start'],
      files: [1, 2, 3],
    })
    const before = await status('seen')
    expect(before).toMatchObject({engine: 'attached', health: 'HEALTHY', leader: (await status('other')).leader})

    const load = await home.ok('load', '--for', '1s', '-c', 'seen', '--json')
    expect(JSON.parse(load.stdout)).toMatchObject({missing: 0, whole: true})

    const killed = await home.ok('kill', '--leader', '-c', 'seen')
    expect(killed.stdout).toMatch(new RegExp(`^n${before.leader} was leader of __raft_metadata/0 at term \\d+`))
    expect(killed.stdout).toMatch(/n\d leads term \d+ after \d+ ms/)
    const dead = (await status('other')).nodes.find((n: {id: number}) => n.id === before.leader)
    expect(dead).toMatchObject({state: 'killed'})
    const started = await home.ok('start', '-c', 'seen')
    expect(started.stdout).toMatch(/recovered term \d+ vote \d commit \d+ = what lay on its disk/)
    expect((await home.ok('hardstate', '-c', 'seen')).stdout.match(/ (same|ahead)/g)).toHaveLength(3)
    const journal = (await home.ok('events', '-c', 'seen')).stdout
    expect(journal).toMatch(/exec kill: exit 0 after \d+ ms/)

    const pause = await home.run(['pause', '1', '-c', 'seen'])
    expect(pause).toMatchObject({code: 5})
    expect(pause.stderr).toMatch(/was given no command for pause \(cluster attach --exec pause='CMD'\)/)
    expect(await home.run(['disk', 'flip', '1', '-c', 'seen'])).toMatchObject({code: 5})
    expect(await home.run(['partition', '1', '-c', 'seen'])).toMatchObject({code: 5})

    expect((await home.ok('cluster', 'down', '-c', 'seen')).stdout).toMatch(/its nodes go on/)
    expect(await status('other')).toMatchObject({health: 'HEALTHY'})
    await home.ok('cluster', 'up', '-c', 'seen')
    await home.ok('cluster', 'purge', '-c', 'seen', '--yes')
    expect(existsSync(join(home.clusters, 'seen'))).toBe(false)
    expect(existsSync(other('node1', 'wal'))).toBe(true)
    expect(await status('other')).toMatchObject({health: 'HEALTHY'})
  })

  it('a suite goes as far as there are means, and every check without evidence says what it would need', async () => {
    await home.ok('cluster', 'attach', '--bootstrap-server', bootstrap, '-c', 'bare')
    const out = join(home.dir, 'bare')
    const run = await home.run(['verify', 'recovery', '-c', 'bare', '--yes', '--out', out])
    expect(run.code).toBe(3)
    const report: Report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))
    expect(report.steps.map(s => s.result)).toEqual([...Array(7).fill('unknown'), 'pass'])
    for (const v of verdictsOf(report).filter(v => v.result !== 'pass'))
      expect(v.seen).toMatch(/--exec (kill|stop)='CMD'/)
    expect(await status('other')).toMatchObject({health: 'HEALTHY'})
  })

  it('a command that fails, and one after which the node still answers, are told with the command', async () => {
    const address = ['--bootstrap-server', bootstrap]
    await home.ok(
      'cluster',
      'attach',
      ...address,
      '--exec',
      'kill=echo no such host {host} >&2; exit 255',
      '-c',
      'fails',
    )
    const failed = await home.run(['kill', '1', '-c', 'fails'])
    expect(failed.code).toBe(4)
    expect(failed.stderr).toMatch(
      /n1: the command for kill failed: exit 255 after \d+ ms: no such host 127\.0\.0\.1\. It was: echo no such/,
    )
    expect(await status('fails')).toMatchObject({health: 'HEALTHY'})
    const again = await home.run(['cluster', 'attach', ...address, '-c', 'fails'])
    expect(again.code).toBe(5)
    expect(again.stderr).toMatch(/There is a cluster fails already \(attached, up\)/)
  })

  it('files of a dead node are fetched, shown, and gone when it is started', async () => {
    const fetch = ['--exec', `fetch=cp -r '${other()}'/node{node}/. {dir}`]
    await home.ok(
      'cluster',
      'attach',
      '--bootstrap-server',
      bootstrap,
      ...verb('kill'),
      ...verb('start'),
      ...fetch,
      '-c',
      'far',
    )
    const fetched = join(home.clusters, 'far', 'fetched', 'n3')
    await home.ok('kill', '3', '-c', 'far')
    expect(existsSync(join(fetched, 'node.json'))).toBe(true)
    expect((await home.ok('wal', 'dump', '3', '--tail', '1', '-c', 'far')).stdout).toContain(
      '/clusters/far/fetched/n3/',
    )
    await home.ok('start', '3', '-c', 'far')
    expect(existsSync(fetched)).toBe(false)
  })
})
