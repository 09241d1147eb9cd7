import {type BrokerParts, defaultBrokerParts} from '../broker/parts.ts'
import {k01} from './k01-high-watermark-by-own-log.ts'
import {k02} from './k02-truncates-to-commit.ts'
import {k03} from './k03-sequences-forgotten.ts'
import {k05} from './k05-acks-all-below-min-insync.ts'
import {k06} from './k06-serves-before-applied.ts'
import {k08} from './k08-offsets-before-commit.ts'
import {k12} from './k12-retry-appended-again.ts'
import {k13} from './k13-time-index-zeroed.ts'
import {k14} from './k14-checksum-made-anew.ts'
import {k31} from './k31-newest-batch-not-shown.ts'
import {k32} from './k32-newest-batch-first.ts'
import {k33} from './k33-first-of-epoch-passed-over.ts'
import {k34} from './k34-waiting-writes-refused.ts'
import {k35} from './k35-retry-refused.ts'
import {m01} from './m01-second-change-before-commit.ts'
import {m02} from './m02-members-of-before-snapshot.ts'
import {m04} from './m04-wiped-node-votes.ts'
import {m05} from './m05-removed-leader-leads-on.ts'
import type {Plant} from './plant.ts'
import {r01} from './r01-vote-before-sync.ts'
import {r02} from './r02-vote-cleared-on-step-down.ts'
import {r04} from './r04-ignore-hardstate.ts'
import {r05} from './r05-commit-old-term-by-counting.ts'
import {r06} from './r06-ack-before-sync.ts'
import {r07} from './r07-leader-counts-itself-unsynced.ts'
import {r08} from './r08-tail-behind-conflict-kept.ts'
import {r10} from './r10-truncates-on-every-append.ts'
import {r12} from './r12-half-is-a-majority.ts'
import {r13} from './r13-leads-on-after-restart.ts'
import {r14} from './r14-never-steps-down.ts'
import {r15} from './r15-lease-by-wall-clock.ts'
import {r16} from './r16-purged-is-conflict.ts'
import {r18} from './r18-self-vote-not-stored.ts'
import {r31} from './r31-commit-before-match.ts'
import {r32} from './r32-votes-asked-before-sync.ts'
import {s01} from './s01-snapshots-sorted-as-text.ts'
import {s02} from './s02-snapshot-written-in-place.ts'
import {s03} from './s03-compact-before-snapshot-synced.ts'
import {s04} from './s04-log-start-not-stored.ts'
import {s05} from './s05-install-keeps-tail.ts'
import {s07} from './s07-snapshot-omits-producers.ts'
import {t01} from './t01-metadata-error-skipped.ts'
import {t03} from './t03-unknown-topic-deleted.ts'
import {w01} from './w01-guess-payload-kind.ts'
import {w02} from './w02-crc-not-checked.ts'
import {w03} from './w03-damage-ends-a-segment.ts'
import {w04} from './w04-torn-tail-not-cut.ts'
import {w05} from './w05-torn-tail-is-fatal.ts'
import {w06} from './w06-ghosts-by-highest-term.ts'
import {w07} from './w07-hardstate-before-entries.ts'
import {w08} from './w08-directory-not-synced.ts'
import {w09} from './w09-failed-sync-tried-again.ts'
import {w10} from './w10-disk-full-ignored.ts'
import {w12} from './w12-segments-sorted-as-text.ts'
import {w16} from './w16-late-writer-after-rotation.ts'
import {w17} from './w17-drop-newest-entries.ts'
import {w19} from './w19-crc-of-payload-only.ts'
import {w20} from './w20-sync-of-old-segment.ts'
import {w21} from './w21-recovery-without-sync.ts'
import {w22} from './w22-half-batch.ts'
import {w23} from './w23-head-takes-pending-commit.ts'
import {w24} from './w24-seal-before-head.ts'
import {w25} from './w25-act-before-listed.ts'
import {w31} from './w31-fields-out-of-order.ts'

export const PLANTS: readonly Plant[] = [
  k01,
  k02,
  k03,
  k05,
  k06,
  k08,
  k12,
  k13,
  k14,
  k31,
  k32,
  k33,
  k34,
  k35,
  m01,
  m02,
  m04,
  m05,
  r01,
  r02,
  r04,
  r05,
  r06,
  r07,
  r08,
  r10,
  r12,
  r13,
  r14,
  r15,
  r16,
  r18,
  r31,
  r32,
  s01,
  s02,
  s03,
  s04,
  s05,
  s07,
  t01,
  t03,
  w01,
  w02,
  w03,
  w04,
  w05,
  w06,
  w07,
  w08,
  w09,
  w10,
  w12,
  w16,
  w17,
  w19,
  w20,
  w21,
  w22,
  w23,
  w24,
  w25,
  w31,
]

/** By name or id; undefined when there is none. */
export function plantOf(word: string): Plant | undefined {
  return PLANTS.find(p => p.name === word || p.id === word.toUpperCase())
}

export function planted(plant: Plant): BrokerParts {
  return plant.parts(defaultBrokerParts)
}
