import type {Verdict} from '../../src/judge/verdict.ts'
import type {NumberedVerdict} from '../../src/verify/host-protocol.ts'
import {countsOf, type Report} from '../../src/verify/report/report.ts'

function verdict(number: string, check: string, title: string, parts: Partial<Verdict> = {}): NumberedVerdict {
  return {
    number,
    check,
    title,
    result: 'pass',
    nodes: [],
    expected: 'as it should be',
    seen: 'so it is',
    because: '',
    lines: [],
    cites: [],
    again: 'chronik verify recovery --seed 7f3a91',
    ...parts,
  }
}

/** A report with fixed figures: what every rendering is compared with. */
export function sample(kind: 'pass' | 'fail'): Report {
  const failed = kind === 'fail'
  const steps: Report['steps'] = [
    {
      number: 1,
      title: 'follower killed, rejoins',
      result: 'pass',
      tookMs: 700,
      note: 'rejoin 0.3 s',
      checks: [verdict('1.1', 'P0', 'the fault happened: the process is gone')],
    },
    {
      number: 2,
      title: 'all killed, all restarted',
      result: failed ? 'fail' : 'pass',
      tookMs: 1_400,
      note: 'leader after 0.6 s',
      checks: [
        verdict('2.1', 'D8', 'HardState recovered as it lay on the disk', {
          nodes: [2],
          ...(failed
            ? {
                result: 'fail',
                expected: 'term, vote and commit of the copy',
                seen: 'n2: disk term 3 vote 1 commit 31, node term 1 vote 1 commit 0',
                because: 'the record also reads as Entry type 3 term 1 index 31',
                lines: [
                  {label: 'disk', text: 'term 3 vote 1 commit 31   wal_0_0.log@3496 (63 bytes, crc ok)'},
                  {label: 'node', text: 'term 1 vote 1 commit 0   asked after the restart'},
                  {
                    label: 'cause',
                    text: 'the record also reads as Entry type 3 term 1 index 31: recovered as a phantom entry',
                  },
                  {label: 'see', text: 'chronik wal dump RUN/nodes/n2/wal --at 3496 --hex'},
                ],
                cites: [{kind: 'place', node: 2, file: 'nodes/n2/wal/wal_0_0.log', at: 3_496, bytes: 63}],
              }
            : {}),
        }),
        ...(failed
          ? [
              verdict('2.2', 'L8', 'a leader is elected after the restart', {result: 'fail', seen: 'none within 5 s'}),
              verdict('2.3', 'L9', 'topics exist on every node, and are the same', {
                result: 'unknown',
                seen: 'no answer of n2',
                because: 'every node has to be asked',
              }),
            ]
          : []),
      ],
    },
  ]
  const again = `chronik verify recovery${failed ? ' --plant guess-payload-kind' : ''} --seed 7f3a91`
  return {
    schema: 1,
    chronik: '0.1.0',
    run: '2026-01-31T12-40-58Z-recovery',
    suite: 'recovery',
    phase: 4,
    proves: 'Nothing that was acknowledged is lost.',
    startedAt: '2026-01-31T12:40:58.000Z',
    tookMs: 3_600,
    result: kind,
    exitCode: failed ? 1 : 0,
    counts: countsOf(steps.flatMap(s => s.checks)),
    interrupted: false,
    cluster: {scratch: true, name: 'scratch', nodes: 3, engine: 'embedded'},
    seed: '7f3a91',
    ...(failed ? {plant: 'guess-payload-kind'} : {}),
    machine: {platform: 'linux', arch: 'x64', node: '24.0.0', cpus: 2},
    steps,
    table: [1, 2].map(node => ({
      node,
      before: {term: 3, vote: 1, commit: 31, file: `nodes/n${node}/wal/wal_0_0.log`, at: 3_496, bytes: 63},
      after: failed && node === 2 ? {term: 1, vote: 1, commit: 0} : {term: 3, vote: 1, commit: 31},
    })),
    times: {upMs: 800, electionMs: 158, writesStoodMs: 190, rejoinMs: 300, restartMs: 600, totalMs: 3_600},
    load: {
      topic: 'verify-x',
      rate: 600,
      sentPerSecond: 588,
      sent: 2_120,
      acknowledged: 2_114,
      failed: 0,
      undecided: 6,
      readBack: 2_114,
    },
    again,
    stopped: 3,
  }
}
