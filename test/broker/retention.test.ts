import {beforeEach, describe, expect, it} from 'vitest'
import {MetadataImage} from '../../src/broker/metadata/image.ts'
import type {PartitionReplica} from '../../src/broker/partition/partition.ts'
import type {RetentionPolicy} from '../../src/broker/partition/retention-rule.ts'
import {Retention} from '../../src/broker/retention.ts'
import {DEFAULT_SETTINGS} from '../../src/contracts/node-config.ts'
import {FakeClock} from '../helpers/fake-clock.ts'

const EVERY = DEFAULT_SETTINGS['log.retention.check.interval.ms']

/** A clock whose wall time a test moves by itself. */
class MovedClock extends FakeClock {
  aheadMs = 0

  override wallMs(): number {
    return super.wallMs() + this.aheadMs
  }
}

describe('retention', () => {
  let clock: MovedClock
  let lines: string[]
  let asked: Array<[string, RetentionPolicy]>
  let retention: Retention

  beforeEach(() => {
    clock = new MovedClock()
    lines = []
    asked = []
    const image = new MetadataImage()
    const create = (topic: string, configs: Record<string, string>): void => {
      image.apply({id: '', do: 'create-topic', topic, topicId: topic, replicas: [[1]], configs})
    }
    create('plain', {})
    create('own', {'retention.ms': '5', 'retention.bytes': '7'})
    create('keyed', {'cleanup.policy': 'compact'})
    create('__consumer_offsets', {})
    const replicas = [...image.topics.keys(), 'deleted'].map(topic => ({
      topic,
      retain: (policy: RetentionPolicy) => asked.push([topic, policy]),
    })) as unknown as PartitionReplica[]
    const log = (_level: string, line: string): void => void lines.push(line)
    retention = new Retention({clock, log}, DEFAULT_SETTINGS, image, () => replicas)
  })

  const own = {retentionMs: 5, retentionBytes: 7}
  const usual = {retentionMs: 604_800_000, retentionBytes: -1}

  it("each topic's own bounds, else the node's; nothing of what is kept by key, or is no topic any more", async () => {
    await clock.advance(EVERY - 1)
    expect(asked).toEqual([])
    await clock.advance(1)
    expect(asked).toEqual([
      ['plain', usual],
      ['own', own],
    ])
    retention.stop()
    await clock.advance(EVERY)
    expect(asked).toHaveLength(2)
  })

  it('hardening 39: after a clock that jumped ahead nothing is old until the next look, and that is said', async () => {
    clock.aheadMs = 3_600_000
    await clock.advance(EVERY)
    expect(asked).toEqual([
      ['plain', {...usual, retentionMs: -1}],
      ['own', {...own, retentionMs: -1}],
    ])
    expect(lines).toEqual([
      expect.stringMatching(/^the clock went 3600 s ahead at once: nothing is deleted for its age/),
    ])
    asked.length = 0
    await clock.advance(EVERY)
    expect(asked[1]).toEqual(['own', own])
    clock.aheadMs = 0
    await clock.advance(EVERY)
    expect(lines).toHaveLength(1)
    retention.stop()
  })
})
