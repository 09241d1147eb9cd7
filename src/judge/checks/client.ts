import type {Check} from '../check.ts'
import type {DiskReading, Operation} from '../evidence.ts'
import {type Anomaly, type HistoryReading, readHistory} from '../history.ts'
import {type Cite, fail, type Judgement, pass, unknown, type VerdictLine} from '../verdict.ts'
import {count, inRun, placeWords, some} from '../words.ts'

interface Rule {
  id: string
  title: string
  expected: string
  kinds: ReadonlyArray<Anomaly['kind']>
  /** Only after everything was read to its end can this be said. */
  afterDrain: boolean
  /** What must have been there besides, else unknown: gives why it was not. */
  unseen?(h: HistoryReading): string | undefined
  because: string
  sound(h: HistoryReading): string
}

/** A new leader knows how far it is committed only once its followers have fetched (KIP-207); a coordinator answers by what it knows to be committed. */
const LAGGING: ReadonlyArray<Anomaly['kind']> = ['high-watermark-regress', 'stale-high-watermark', 'stale-group-offset']

function rule(r: Rule): Check {
  return {
    id: r.id,
    title: r.title,
    needs: ['history'],
    judge: ({history, disks}, about) => {
      const reading = readHistory(history)
      const allowed = about.engine?.rules.highWatermarkMayLag ? r.kinds.filter(kind => LAGGING.includes(kind)) : []
      const kinds = r.kinds.filter(kind => !allowed.includes(kind))
      const found = reading.anomalies.filter(a => kinds.includes(a.kind))
      const times = kinds.reduce((sum, kind) => sum + (reading.counts[kind] ?? 0), 0)
      if (found.length > 0) return broken(r, found, times, history, disks)
      if (reading.acknowledged === 0)
        return unknown({expected: r.expected, seen: 'no write was acknowledged', because: 'there was no load'})
      if (r.afterDrain && (reading.undrained.length > 0 || reading.readBack === 0))
        return unknown({
          expected: r.expected,
          seen:
            reading.undrained.length > 0 ? `not read to the end: ${some(reading.undrained)}` : 'nothing was read back',
          because: 'what was not read cannot be judged',
        })
      const unseen = r.unseen?.(reading)
      if (unseen !== undefined)
        return unknown({expected: r.expected, seen: unseen, because: 'what was not seen cannot be judged'})
      const lagged = allowed.reduce((sum, kind) => sum + (reading.counts[kind] ?? 0), 0)
      const also =
        lagged > 0
          ? `; ${count(lagged, 'answer')} from below a high watermark that was known before, which this engine may give after an election`
          : ''
      return pass({expected: r.expected, seen: `${r.sound(reading)}${also}`})
    },
  }
}

function broken(
  r: Rule,
  found: Anomaly[],
  times: number,
  history: readonly Operation[],
  disks: readonly DiskReading[],
): Judgement {
  const first = found[0]
  return fail({
    expected: r.expected,
    seen: `${count(times, 'time')}: ${some(found.slice(0, 4).map(a => a.text))}${times > 4 ? ' …' : ''}`,
    because: r.because,
    lines: [
      {label: 'client', text: first.text},
      ...onDisks(found, disks),
      {
        label: 'see',
        text: `RUN/history.jsonl, operation ${some(first.operations.map(String), 4)}`,
      },
    ],
    cites: [
      ...found
        .slice(0, 20)
        .flatMap(a => a.operations)
        .map((operation): Cite => ({kind: 'operation', operation, note: noteOf(history, operation)})),
      ...placesOf(found, disks),
    ],
  })
}

function noteOf(history: readonly Operation[], number: number): string | undefined {
  const o =
    history[number - 1]?.number === number ? history[number - 1] : history.find(other => other.number === number)
  return o ? `${o.process} ${o.do} ${o.value ?? ''} ${o.result}`.replace(/\s+/g, ' ') : undefined
}

/** Where the first missing record lies, node by node: what was lost for clients may still be on a disk. */
function onDisks(found: readonly Anomaly[], disks: readonly DiskReading[]): VerdictLine[] {
  const value = found.find(a => a.value !== undefined)?.value
  const newest = [...new Map(disks.map(d => [d.node, d])).values()]
  if (value === undefined || newest.length === 0) return []
  return newest
    .sort((a, b) => a.node - b.node)
    .map(d => {
      const at = d.records.filter(r => r.value === value)
      return {
        label: `n${d.node}`,
        text:
          at.length === 0
            ? 'not on its disk'
            : at.map(r => `on its disk: ${r.group} offset ${r.offset}, ${placeWords(r)}`).join(', '),
      }
    })
}

function placesOf(found: readonly Anomaly[], disks: readonly DiskReading[]): Cite[] {
  const values = new Set(found.flatMap(a => a.value ?? []))
  return disks.flatMap(d =>
    d.records
      .filter(r => values.has(r.value))
      .slice(0, 20)
      .map(
        (r): Cite => ({
          kind: 'place',
          node: d.node,
          file: inRun(d.dir, r.file),
          at: r.at,
          bytes: r.bytes,
          note: r.value,
        }),
      ),
  )
}

export const noLostWrite: Check = rule({
  id: 'H1',
  title: 'no acknowledged record is lost',
  expected: 'every acknowledged record at or below the highest offset that was read is read',
  kinds: ['lost-write', 'deleted-too-much'],
  afterDrain: true,
  because: 'a client was told that this record is safe',
  sound: h => `${h.acknowledged} acknowledged, ${h.readBack} read back`,
})

export const allSeen: Check = rule({
  id: 'H2',
  title: 'every acknowledged record is read back in the end',
  expected: 'reading every partition from its start to its high watermark shows every acknowledged record',
  kinds: ['unseen'],
  afterDrain: true,
  because: 'the log ends before a record that a client was told is safe',
  sound: h => `${h.acknowledged} acknowledged, ${h.readBack} read back (${h.undecided} more were never answered)`,
})

export const offsetsConsistent: Check = rule({
  id: 'H3',
  title: 'one offset holds one record, whoever answers',
  expected: 'no offset of a partition is ever shown with two values',
  kinds: ['inconsistent-offsets'],
  afterDrain: false,
  because: 'two nodes answered with different logs',
  sound: h => `${h.acknowledged} acknowledged, none at an offset that holds another`,
})

export const noDuplicate: Check = rule({
  id: 'H4',
  title: 'no record is there twice',
  expected:
    'each value stands at one offset (idempotent producers, and plain ones that never retry); what a producer says again is known',
  kinds: ['duplicate', 'retry-refused'],
  afterDrain: true,
  unseen: h => (h.sentTwice.length > 0 ? `sent twice by the clients themselves: ${some(h.sentTwice)}` : undefined),
  because: 'what a producer has sent before was not known again',
  sound: h => `${h.readBack} read back, once each`,
})

export const inOrder: Check = rule({
  id: 'H5',
  title: 'records keep the order in which they were sent and are read',
  expected: 'later sends of a producer get higher offsets; a reader goes from one record to the next',
  kinds: ['nonmonotonic-send', 'nonmonotonic-poll', 'int-nonmonotonic-poll'],
  afterDrain: true,
  because: 'the order of the log is not the order of the client',
  sound: h => `${h.acknowledged} sends and their reads in order`,
})

export const noSkip: Check = rule({
  id: 'H6',
  title: 'no reader passes over a record',
  expected: 'between two records that a reader got one after the other, nothing exists',
  kinds: ['poll-skip', 'int-poll-skip'],
  afterDrain: true,
  because: 'a reader jumped over records that exist',
  sound: h => `${h.readBack} read back without a jump`,
})

export const nothingVanished: Check = rule({
  id: 'H7',
  title: 'what was read once stays',
  expected: 'a record that any reader got is still at its offset in the end',
  kinds: ['vanished'],
  afterDrain: true,
  because: 'it was shown above the high watermark, or lost',
  sound: () => 'everything read earlier is there in the end',
})

export const noAbortedRead: Check = rule({
  id: 'H8',
  title: 'nothing is read that was refused or never sent',
  expected: 'every value read was sent, and its send did not fail for sure',
  kinds: ['aborted-read', 'phantom-read'],
  afterDrain: false,
  because: 'the broker said no, and kept it',
  sound: h => `${h.readBack} read back, all of them sent; ${h.failed} sends were refused`,
})

export const realTimeOrder: Check = rule({
  id: 'H10',
  title: 'what was complete is seen by what begins after it',
  expected:
    'a record sent after another was acknowledged comes after it; no client is told a lower high watermark than one before; the log ends above every acknowledged record',
  kinds: ['realtime-order', 'stale-high-watermark', 'stale-end', 'high-watermark-regress', 'deleted-read'],
  afterDrain: true,
  because: 'a node answered from a past that was already over for the clients',
  sound: h =>
    h.lag.answers === 0
      ? 'no answer lagged behind what was complete'
      : `in order; ${count(h.lag.answers, 'answer')} to a reader missed up to ${count(h.lag.records, 'record')}, acknowledged for ${h.lag.ms.toFixed(1)} ms (allowed: a fetch needs no quorum)`,
})

export const groupOffsetsKept: Check = rule({
  id: 'H11',
  title: 'an offset that a group committed is never older later',
  expected:
    'each question for a group offset is answered with the last commit, or one under way; none lies beyond the log',
  kinds: ['group-offset-regress', 'stale-group-offset', 'offset-beyond-log'],
  afterDrain: false,
  unseen: h => (h.questions.groupOffsets === 0 ? 'nobody asked for the offset of a group' : undefined),
  because: 'a group would read again what it had done, or miss what it had not',
  sound: h =>
    `${h.questions.groupOffsets} answers, ${h.counts['stale-group-offset'] ? 'the last one' : 'each'} the last commit`,
})
