import {OFFSETS_TOPIC} from '../base/ids.ts'
import type {NodeSettings} from '../contracts/node-config.ts'
import type {Io} from '../io/ports.ts'
import type {MetadataImage} from './metadata/image.ts'
import type {PartitionReplica} from './partition/partition.ts'
import type {RetentionPolicy} from './partition/retention-rule.ts'

/** The wall clock is believed when it goes at most so much faster than the monotonic one, between two looks. */
const JUMP_MS_MAX = 60_000

/** Looks from time to time which records of the partitions led here are older, or more, than their topic keeps. */
export class Retention {
  readonly #io: Pick<Io, 'clock' | 'log'>
  readonly #settings: NodeSettings
  readonly #image: MetadataImage
  readonly #replicas: () => Iterable<PartitionReplica>
  #ahead: number
  #stopped = false

  constructor(
    io: Pick<Io, 'clock' | 'log'>,
    settings: NodeSettings,
    image: MetadataImage,
    replicas: () => Iterable<PartitionReplica>,
  ) {
    this.#io = io
    this.#settings = settings
    this.#image = image
    this.#replicas = replicas
    this.#ahead = io.clock.wallMs() - io.clock.monotonicMs()
    this.#later()
  }

  stop(): void {
    this.#stopped = true
  }

  #later(): void {
    this.#io.clock.after(this.#settings['log.retention.check.interval.ms'], () => {
      if (this.#stopped) return
      this.#look()
      this.#later()
    })
  }

  #look(): void {
    const {clock} = this.#io
    const nowMs = clock.wallMs()
    const ahead = nowMs - clock.monotonicMs()
    const jumped = ahead - this.#ahead > JUMP_MS_MAX
    if (jumped)
      this.#io.log(
        'WARN',
        `the clock went ${Math.round((ahead - this.#ahead) / 1_000)} s ahead at once: nothing is deleted for its age until the next look, ${this.#settings['log.retention.check.interval.ms']} ms from now`,
      )
    this.#ahead = ahead
    for (const replica of this.#replicas()) {
      const policy = this.#policy(replica.topic)
      if (policy) replica.retain(jumped ? {...policy, retentionMs: -1} : policy, nowMs)
    }
  }

  #policy(topic: string): RetentionPolicy | undefined {
    const configs = this.#image.topics.get(topic)?.configs
    if (!configs || topic === OFFSETS_TOPIC || configs['cleanup.policy'] === 'compact') return undefined
    return {
      retentionMs: Number(configs['retention.ms'] ?? this.#settings['retention.ms']),
      retentionBytes: Number(configs['retention.bytes'] ?? this.#settings['retention.bytes']),
    }
  }
}
