import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {Home, projectRoot} from '../helpers/chronik.ts'

const home = new Home()
const fixtures = join(projectRoot, 'test/fixtures/kafka')
afterAll(() => home.remove())

describe("Kafka's files on the command line", () => {
  it('wal dump shows batches and records, whatever the codec', async () => {
    const {stdout} = await home.ok('wal', 'dump', join(fixtures, 'static/n1/orders-0'), '--index', '11..14')
    expect(stdout).toMatch(/^ +597 +143 {2}ok {3}offset 10-11 {2}epoch 0 {2}2 records {2}snappy /m)
    expect(stdout).toMatch(/^ +offset 14 {2}key key-14 {2}value value-14 x+$/m)
    expect(stdout).not.toMatch(/offset 10 {2}key/)
    expect(stdout).toContain('6 batches, 19 records, 1,177 bytes, every CRC right, no torn tail')
  })

  it('wal dump --json decodes the metadata log', async () => {
    const {stdout} = await home.ok('wal', 'dump', join(fixtures, 'static/n1/__cluster_metadata-0'), '--json')
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.find(l => l.type === 'FeatureLevelRecord')).toMatchObject({
      kind: 'Record',
      offset: 2,
      fields: {name: 'metadata.version', featureLevel: 30},
    })
    expect(lines.find(l => l.kind === 'quorum-state').said).toMatchObject({leaderEpoch: 2})
  })

  it('wal verify fails for a wrong CRC, and tells a torn tail from it', async () => {
    const {code, stdout} = await home.run(['wal', 'verify', join(fixtures, 'damaged')])
    expect(code).toBe(1)
    expect(stdout.match(/^CORRUPT /gm)).toHaveLength(2)
    expect(stdout.match(/^TORN /gm)).toHaveLength(4)
    expect(stdout).toContain('00000000000000000000.log@1037  540 bytes: CRC-32C fcaedecc should be b1e443e4')
    const torn = join(fixtures, 'damaged/meta-torn-tail')
    expect((await home.run(['wal', 'verify', torn])).code).toBe(0)
    expect((await home.run(['wal', 'verify', torn, '--strict'])).code).toBe(1)
    expect((await home.run(['wal', 'verify', join(fixtures, 'snapshot'), join(fixtures, 'dynamic')])).code).toBe(0)
  })

  it('hardstate shows term and vote of quorum-state in the table of every engine', async () => {
    const {stdout} = await home.ok('hardstate', join(fixtures, 'static/t0-n2'))
    expect(stdout).toMatch(/term 1 vote 2 commit - {2}quorum-state@0 {2}- +leader 3$/m)
  })
})
