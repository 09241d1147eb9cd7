import {spawn, spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Nodes, until} from '../helpers/nodes.ts'

const present = spawnSync('kcat', ['-V']).status === 0

/** Runs kcat to its end. */
function kcat(args: string[], input = ''): Promise<{code: number | null; out: string; err: string}> {
  return new Promise((resolve, reject) => {
    const child = spawn('kcat', args, {stdio: ['pipe', 'pipe', 'pipe']})
    let out = ''
    let err = ''
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', code => resolve({code, out, err}))
    child.stdin.end(input)
  })
}

function lines(from: number, to: number, prefix = 'v'): string[] {
  return Array.from({length: to - from}, (_, n) => `${prefix}${from + n}`)
}

describe.skipIf(!present)(`kcat${present ? '' : ' (skipped: kcat is not installed)'}`, {timeout: 120_000}, () => {
  let nodes: Nodes

  beforeAll(async () => {
    nodes = await Nodes.create()
    await nodes.startAll()
    await nodes.leader()
  }, 60_000)

  afterAll(() => nodes.remove())

  async function produce(topic: string, values: string[], ...more: string[]): Promise<void> {
    const done = await kcat(
      ['-P', '-b', nodes.bootstrap.join(','), '-t', topic, '-X', 'acks=all', ...more],
      `${values.join('\n')}\n`,
    )
    expect(done, done.err).toMatchObject({code: 0})
  }

  /** Every value of a topic, partition after partition. */
  async function consume(topic: string, ...more: string[]): Promise<string[]> {
    const done = await kcat([
      '-C',
      '-b',
      nodes.bootstrap.join(','),
      '-t',
      topic,
      '-o',
      'beginning',
      '-e',
      '-q',
      ...more,
    ])
    expect(done, done.err).toMatchObject({code: 0})
    return done.out.split('\n').filter(l => l !== '')
  }

  it('lists brokers and topics alike from each node', async () => {
    await produce('listed', ['x'])
    for (const broker of nodes.bootstrap) {
      const done = await kcat(['-L', '-J', '-b', broker])
      const seen = JSON.parse(done.out) as {
        brokers: Array<{id: number}>
        topics: Array<{topic: string; partitions: unknown[]}>
      }
      expect(seen.brokers.map(b => b.id).sort()).toEqual([1, 2, 3])
      expect(seen.topics.find(t => t.topic === 'listed')?.partitions).toHaveLength(3)
    }
  })

  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    it(`${codec}: what was produced is consumed, in order`, async () => {
      const values = lines(0, 500, `${codec}-with-some-length-`)
      await produce(`z-${codec}`, values, '-z', codec, '-p', '0')
      expect(await consume(`z-${codec}`, '-p', '0')).toEqual(values)
      // It came compressed and was kept so: its text is not in the log.
      const log = readFileSync(
        join(nodes.config(await nodes.leader(`z-${codec}/0`)).dataDir, `wal/z-${codec}/0/wal_0_0.log`),
        'latin1',
      )
      const found = log.split(`${codec}-with-some-length-`).length - 1
      if (codec === 'none') expect(found).toBe(500)
      else expect(found).toBeLessThan(100)
    })

  it('a group reads everything, and goes on where it was', async () => {
    const group = async (): Promise<string[]> => {
      const done = await kcat([
        '-b',
        nodes.bootstrap.join(','),
        '-G',
        'readers',
        '-X',
        'auto.offset.reset=earliest',
        '-e',
        '-q',
        'grouped',
      ])
      expect(done, done.err).toMatchObject({code: 0})
      return done.out
        .split('\n')
        .filter(l => l !== '')
        .sort()
    }
    await produce('grouped', lines(0, 30))
    expect(await group()).toEqual(lines(0, 30).sort())
    await produce('grouped', lines(30, 40))
    expect(await group()).toEqual(lines(30, 40).sort())
  })

  it('an idempotent producer goes on through the death of the leader: everything once and in order', async () => {
    await produce('durable', ['first'], '-p', '0')
    const child = spawn('kcat', [
      ...['-P', '-b', nodes.bootstrap.join(','), '-t', 'durable', '-p', '0'],
      ...['-X', 'enable.idempotence=true', '-X', 'linger.ms=0', '-X', 'retry.backoff.ms=50'],
    ])
    let err = ''
    child.stderr.on('data', chunk => {
      err += chunk
    })
    const ended = new Promise<number | null>(done => child.on('close', done))
    const victim = await nodes.leader('durable/0')
    const written = async (least: number): Promise<unknown> =>
      until(
        async () => {
          const leader = await nodes.leader('durable/0')
          const found = (await nodes.state(leader)).partitions.find(p => p.topic === 'durable' && p.partition === 0)
          return (found?.highWatermark ?? 0) >= least ? true : undefined
        },
        {what: `${least} records of durable/0`, withinMs: 30_000},
      )
    // kcat reads its input in large pieces: values long enough to fill some.
    const long = (from: number, to: number): string[] => lines(from, to, 'v'.repeat(1_000))
    child.stdin.write(`${long(0, 200).join('\n')}\n`)
    await written(100)
    const killed = nodes.end(victim, 'SIGKILL')
    child.stdin.write(`${long(200, 400).join('\n')}\n`)
    await killed
    await written(250)
    child.stdin.end(`${long(400, 500).join('\n')}\n`)
    expect(await ended, err).toBe(0)
    expect(await consume('durable', '-p', '0')).toEqual(['first', ...long(0, 500)])
    await nodes.start(victim)
  })
})
