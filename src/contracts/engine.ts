import type {GroupName} from '../base/ids.ts'
import type {AttachedOptions, Runs} from './attached.ts'

export type EngineName = Runs | 'attached'

/** Faults that not every engine can take. Killing, stopping, pausing and damaging files of a stopped node any process takes. */
export type EngineFault = 'links' | 'disk' | 'clock' | 'power-loss' | 'crash-points' | 'plants' | 'members'

/** What an engine promises, and how its state may move: data, handed to checks and to whoever shows a cluster. */
export interface EngineContract {
  /** The group that holds topics and brokers. */
  metadataGroup: GroupName
  /** What a client may count on when a write with acks=all was acknowledged. */
  acknowledged: string
  rules: EngineRules
  /** Why a fault does not apply to this engine. One that is not named does. */
  cannot: Partial<Record<EngineFault, string>>
}

export interface EngineRules {
  /** The disk says up to where the log is committed. Where it does not, only term and vote are compared. */
  commitOnDisk: boolean
  /** A candidate that wins writes its own vote off in the same term. */
  winnerForgetsItsVote: boolean
  /** Topics are no Raft groups: of their logs only the frames are judged. */
  opaqueTopics: boolean
  /** Recovery may cut entries that it finds damaged, and get them from the leader again. */
  cutsAndFetchesAgain: boolean
  /** After an election a client may be told a high watermark that is lower than one before, and a group's offset from below it. */
  highWatermarkMayLag: boolean
  /** The acks with which a lab loads it by itself. */
  loadAcks: '1' | 'all'
  /** A leader has to be there within this time, ms, on a machine that is busy: after a kill, or after the start of all. */
  leaderWithinMs: number
}

/** What the user gave an engine that is not part of chronik; remembered with the cluster. */
export interface EngineOptions {
  /** chronik-server: the program. */
  binary?: string
  /** kafka: a distribution, or a folder of jars. */
  kafkaHome?: string
  /** kafka: any property of a broker, as `--set` gave it. */
  properties?: Record<string, string>
  /** attached: where its nodes are, and what may be done to them. */
  attached?: AttachedOptions
}
