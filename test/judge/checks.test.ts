import {describe, expect, it} from 'vitest'
import type {LogTold} from '../../src/contracts/node-state.ts'
import {embedded} from '../../src/engines/embedded.ts'
import {kafka} from '../../src/engines/kafka/index.ts'
import {runCheck} from '../../src/judge/check.ts'
import {CHECKS} from '../../src/judge/checks/index.ts'
import {type EvidenceSet, emptyEvidence, type TopicOrder} from '../../src/judge/evidence.ts'
import {
  about,
  Book,
  change,
  disk,
  evidence,
  exit,
  fault,
  group,
  onDisk,
  reading,
  report,
  start,
  topics,
  window,
} from './evidence.ts'

interface Trial {
  accepts: Record<string, Partial<EvidenceSet>>
  rejects: Record<string, {evidence: Partial<EvidenceSet>; seen: RegExp; nodes?: number[]; cause?: RegExp}>
  cannotSee?: Record<string, Partial<EvidenceSet>>
}

const all = [1, 2, 3]
const restarted = (recovery = report(), more = {}): Partial<EvidenceSet> => ({
  disks: all.map(n => disk(n)),
  starts: all.map(n => start(n)),
  readings: all.map(n => reading(n, {groups: [group({recovery})]})),
  ...more,
})
/** groups.log does not list it, and there is no more than a head. */
const unborn = onDisk({
  records: 0,
  hardState: undefined,
  votes: [],
  lastIndex: 0,
  entries: 0,
  terms: [],
  torn: [{file: 'wal_0_0.log', at: 0, bytes: 512, why: 'an interrupted birth: not listed in groups.log'}],
})
const place = (at: number) => ({file: 'wal/__meta/__raft_metadata/0/wal_0_0.log', at, bytes: 63})
/** The disk of a node with these terms and votes, in the order in which they were written. */
const voted = (node: number, ...states: Array<[term: number, vote: number]>) =>
  disk(node, {groups: [onDisk({votes: states.map(([term, vote], i) => ({term, vote, commit: 0, ...place(i + 1)}))})]})
const held = (values: string[]) =>
  values.map((value, i) => ({value, group: 't/0', offset: i, index: i + 2, ...place(100 * i)}))
const good = new Book().sent('a', 0).sent('b', 1).read(0, {0: 'a', 1: 'b'}).drained({0: 'a', 1: 'b'}, 2).operations

/** The same disk, copied before a restart and after it. */
const twice = (later: Parameters<typeof onDisk>[0]): Partial<EvidenceSet> => ({
  disks: [disk(1), disk(1, {after: '', groups: [onDisk(later)]})],
})
/** What logs say of the restart of all three. */
const told = (change: Partial<LogTold>): Partial<EvidenceSet> => ({
  disks: all.map(n => disk(n)),
  readings: all.map(n => ({
    ...reading(n),
    live: undefined,
    source: 'log',
    told: {
      file: `nodes/n${n}.log`,
      bytes: 6_000,
      began: {at: 0, bytes: 80, wallMs: 1_000},
      recoveries: 1,
      ended: {at: 500, bytes: 60, wallMs: 1_001},
      group: '__raft_metadata/0',
      leaderships: [],
      ...change,
    },
  })),
})
const ordered = (name: string, parts: Partial<TopicOrder> = {}): TopicOrder => ({
  do: 'create',
  name,
  partitions: 3,
  through: 1,
  atMs: 10,
  endedAtMs: 20,
  result: 'ok',
  ...parts,
})
/** CRC-32 of the 31 entries; of one of them another one. */
const sums = (other = 0) => ({from: 1, crc32: Array.from({length: 31}, (_, i) => (i + 1 === other ? 7 : 100 + i))})
/** Two of three die at 905 ms, one comes back at 2,000. */
const minority: Partial<EvidenceSet> = {
  faults: [fault({nodes: [1, 2], ended: ['old1', 'old2']})],
  starts: [start(1, {orderedAtMs: 2_000})],
}
const broken = onDisk({damage: [{...place(900), why: 'CRC 1 should be 2'}]})

/** Each check, with evidence that it must accept, that it must reject, and that leaves it without a word. */
const TRIALS: Record<string, Trial> = {
  D1: {
    accepts: {
      'a sound log': {disks: [disk(1)]},
      'a torn end': {disks: [disk(1, {groups: [onDisk({torn: [{...place(3_559), why: 'ends early'}]})]})]},
    },
    rejects: {
      'damage in the middle': {
        evidence: {
          disks: [disk(1), disk(2, {groups: [onDisk({damage: [{...place(900), why: 'CRC 1 should be 2'}]})]})],
        },
        seen: /n2 .*CRC 1 should be 2/,
        nodes: [2],
      },
    },
    cannotSee: {'no copy': {}, 'a copy without a log': {disks: [disk(1, {groups: []})]}},
  },
  D2: {
    accepts: {'payloads of their kind': {disks: [disk(1)]}},
    rejects: {
      'a payload that does not decode': {
        evidence: {disks: [disk(1, {groups: [onDisk({undecodable: [{...place(800), why: 'entry type 7'}]})]})]},
        seen: /entry type 7/,
      },
      'an entry of term 0': {
        evidence: {disks: [disk(1, {groups: [onDisk({terms: [{from: 1, term: 0}]})]})]},
        seen: /term 0/,
      },
    },
  },
  D3: {
    accepts: {'every index once': {disks: [disk(1)]}},
    rejects: {
      'a hole': {
        evidence: {disks: [disk(1, {groups: [onDisk({entries: 29, holes: [{from: 5, to: 6}]})]})]},
        seen: /index 5 to 6 is missing/,
      },
      'a term that falls': {
        evidence: {
          disks: [
            disk(1, {
              groups: [
                onDisk({
                  terms: [
                    {from: 1, term: 3},
                    {from: 9, term: 2},
                  ],
                }),
              ],
            }),
          ],
        },
        seen: /falls from 3 to 2 at index 9/,
      },
      'fewer entries than indexes': {
        evidence: {disks: [disk(1, {groups: [onDisk({entries: 30})]})]},
        seen: /30 entries in 1 to 31/,
      },
    },
  },
  D4: {
    accepts: {
      'a HardState that fits': {disks: [disk(1)]},
      'a log that was just born': {
        disks: [disk(1, {groups: [onDisk({hardState: undefined, entries: 0, lastIndex: 0, terms: [], votes: []})]})],
      },
    },
    rejects: {
      'a term below the newest entry': {
        evidence: {disks: [disk(1, {groups: [onDisk({hardState: {term: 2, vote: 0, commit: 3, ...place(1)}})]})]},
        seen: /entries of term 3/,
      },
      'a commit above the log': {
        evidence: {disks: [disk(3, {groups: [onDisk({hardState: {term: 3, vote: 1, commit: 32, ...place(1)}})]})]},
        seen: /last index 31/,
        nodes: [3],
      },
      'a commit below the snapshot': {
        evidence: {
          disks: [
            disk(1, {
              groups: [onDisk({snapshot: {index: 10, term: 1}, hardState: {term: 3, vote: 1, commit: 9, ...place(1)}})],
            }),
          ],
        },
        seen: /snapshot index 10/,
      },
      'entries without a HardState': {
        evidence: {disks: [disk(1, {groups: [onDisk({hardState: undefined})]})]},
        seen: /no HardState/,
      },
    },
  },
  D6: {
    accepts: {
      'a sound snapshot, and others of the same state': {
        disks: [1, 2, 3].map(n => disk(n, {groups: [onDisk({snapshot: {index: 10, term: 1, stateHash: 'aa'}})]})),
      },
      'snapshots at other indexes': {
        disks: [1, 2].map(n => disk(n, {groups: [onDisk({snapshot: {index: 10 + n, term: 1, stateHash: `${n}`}})]})),
      },
    },
    rejects: {
      'a snapshot that is missing or unsound': {
        evidence: {
          disks: [
            disk(2, {
              groups: [
                onDisk({
                  snapshot: {index: 10, term: 1},
                  damage: [{file: 'g/snapshots/snapshot_10_1.snap', at: 0, bytes: 9, why: 'its CRC is wrong'}],
                }),
              ],
            }),
          ],
        },
        seen: /its CRC is wrong/,
        nodes: [2],
      },
      'two states at one index': {
        evidence: {
          disks: [1, 3].map(n => disk(n, {groups: [onDisk({snapshot: {index: 10, term: 1, stateHash: `${n}${n}`}})]})),
        },
        seen: /n1 and n3 hold other states of .* at index 10/,
        nodes: [3],
      },
    },
  },
  D5: {
    accepts: {
      'one vote a term': {disks: [disk(1)]},
      'votes that made a leader, on the disks': {
        changes: [change(1, {role: 'leader', term: 3, votes: [1, 2], atMs: 500})],
        disks: [disk(1), disk(2)],
      },
      'a copy from before the election': {
        changes: [change(1, {role: 'leader', term: 9, votes: [1, 2], atMs: 2_000})],
        disks: [disk(1), disk(2)],
      },
      'a log that was begun anew after the election': {
        changes: [change(1, {role: 'leader', term: 9, votes: [2], atMs: 500})],
        readings: [reading(2, {groups: [group({recovery: report({born: true})})]}, 700)],
        disks: [disk(2)],
      },
      'a log of which only the end is known': {
        changes: [change(1, {role: 'leader', term: 9, votes: [2], atMs: 500})],
        disks: [voted(2, [9, 0])],
      },
    },
    rejects: {
      'a vote that made a leader and that a disk does not know': {
        evidence: {
          changes: [change(1, {role: 'leader', term: 4, votes: [1, 2], atMs: 500})],
          disks: [voted(1, [1, 2], [4, 1]), disk(2)],
        },
        seen: /n2 __raft_metadata\/0: voted for n1 in term 4, and its disk does not know/,
        nodes: [2],
      },
      'two votes in a term': {
        evidence: {
          disks: [voted(1, [2, 1], [2, 3])],
        },
        seen: /voted for 1 and for 3 in term 2/,
      },
      'a term that falls': {
        evidence: {
          disks: [voted(1, [3, 0], [2, 3])],
        },
        seen: /fell from 3 to 2/,
      },
      'a vote that is forgotten': {
        evidence: {
          disks: [voted(1, [2, 1], [2, 0])],
        },
        seen: /forgot its vote/,
      },
    },
  },
  D7o: {
    accepts: {
      'on one disk': {
        disks: all.map(n => disk(n, {records: n === 1 ? held(['a']) : []})),
        history: new Book().sent('a', 0, {acks: 1}).operations,
      },
    },
    rejects: {
      'on no disk': {
        evidence: {disks: all.map(n => disk(n)), history: new Book().sent('a', 0, {acks: 1}).operations},
        seen: /1 acknowledged record of 1 on fewer/,
      },
    },
    cannotSee: {'only acks=all': {disks: all.map(n => disk(n)), history: new Book().sent('a', 0).operations}},
  },
  D7: {
    accepts: {
      'on all three': {disks: all.map(n => disk(n, {records: held(['a', 'b'])})), history: good},
      'on two of three': {
        disks: [
          disk(1, {records: held(['a', 'b'])}),
          disk(2, {records: held(['a', 'b'])}),
          disk(3, {groups: [onDisk({lastIndex: 20})]}),
        ],
        changes: [change(1, {commit: 31, term: 3, atMs: 500})],
        readings: [reading(1)],
        history: good,
      },
      'told as committed after the copies, or under members that are others by now': {
        disks: all.map(n =>
          disk(n, {records: held(['a', 'b']), groups: [onDisk(), onDisk({group: 't/0', lastIndex: 2})]}),
        ),
        changes: [
          change(1, {commit: 32, term: 3, atMs: 1_100}),
          change(1, {group: 't/0', commit: 3, term: 3, atMs: 500}),
        ],
        readings: [
          reading(1, {groups: [group(), group({group: 't/0'})]}),
          reading(2, {groups: [group(), group({group: 't/0', learners: [4]})]}),
        ],
        history: good,
      },
      'told as committed, and on two of three voters: learners have no say': {
        disks: [1, 2, 3, 4].map(n =>
          disk(n, {records: held(['a', 'b']), groups: [onDisk({lastIndex: n < 3 ? 31 : 30})]}),
        ),
        changes: [change(1, {commit: 31, term: 3, atMs: 500})],
        readings: [reading(1, {groups: [group({learners: [4]})]})],
        history: good,
      },
      'deleted because a client asked for it': {
        disks: all.map(n => disk(n, {records: held(['a', 'b']).slice(1)})),
        history: [...good, {...good[0], number: 9, do: 'delete', offset: 1, logStart: 1}],
      },
    },
    rejects: {
      'told as committed, and on one disk of three': {
        evidence: {
          disks: [disk(1), disk(2, {groups: [onDisk({lastIndex: 30})]}), disk(3, {groups: [onDisk({lastIndex: 30})]})],
          changes: [change(1, {commit: 31, term: 3, atMs: 500})],
          readings: [reading(1)],
          history: good,
        },
        seen: /n1 told commit 31 at term 3; of n1 n2 n3 only n1 has entry 31/,
        nodes: [1],
      },
      'on one disk only': {
        evidence: {
          disks: [disk(1, {records: held(['a', 'b'])}), disk(2, {records: held(['a'])}), disk(3)],
          history: good,
        },
        seen: /1 acknowledged record of 2 on fewer/,
      },
      'at another offset': {
        evidence: {disks: all.map(n => disk(n, {records: held(['b', 'a'])})), history: good},
        seen: /2 acknowledged records of 2/,
      },
    },
    cannotSee: {
      'too few copies': {disks: [disk(1), disk(2)], history: good},
      'nothing acknowledged before the copies': {disks: all.map(n => disk(n, {copiedAtMs: 0})), history: good},
      'no history': {disks: all.map(n => disk(n))},
    },
  },
  D8: {
    accepts: {
      'disk and node agree': restarted(),
      'a topic that was deleted while its node was dead': restarted(undefined, {
        disks: all.map(n => disk(n, {groups: [onDisk(), onDisk({group: 'a/0'})]})),
        starts: all.map(n => start(n, {caughtUpAtMs: 1_500})),
        topicOrders: [ordered('a', {do: 'delete'})],
      }),
      'a group that opened some time after the first answer': restarted(undefined, {
        readings: all.flatMap(n => [reading(n, {groups: []}), reading(n)]),
      }),
      'an interrupted birth that is begun anew': restarted(report({born: true, term: 0, vote: 0, commit: 0}), {
        disks: all.map(n => disk(n, {groups: [unborn]})),
      }),
    },
    rejects: {
      'a HardState read as an entry (W01)': {
        evidence: restarted(report({term: 1, vote: 1, commit: 0, lastIndex: 20, entries: 20})),
        seen: /disk term 3 vote 1 commit 31, node term 1 vote 1 commit 0/,
        nodes: [1, 2, 3],
        cause: /also reads as Entry type 3 term 1 index 31: recovered as a phantom entry/,
      },
      'a phantom in the place of the last entry (W01)': {
        evidence: restarted(report({term: 3, vote: 1, commit: 0})),
        seen: /node term 3 vote 1 commit 0/,
        cause: /also reads as Entry type 3 term 1 index 31: recovered as a phantom entry/,
      },
      'a HardState that was ignored (R04)': {
        evidence: restarted(report({term: 0, vote: 0, commit: 0})),
        seen: /node term 0 vote 0 commit 0/,
        cause: /as if no HardState/,
      },
      'a commit that fell with the newest entries (W17)': {
        evidence: restarted(report({commit: 16, lastIndex: 16, entries: 16})),
        seen: /node term 3 vote 1 commit 16/,
        cause: /newest entries were dropped/,
      },
      'an older HardState': {
        evidence: restarted(report({term: 1, vote: 2, commit: 9})),
        seen: /node term 1 vote 2 commit 9/,
        cause: /older HardState was taken: wal_0_0.log@600/,
      },
      'only the vote is lost': {
        evidence: restarted(report({vote: 0})),
        seen: /node term 3 vote 0 commit 31/,
      },
      'a sound group that is refused': {
        evidence: restarted(undefined, {
          readings: all.map(n =>
            reading(n, {groups: [], refused: [{group: '__raft_metadata/0', file: 'wal_0_0.log', at: 5, why: 'CRC'}]}),
          ),
        }),
        seen: /refused at wal_0_0.log@5/,
      },
      'a group that is begun anew': {evidence: restarted(report({born: true})), seen: /begun anew/},
      'a group that is not opened at all': {
        evidence: restarted(undefined, {readings: all.map(n => reading(n, {groups: []}))}),
        seen: /not opened/,
      },
    },
    cannotSee: {
      'a node that never came back': {...restarted(), starts: [start(1), start(2)]},
      'a new life that never answered': {...restarted(), readings: [reading(1), reading(2)]},
      'a life that ended before it spoke of the group': restarted(undefined, {
        starts: all.map(n => start(n, {caughtUpAtMs: undefined})),
        readings: all.map(n => reading(n, {groups: []})),
      }),
      'answers of the old life only': {
        ...restarted(),
        readings: all.map(n => reading(n, {incarnation: `old${n}`})),
      },
    },
  },
  D8e: {
    accepts: {
      'an interrupted birth that is begun anew': restarted(report({born: true, term: 0, vote: 0, commit: 0}), {
        disks: all.map(n => disk(n, {groups: [unborn]})),
      }),
      'as many entries and records': restarted(),
      'a torn end that was cut': {
        ...restarted(report({cuts: [{file: 'wal_0_0.log', at: 3_559, bytes: 63, why: 'torn'}]})),
        disks: all.map(n => disk(n, {groups: [onDisk({torn: [{...place(3_559), why: 'ends early'}]})]})),
      },
    },
    rejects: {
      'newest entries dropped (W17)': {
        evidence: restarted(report({commit: 16, lastIndex: 16, entries: 16})),
        seen: /disk last 31, entries 31, node last 16, entries 16/,
        cause: /entries 17 to 31 lie sound on the disk/,
      },
      'sound bytes cut': {
        evidence: restarted(report({cuts: [{file: 'wal_0_0.log', at: 3_000, bytes: 559, why: 'torn'}]})),
        seen: /torn bytes 0, node torn bytes 559/,
      },
      'another snapshot': {evidence: restarted(report({snapshotIndex: 9})), seen: /snapshot 0, node snapshot 9/},
      'a snapshot of another term': {
        evidence: restarted(report({snapshotTerm: 9})),
        seen: /snapshot term 0, node snapshot term 9/,
      },
    },
  },
  D9: {
    accepts: {
      'the same bytes': twice({}),
      'more of everything': twice({
        hardState: {...place(4_000), term: 4, vote: 0, commit: 33},
        lastIndex: 33,
        terms: [
          {from: 1, term: 1},
          {from: 21, term: 3},
          {from: 32, term: 4},
        ],
      }),
      'a snapshot in place of entries': twice({
        snapshot: {index: 25, term: 3},
        firstIndex: 26,
        terms: [{from: 26, term: 3}],
      }),
    },
    rejects: {
      'a term that went back': {
        evidence: twice({hardState: {...place(0), term: 1, vote: 2, commit: 31}}),
        seen: /n1 __raft_metadata\/0: term 3 vote 1 commit 31 went back to term 1 vote 2 commit 31/,
        nodes: [1],
      },
      'a vote that is forgotten': {
        evidence: twice({hardState: {...place(0), term: 3, vote: 0, commit: 31}}),
        seen: /the vote for 1 in term 3 is forgotten/,
      },
      'a second vote in a term': {
        evidence: twice({votes: [{...place(100), term: 3, vote: 2, commit: 31}]}),
        seen: /voted for 1 and for 2 in term 3/,
      },
      'committed entries that are gone': {
        evidence: twice({lastIndex: 29}),
        seen: /entries 30 to 31 were committed, and are gone/,
      },
      'a committed entry of another term': {
        evidence: twice({terms: [{from: 1, term: 1}]}),
        seen: /committed entry 21 was of term 3, and is of term 1 now/,
      },
      'a beginning that is gone without a snapshot': {
        evidence: twice({
          firstIndex: 5,
          terms: [
            {from: 5, term: 1},
            {from: 21, term: 3},
          ],
        }),
        seen: /entries 1 to 4 were committed, and are gone without a snapshot/,
      },
      'a log that is gone': {
        evidence: {disks: [disk(1), disk(1, {after: '', groups: []})]},
        seen: /its log of 80 records is gone/,
      },
    },
    cannotSee: {'no later copy': {disks: [disk(1)]}},
  },
  L8o: {
    accepts: {'a leader in a higher term': told({leaderships: [{at: 900, bytes: 60, term: 4}]})},
    rejects: {
      'one in a term that had been': {
        evidence: told({leaderships: [{at: 900, bytes: 60, term: 2}]}),
        seen: /n1 leads term 2/,
      },
      'none for seconds': {
        evidence: told({ended: {at: 5_000, bytes: 60, wallMs: 31_000}}),
        seen: /none in 30.0 s of every log/,
      },
    },
    cannotSee: {'logs that end with the recovery': told({})},
  },
  L1: {
    accepts: {
      'a leader a term': {changes: [change(1, {role: 'leader', term: 3}), change(2, {role: 'leader', term: 4})]},
      'two groups in the same term': {
        changes: [change(1, {role: 'leader'}), change(2, {role: 'leader', group: 'orders/0'})],
      },
    },
    rejects: {
      'two leaders in one term': {
        evidence: {changes: [change(1, {role: 'leader'}), change(2, {role: 'leader'})]},
        seen: /n1 leader of __raft_metadata\/0 at term 4 and n2/,
        nodes: [1, 2],
      },
    },
    cannotSee: {'no leader was told': {changes: [change(1)]}},
  },
  L2: {
    accepts: {
      'terms that grow': {changes: [change(1, {term: 3}), change(1, {term: 4})]},
      'a candidate that died before its term was on the disk': {
        changes: [
          change(1, {term: 3, incarnation: 'old1', atMs: 10}),
          change(1, {role: 'candidate', term: 4, incarnation: 'old1', atMs: 11}),
          change(1, {term: 3, atMs: 20}),
        ],
      },
      'a follower that died when it had heard of a term and not synced it': {
        changes: [
          change(1, {term: 3, syncedTerm: 3, incarnation: 'old1', atMs: 10}),
          change(1, {term: 5, syncedTerm: 3, incarnation: 'old1', atMs: 11}),
          change(1, {term: 4, syncedTerm: 4, atMs: 20}),
        ],
        readings: [reading(1, {incarnation: 'old1', groups: [group({term: 5, syncedTerm: 3})]}, 12)],
      },
      'a late answer of the same life': {
        changes: [change(1, {term: 4, atMs: 10})],
        readings: [reading(1, {groups: [group({term: 3})]}, 20)],
      },
    },
    rejects: {
      'a term that fell by a restart': {
        evidence: {changes: [change(1, {term: 3, incarnation: 'old1', atMs: 10}), change(1, {term: 1, atMs: 20})]},
        seen: /n1 __raft_metadata\/0: term 3, then 1 after its restart/,
        nodes: [1],
      },
      'a term that fell below that from before a candidacy': {
        evidence: {
          changes: [
            change(1, {term: 3, incarnation: 'old1', atMs: 10}),
            change(1, {role: 'candidate', term: 4, incarnation: 'old1', atMs: 11}),
            change(1, {term: 2, atMs: 20}),
          ],
        },
        seen: /term 3, then 2 after its restart/,
      },
      'a term that fell below the one that was synced': {
        evidence: {
          changes: [
            change(1, {term: 3, syncedTerm: 3, incarnation: 'old1', atMs: 10}),
            change(1, {role: 'candidate', term: 4, syncedTerm: 4, incarnation: 'old1', atMs: 11}),
            change(1, {term: 5, syncedTerm: 4, incarnation: 'old1', atMs: 12}),
            change(1, {term: 3, syncedTerm: 3, atMs: 20}),
          ],
        },
        seen: /term 4, then 3 after its restart/,
      },
      'a term that fell in a life': {
        evidence: {changes: [change(1, {term: 3, atMs: 10}), change(1, {term: 2, atMs: 20})]},
        seen: /term 3, then 2/,
      },
      'an answer after the restart with a lower term': {
        evidence: {
          changes: [change(1, {term: 3, incarnation: 'old1', atMs: 10})],
          readings: [reading(1, {groups: [group({term: 0})]}, 20)],
        },
        seen: /term 3, then 0 after its restart/,
      },
    },
  },
  L3: {
    accepts: {
      'commits that grow': {changes: [change(1, {commit: 3}), change(1, {commit: 4})]},
      'a new life may know less': {changes: [change(1, {commit: 9, incarnation: 'old1'}), change(1, {commit: 8})]},
    },
    rejects: {
      'a commit that fell': {
        evidence: {changes: [change(2, {commit: 9}), change(2, {commit: 8})]},
        seen: /commit fell to 8/,
        nodes: [2],
      },
    },
  },
  L8: {
    accepts: {
      'another leads in a higher term': {
        faults: [fault()],
        changes: [
          change(1, {role: 'leader', term: 3, incarnation: 'old1', atMs: 100}),
          change(2, {role: 'leader', term: 4}),
        ],
      },
      'another wins the term in which a candidate was killed': {
        faults: [fault({nodes: [3], ended: ['old3']})],
        changes: [
          change(1, {role: 'leader', term: 3, incarnation: 'old1', atMs: 100}),
          change(3, {role: 'candidate', term: 4, incarnation: 'old3', atMs: 890}),
          change(2, {role: 'leader', term: 4}),
        ],
      },
      'another leads beside one that is cut off and goes on in its old term': {
        faults: [fault({what: 'partition', nodes: [1], ended: [], cutOff: [1]})],
        changes: [
          change(1, {role: 'leader', term: 3, atMs: 100}),
          change(1, {role: 'leader', term: 3}),
          change(2, {role: 'leader', term: 4}),
        ],
      },
      'a new life leads after all were killed': {
        faults: [fault({nodes: all, ended: ['old1', 'old2', 'old3']})],
        starts: all.map(n => start(n)),
        changes: [
          change(1, {role: 'leader', term: 3, incarnation: 'old1', atMs: 100}),
          change(1, {role: 'leader', term: 4}),
        ],
      },
    },
    rejects: {
      nobody: {
        evidence: {faults: [fault()], changes: [change(2, {role: 'candidate', term: 9})]},
        seen: /none within 5 s/,
      },
      'the same term': {
        evidence: {
          faults: [fault()],
          changes: [
            change(1, {role: 'leader', term: 4, incarnation: 'old1', atMs: 100}),
            change(2, {role: 'leader', term: 4}),
          ],
        },
        seen: /term 4 had been seen/,
      },
      'too late': {
        evidence: {faults: [fault()], changes: [change(2, {role: 'leader', term: 4, atMs: 9_000})]},
        seen: /only after 8100 ms/,
      },
      'only the killed one': {
        evidence: {faults: [fault()], changes: [change(1, {role: 'leader', term: 5, incarnation: 'old1'})]},
        seen: /none within/,
      },
    },
    cannotSee: {'nothing was killed': {faults: [fault({landed: false})], changes: [change(2, {role: 'leader'})]}},
  },
  L8r: {
    accepts: {
      'a follower that caught up': {starts: [start(1)], readings: [reading(1)]},
      'a majority has elected it before it was seen to have caught up': {
        starts: [start(1)],
        readings: [reading(1)],
        changes: [change(1, {role: 'leader', term: 5, atMs: 1_200, votes: [1, 3]})],
      },
    },
    rejects: {
      'it never caught up': {
        evidence: {
          starts: [start(1, {caughtUpAtMs: undefined})],
          readings: [reading(1, {groups: [group({synced: 4})]})],
        },
        seen: /did not catch up/,
        nodes: [1],
      },
      'it leads before it has caught up': {
        evidence: {
          starts: [start(1)],
          readings: [reading(1)],
          changes: [change(1, {role: 'leader', term: 5, atMs: 1_200})],
        },
        seen: /it leads term 5/,
      },
      'it does not run the group': {
        evidence: {starts: [start(1)], readings: [reading(1, {groups: []})]},
        seen: /does not run/,
      },
    },
    cannotSee: {'it never answered': {starts: [start(1)], readings: [reading(2)]}},
  },
  L8w: {
    accepts: {'as many as were wanted': {windows: [window()], history: good}},
    rejects: {
      'writes stand with a quorum alive': {
        evidence: {windows: [window({acknowledged: 0})], history: good},
        seen: /0 after the kill/,
      },
    },
    cannotSee: {'there was no load': {windows: [window({acknowledged: 0})]}},
  },
  L9: {
    accepts: {'the same everywhere': {metadata: all.map(n => topics(n, {orders: 'aa'}))}},
    rejects: {
      'a node without the topic': {
        evidence: {metadata: [topics(1, {orders: 'aa'}), topics(2, {orders: 'aa'}), topics(3, {})]},
        seen: /n3 does not know orders/,
        nodes: [3],
      },
      'another id': {
        evidence: {metadata: [topics(1, {orders: 'aa'}), topics(2, {orders: 'bb'}), topics(3, {orders: 'aa'})]},
        seen: /n2 has orders as bb/,
      },
    },
    cannotSee: {
      'a node that was not asked': {metadata: [topics(1, {orders: 'aa'})]},
      'no topic at all': {metadata: all.map(n => topics(n, {}))},
    },
  },
  L9a: {
    accepts: {
      'created there, deleted gone': {
        metadata: all.map(n => topics(n, {a: 'id-a'})),
        topicOrders: [
          ordered('a'),
          ordered('b'),
          ordered('b', {do: 'delete', endedAtMs: 30}),
          ordered('c', {result: 'info'}),
        ],
      },
    },
    rejects: {
      'a created one that a node does not know': {
        evidence: {
          metadata: [topics(1, {a: 'id-a'}), topics(2, {}), topics(3, {a: 'id-a'})],
          topicOrders: [ordered('a')],
        },
        seen: /n2 does not know a, created through n1/,
        nodes: [2],
      },
      'a deleted one that is still there': {
        evidence: {
          metadata: [topics(1, {}), topics(2, {}), topics(3, {a: 'id-a'})],
          topicOrders: [ordered('a'), ordered('a', {do: 'delete', endedAtMs: 30})],
        },
        seen: /n3 still has a, deleted through n1/,
      },
      'other partitions': {
        evidence: {metadata: all.map(n => topics(n, {a: 'id-a'})), topicOrders: [ordered('a', {partitions: 1})]},
        seen: /n1 has a with 3 partitions, created with 1/,
      },
    },
    cannotSee: {
      'a node that was not asked': {metadata: [topics(1, {a: 'id-a'})], topicOrders: [ordered('a')]},
      'nothing that was acknowledged': {
        metadata: all.map(n => topics(n, {})),
        topicOrders: [ordered('a', {result: 'fail'})],
      },
    },
  },
  H1: {
    accepts: {'all read': {history: good}},
    rejects: {
      'a hole in what was read': {
        evidence: {history: new Book().sent('a', 0).sent('b', 1).sent('c', 2).drained({0: 'a', 2: 'c'}, 3).operations},
        seen: /b was acknowledged at t\/0 offset 1 and is not there, though offset 2 was read/,
      },
    },
    cannotSee: {
      'nothing was acknowledged': {
        history: new Book().sent('a', undefined, {result: 'info'}).drained({}, 0).operations,
      },
      'nothing was read back': {history: new Book().sent('a', 0).operations},
      'not read to the end': {history: new Book().sent('a', 0).sent('b', 1).drained({0: 'a'}, 2).operations},
    },
  },
  H2: {
    accepts: {
      'all read': {history: good},
      'what may have happened was not': {
        history: new Book().sent('a', 0).sent('x', undefined, {result: 'info'}).drained({0: 'a'}, 1).operations,
      },
      'what may have happened did': {
        history: new Book().sent('a', 0).sent('x', undefined, {result: 'open'}).drained({0: 'a', 1: 'x'}, 2).operations,
      },
    },
    rejects: {
      'the end of the log is gone': {
        evidence: {history: new Book().sent('a', 0).sent('b', 1).drained({0: 'a'}, 1).operations},
        seen: /b was acknowledged at t\/0 offset 1 and was never read/,
      },
      'a partition that came back empty': {
        evidence: {history: new Book().sent('a', 0).drained({}, 0).operations},
        seen: /never read/,
      },
    },
    cannotSee: {'not read to the end': {history: new Book().sent('a', 0).sent('b', 1).drained({0: 'a'}, 2).operations}},
  },
  H3: {
    accepts: {'one value an offset': {history: good}},
    rejects: {
      'two readers, two values': {
        evidence: {history: new Book().sent('a', 0).read(0, {0: 'a'}).read(0, {0: 'b'}, {process: 'r2'}).operations},
        seen: /offset 0 was shown as a and as b/,
      },
      'an acknowledgement and a reader differ': {
        evidence: {history: new Book().sent('a', 0).read(0, {0: 'b'}).operations},
        seen: /shown as a and as b/,
      },
    },
  },
  H4: {
    accepts: {'each once': {history: good}},
    rejects: {
      'a retry appended twice': {
        evidence: {history: new Book().sent('a', 0).drained({0: 'a', 1: 'a'}, 2).operations},
        seen: /a stands at t\/0 offset 0 and t\/0 offset 1/,
      },
      'a producer’s own next batch refused': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .sent('b', undefined, {result: 'info', idempotent: true, error: 'OUT_OF_ORDER_SEQUENCE_NUMBER'})
            .drained({0: 'a'}, 1).operations,
        },
        seen: /sent b to t\/0 and was told that it is out of order/,
      },
      'in two partitions': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .drained({0: 'a'}, 1)
            .read(0, {0: 'a'}, {partition: 1, process: 'final-1', final: true, highWatermark: 1}).operations,
        },
        seen: /t\/0 offset 0 and t\/1 offset 0/,
      },
    },
  },
  H5: {
    accepts: {'in order': {history: good}},
    rejects: {
      'a later send before an earlier one': {
        evidence: {history: new Book().sent('a', 1).sent('b', 0).drained({0: 'b', 1: 'a'}, 2).operations},
        seen: /sent a \(offset 1\), then b, which got offset 0/,
      },
      'a reader that goes back': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .sent('b', 1)
            .read(0, {0: 'a', 1: 'b'})
            .read(0, {0: 'a'})
            .drained({0: 'a', 1: 'b'}, 2).operations,
        },
        seen: /read t\/0 offset 1, then 0/,
      },
    },
  },
  H6: {
    accepts: {
      'record by record': {history: good},
      'over an offset that never existed': {
        history: new Book().sent('a', 0).sent('c', 2).drained({0: 'a', 2: 'c'}, 3).operations,
      },
    },
    rejects: {
      'a reader that passes over a record': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .sent('b', 1)
            .sent('c', 2)
            .read(0, {0: 'a', 2: 'c'})
            .drained({0: 'a', 1: 'b', 2: 'c'}, 3).operations,
        },
        seen: /1 records between them were passed over/,
      },
    },
  },
  H7: {
    accepts: {'it stays': {history: good}},
    rejects: {
      'read, and gone in the end': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .sent('x', undefined, {result: 'info'})
            .read(0, {0: 'a', 1: 'x'})
            .drained({0: 'a'}, 1).operations,
        },
        seen: /x was read at t\/0 offset 1, which in the end holds nothing/,
      },
    },
  },
  H8: {
    accepts: {'all of them sent': {history: good}},
    rejects: {
      'refused and read': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .sent('x', undefined, {result: 'fail', error: 'NOT_ENOUGH_REPLICAS'})
            .drained({0: 'a', 1: 'x'}, 2).operations,
        },
        seen: /x was refused \(NOT_ENOUGH_REPLICAS\) and is read/,
      },
      'never sent': {
        evidence: {history: new Book().sent('a', 0).drained({0: 'a', 1: 'ghost'}, 2).operations},
        seen: /ghost .* was never sent/,
      },
    },
  },
  H10: {
    accepts: {
      'each after what was complete before it': {history: good},
      'a fetch that lags, which needs no quorum': {
        history: new Book().sent('a', 0).read(0, {}, {highWatermark: 0}).drained({0: 'a'}, 1).operations,
      },
    },
    rejects: {
      'a record placed before one that was acknowledged already': {
        evidence: {
          history: new Book().sent('b', 1).sent('a', 0, {process: 'p2'}).drained({0: 'a', 1: 'b'}, 2).operations,
        },
        seen: /b was acknowledged at t\/0 offset 1 before a was sent, which got offset 0/,
      },
      'a high watermark that falls': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .read(0, {0: 'a'}, {highWatermark: 1})
            .read(0, {}, {process: 'r2', highWatermark: 0})
            .drained({0: 'a'}, 1).operations,
        },
        seen: /r2 was told that t\/0 ends at 0, after r1 had been told 1/,
      },
    },
    cannotSee: {'nothing read to its end': {history: new Book().sent('a', 0).operations}},
  },
  H11: {
    accepts: {
      'the last commit': {
        history: new Book()
          .sent('a', 0)
          .did('commit', {group: 'g', offset: 1})
          .did('committed', {group: 'g', offset: 1}).operations,
      },
      'an older one that was committed anew': {
        history: new Book()
          .sent('a', 0)
          .did('commit', {group: 'g', offset: 1})
          .did('commit', {group: 'g', offset: 5, result: 'info'})
          .did('committed', {group: 'g', offset: 5})
          .did('commit', {group: 'g', offset: 1, result: 'info'})
          .did('committed', {group: 'g', offset: 1}).operations,
      },
    },
    rejects: {
      'an older one': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .did('commit', {group: 'g', offset: 1})
            .did('commit', {group: 'g', offset: 5})
            .did('committed', {group: 'g', offset: 1}).operations,
        },
        seen: /g had committed 5 in t\/0, and was then told 1/,
      },
      'one that was answered, and is gone again': {
        evidence: {
          history: new Book()
            .sent('a', 0)
            .did('commit', {group: 'g', offset: 1})
            .did('commit', {group: 'g', offset: 5, result: 'info'})
            .did('committed', {group: 'g', offset: 5})
            .did('committed', {group: 'g', offset: 1}).operations,
        },
        seen: /g was told offset 5 in t\/0, and then 1, which nobody had committed since/,
      },
    },
    cannotSee: {'nobody who asked': {history: good}},
  },
  L7: {
    accepts: {
      'the same members at the same index, others at others': {
        readings: [
          ...all.map(n => reading(n, {groups: [group({voters: [1, 2, 3]})]})),
          reading(2, {groups: [group({applied: 34, voters: [1, 2, 3], learners: [4]})]}),
        ],
      },
    },
    rejects: {
      'other members at the same index': {
        evidence: {
          readings: [reading(1), reading(2, {groups: [group({voters: [2, 3, 4], votersOutgoing: [1, 2, 3]})]})],
        },
        seen: /at index 33: n1 has 1 2 3, n2 2 3 4 and 1 2 3/,
        nodes: [1, 2],
      },
      'a leader that is no voter': {
        evidence: {readings: [reading(1, {groups: [group({role: 'leader', voters: [2, 3, 4]})]})]},
        seen: /n1 leads __raft_metadata\/0 at term 4; its voters are 2 3 4/,
        nodes: [1],
      },
    },
    cannotSee: {'one answer alone': {readings: [reading(1)]}},
  },
  L4: {
    accepts: {
      'the same state at the same index': {
        readings: all.map(n => reading(n, {groups: [group({stateHash: 'aa'})]})),
      },
      'other states at other indexes': {
        readings: [
          ...all.map(n => reading(n, {groups: [group({stateHash: 'aa'})]})),
          reading(2, {groups: [group({applied: 34, stateHash: 'bb'})]}),
        ],
      },
    },
    rejects: {
      'other states at the same index': {
        evidence: {
          readings: [
            reading(1, {groups: [group({stateHash: 'aa'})]}),
            reading(2, {groups: [group({stateHash: 'bb'})]}),
          ],
        },
        seen: /at index 33: n1 and n2 differ/,
        nodes: [1, 2],
      },
    },
    cannotSee: {'one node alone': {readings: [reading(1, {groups: [group({stateHash: 'aa'})]})]}},
  },
  L5: {
    accepts: {
      'a leader with all of it': {
        changes: [
          change(1, {role: 'leader', term: 3, commit: 31, lastIndex: 32}),
          change(2, {role: 'candidate', term: 4, commit: 30, lastIndex: 31}),
          change(2, {role: 'leader', term: 4, commit: 30, lastIndex: 32}),
        ],
      },
    },
    rejects: {
      'a candidate whose log is too short': {
        evidence: {
          changes: [
            change(1, {role: 'leader', term: 3, commit: 31, lastIndex: 32}),
            change(2, {role: 'candidate', term: 4, commit: 30, lastIndex: 30}),
            change(2, {role: 'leader', term: 4, commit: 30, lastIndex: 31}),
          ],
        },
        seen: /n2 leads __raft_metadata\/0 at term 4 with entries up to 30; n1 had told commit 31 at term 3/,
        nodes: [2],
      },
    },
    cannotSee: {'the first leader': {changes: [change(1, {role: 'leader', term: 1, commit: 0})]}},
  },
  L6: {
    accepts: {
      'one log on all': {disks: all.map(n => disk(n, {groups: [onDisk({sums: sums()})]}))},
      'an end that was never committed': {
        disks: [
          disk(1, {groups: [onDisk({sums: sums()})]}),
          disk(2, {
            groups: [
              onDisk({
                sums: {from: 1, crc32: sums().crc32.map((crc, i) => (i < 25 ? crc : 9_000 + i))},
                terms: [
                  {from: 1, term: 1},
                  {from: 21, term: 3},
                  {from: 26, term: 2},
                ],
                hardState: {term: 3, vote: 1, commit: 25, ...place(1)},
              }),
            ],
          }),
        ],
      },
    },
    rejects: {
      'other bytes before the same index and term': {
        evidence: {
          disks: [disk(1, {groups: [onDisk({sums: sums()})]}), disk(2, {groups: [onDisk({sums: sums(12)})]})],
        },
        seen: /index 12: n1 term 1, n2 term 1, other bytes/,
        nodes: [1, 2],
      },
      'a tail that was kept behind an entry that took the place of another': {
        evidence: {
          disks: [
            disk(1, {groups: [onDisk({sums: sums()})]}),
            disk(2, {
              groups: [
                onDisk({
                  sums: sums(25),
                  terms: [
                    {from: 1, term: 1},
                    {from: 21, term: 3},
                    {from: 25, term: 4},
                    {from: 26, term: 3},
                  ],
                  damage: [{...place(900), why: 'the term falls from 4 to 3 at entry 26', fold: true}],
                }),
              ],
            }),
          ],
        },
        seen: /index 25: n1 term 3, n2 term 4/,
        nodes: [1, 2],
      },
      'another term where both hold it for committed': {
        evidence: {
          disks: [
            disk(1, {groups: [onDisk({sums: sums()})]}),
            disk(2, {
              groups: [
                onDisk({
                  sums: sums(),
                  terms: [
                    {from: 1, term: 1},
                    {from: 30, term: 2},
                  ],
                }),
              ],
            }),
          ],
        },
        seen: /index 21: n1 term 3, n2 term 1/,
      },
    },
    cannotSee: {
      'one copy': {disks: [disk(1, {groups: [onDisk({sums: sums()})]})]},
      'entries that were not read': {disks: [disk(1), disk(2)]},
      'a log with bytes that cannot be read': {
        disks: [
          disk(1, {groups: [onDisk({sums: sums()})]}),
          disk(2, {groups: [onDisk({sums: sums(12), damage: [{...place(900), why: 'CRC 1 should be 2'}]})]}),
        ],
      },
    },
  },
  H1m: {
    accepts: {
      'writes that were tried and not acknowledged': {
        ...minority,
        history: new Book().sent('a', undefined, {invokedAtMs: 950, endedAtMs: 2_100, result: 'info'}).operations,
      },
      'one that was on its way before, and acks=1': {
        ...minority,
        history: new Book()
          .sent('a', 0, {invokedAtMs: 800, endedAtMs: 906})
          .sent('b', 1, {invokedAtMs: 950, endedAtMs: 960, acks: 1})
          .sent('c', undefined, {invokedAtMs: 950, endedAtMs: 1_950, result: 'fail'}).operations,
      },
    },
    rejects: {
      'a write that was sent then and acknowledged': {
        evidence: {...minority, history: new Book().sent('a', 3, {invokedAtMs: 950, endedAtMs: 960}).operations},
        seen: /1 write acknowledged, the first a at t\/0 offset 3/,
      },
    },
    cannotSee: {
      'a quorum that lived': {faults: [fault()], history: good},
      'nobody who wrote': {...minority, history: new Book().sent('a', 0).operations},
    },
  },
  P2: {
    accepts: {
      'refused where it is damaged': {
        disks: [disk(2, {groups: [broken]})],
        starts: [start(2)],
        readings: [
          reading(2, {groups: [], refused: [{group: broken.group, file: 'wal_0_0.log', at: 900, why: 'CRC'}]}),
        ],
      },
    },
    rejects: {
      'opened in spite of it': {
        evidence: {
          disks: [disk(2, {groups: [broken]})],
          starts: [start(2)],
          readings: [reading(2, {groups: [group({recovery: report({entries: 8})})]})],
        },
        seen: /n2 __raft_metadata\/0, damaged at wal_0_0.log@900: opened with 8 entries/,
        nodes: [2],
      },
      'refused at another place': {
        evidence: {
          disks: [disk(2, {groups: [broken]})],
          starts: [start(2)],
          readings: [
            reading(2, {groups: [], refused: [{group: broken.group, file: 'wal_0_0.log', at: 512, why: 'CRC'}]}),
          ],
        },
        seen: /damaged at wal_0_0.log@900: refused at wal_0_0.log@512/,
      },
    },
    cannotSee: {
      'no damage': {disks: [disk(2)], starts: [start(2)], readings: [reading(2)]},
      'a node that says nothing of it': {
        disks: [disk(2, {groups: [broken]})],
        starts: [start(2)],
        readings: [reading(2, {groups: []})],
      },
    },
  },
  P0: {
    accepts: {'the process is gone': {faults: [fault()]}},
    rejects: {},
    cannotSee: {'it is still there': {faults: [fault({landed: false, why: 'n1 is up'})]}, 'no fault': {}},
  },
  P5: {
    accepts: {'every exit was ordered': {exits: [exit(1), exit(2)]}},
    rejects: {
      'one that was not': {
        evidence: {exits: [exit(1), exit(2, {asked: false, how: 'CRASHED (exit 70)'})]},
        seen: /n2 CRASHED \(exit 70\)/,
        nodes: [2],
      },
    },
  },
}

describe('checks', () => {
  it('each has evidence that it must accept, and each but one evidence that it must reject', () => {
    expect(Object.keys(TRIALS).sort()).toEqual([...CHECKS.keys()].sort())
    // Whether a fault happened is never a failure of the cluster: what did not happen is unknown.
    for (const [id, trial] of Object.entries(TRIALS)) {
      expect(Object.keys(trial.accepts).length, id).toBeGreaterThan(0)
      if (id !== 'P0') expect(Object.keys(trial.rejects).length, id).toBeGreaterThan(0)
    }
  })

  for (const [id, trial] of Object.entries(TRIALS)) {
    const judge = (parts: Partial<EvidenceSet>) => {
      const check = CHECKS.get(id)
      if (!check) throw new Error(`no check ${id}`)
      return runCheck(check, evidence(parts), about, 'again')
    }
    for (const [what, parts] of Object.entries(trial.accepts))
      it(`${id}: accepts ${what}`, () => {
        const verdict = judge(parts)
        expect(verdict).toMatchObject({check: id, result: 'pass', again: 'again'})
        expect(verdict.expected).not.toBe('')
        expect(verdict.seen).not.toBe('')
      })
    for (const [what, {evidence: parts, seen, nodes, cause}] of Object.entries(trial.rejects))
      it(`${id}: rejects ${what}`, () => {
        const verdict = judge(parts)
        expect(verdict).toMatchObject({check: id, result: 'fail'})
        expect(verdict.seen).toMatch(seen)
        if (nodes) expect(verdict.nodes).toEqual(nodes)
        if (cause) expect(verdict.lines.find(l => l.label === 'cause')?.text).toMatch(cause)
      })
    for (const [what, parts] of Object.entries(trial.cannotSee ?? {}))
      it(`${id}: is unknown with ${what}`, () => {
        expect(judge(parts)).toMatchObject({check: id, result: 'unknown'})
      })
    it(`${id}: is unknown without evidence, and when it breaks`, () => {
      expect(judge(emptyEvidence()).result).toBe('unknown')
      const check = CHECKS.get(id)
      if (!check) throw new Error(`no check ${id}`)
      const broken = {
        ...check,
        judge: () => {
          throw new Error('a bug of the check')
        },
      }
      const [first] = Object.values(trial.accepts)
      expect(runCheck(broken, evidence(first), about, '')).toMatchObject({
        result: 'unknown',
        because: 'a bug of the check',
      })
    })
  }
})

describe('what a failing verdict shows', () => {
  it('D8 names disk, node, cause and the command that shows the bytes', () => {
    const check = CHECKS.get('D8')
    if (!check) throw new Error('no D8')
    const parts = {
      disks: [disk(2)],
      starts: [start(2)],
      readings: [
        reading(2, {groups: [group({recovery: report({term: 1, vote: 1, commit: 0, lastIndex: 20, entries: 20})})]}),
      ],
    }
    const verdict = runCheck(check, evidence(parts), about, '')
    expect(verdict.lines).toEqual([
      {label: 'disk', text: 'term 3 vote 1 commit 31   wal_0_0.log@3496 (63 bytes, crc ok)'},
      {label: 'node', text: 'term 1 vote 1 commit 0   asked after the restart'},
      {label: 'cause', text: 'the record also reads as Entry type 3 term 1 index 31: recovered as a phantom entry'},
      {label: 'see', text: 'chronik wal dump RUN/nodes/n2/wal/__meta/__raft_metadata/0/wal_0_0.log --at 3496 --hex'},
    ])
    expect(verdict.cites).toEqual([
      {kind: 'place', node: 2, file: 'nodes/n2/wal/__meta/__raft_metadata/0/wal_0_0.log', at: 3_496, bytes: 63},
      {kind: 'reading', node: 2, incarnation: 'new2', source: 'control', pushed: false},
    ])
  })

  it('D5 points at the leader who told of the vote that no disk knows', () => {
    const check = CHECKS.get('D5')
    if (!check) throw new Error('no D5')
    const parts = {
      changes: [change(1, {role: 'leader', term: 4, votes: [2], atMs: 500})],
      disks: [disk(2)],
    }
    const verdict = runCheck(check, evidence(parts), about, '')
    expect(verdict.cites).toMatchObject([
      {kind: 'reading', node: 1, pushed: true, note: expect.stringMatching(/at term 4$/)},
    ])
  })

  it('a lost record is named with the disks that still hold it', () => {
    const check = CHECKS.get('H2')
    if (!check) throw new Error('no H2')
    const history = new Book().sent('a', 0).sent('b', 1).drained({0: 'a'}, 1).operations
    const parts = {history, disks: [disk(1, {records: held(['a', 'b'])}), disk(2)]}
    const verdict = runCheck(check, evidence(parts), about, '')
    expect(verdict.lines.map(l => `${l.label} ${l.text}`)).toEqual([
      'client b was acknowledged at t/0 offset 1 and was never read',
      'n1 on its disk: t/0 offset 1, wal_0_0.log@100',
      'n2 not on its disk',
      'see RUN/history.jsonl, operation 2',
    ])
    expect(verdict.cites[0]).toEqual({kind: 'operation', operation: 2, note: 'p1 send b ok'})
  })
})

describe('an engine whose high watermark may lag after an election', () => {
  const judge = (history: Book, engine = kafka.contract) => {
    const check = CHECKS.get('H11')
    if (!check) throw new Error('no H11')
    return runCheck(check, evidence({history: history.operations}), {...about, engine}, '')
  }
  const late = (offset: number) =>
    new Book()
      .sent('a', 0)
      .did('commit', {group: 'g', offset: 1})
      .did('commit', {group: 'g', offset: 5})
      .did('committed', {group: 'g', offset: 1})
      .did('committed', {group: 'g', offset})

  it('may tell a group an older offset for a while, which is said; one that it never tells again is lost', () => {
    expect(judge(late(5))).toMatchObject({result: 'pass', seen: expect.stringMatching(/; 1 answer from below/)})
    expect(judge(late(1)).result).toBe('fail')
    expect(judge(late(5), embedded.contract).result).toBe('fail')
  })
})
