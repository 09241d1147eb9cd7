/**
 * What is done with a group's directory, as a table: the first rule whose facts hold decides. DESIGN: torn, and cut, is only what a crash may
 * leave; everything else is refused with file and byte.
 *
 * | rule                  | found                                                                                  | done |
 * |-----------------------|----------------------------------------------------------------------------------------|------|
 * | birth                 | not listed; nothing, or segment 0 with at most its head                                  | begun anew |
 * | unlisted-more         | not listed; anything more                                                                | refused |
 * | listed-nothing        | listed; no segment                                                                       | refused |
 * | earlier-…             | a segment before the last two: unsound bytes, no head, no seal, a batch behind its seal, its seal elsewhere | refused |
 * | gap                   | a number is missing between two segments                                                 | refused |
 * | mark-behind           | the last segment: a sound mark of this log behind unsound bytes, or behind the batch that they begin | refused |
 * | first-head            | the only segment has no sound batch                                                      | refused |
 * | no-head               | the last segment's first sound batch is no head                                          | refused |
 * | previous-no-head      | the segment before it has no sound head                                                  | refused |
 * | behind-seal           | a sound batch behind a seal, in either                                                   | refused |
 * | sealed-last           | the last segment is sealed: its successor is lost                                        | refused |
 * | unsound-before-torn-head | the last segment has no sound batch, the one before it unsound bytes                  | refused |
 * | seal-before-torn-head | the last segment has no sound batch, the one before it is sealed: the head had been synced | refused |
 * | unsound-behind-seal   | the segment before the last is sealed, and unsound bytes follow                          | refused |
 * | seal-elsewhere        | its seal does not stand at the length that the last head names                           | refused |
 * | unsealed-before-used  | it has no seal, and the last segment holds more than its head                            | refused |
 * | predecessor-short     | it has no seal, and its sound end is not the length that the last head names             | refused |
 * | mark-behind-seal      | it has no seal, and a sound mark of this log stands behind unsound bytes                 | refused |
 * | broken-fold           | the records contradict each other or the marks                                           | refused |
 * | snapshot              | the marker's snapshot file is missing or unsound                                         | refused |
 * | rotation-head         | the last segment has no sound batch, the one before it is sound to its end, unsealed     | torn head cut; head and seal written |
 * | rotation-seal         | the last segment holds only its head (torn bytes may follow); the seal before it is missing or torn | cut; seal written |
 * | torn-batch            | unsound bytes at the end of the last segment, behind its head                            | cut |
 * | sound                 | nothing of it                                                                            | nothing |
 */
export interface Facts {
  listed: boolean
  /** Files named like segments of the group. */
  files: 'none' | 'segment 0' | 'others'
  /** Not listed: bytes behind segment 0's head. */
  beyondHead: boolean
  /** The first thing wrong in the segments before the last two. */
  earlier: 'sound' | 'unsound' | 'no head' | 'no seal' | 'behind seal' | 'seal elsewhere'
  gap: boolean
  /** The last segment but one. */
  previous: 'none' | 'no head' | 'head'
  previousSeal: Seal
  previousUnsound: Unsound
  /** Its seal, or without one its sound end, stands at the length that the last segment's first batch names. */
  previousEndsAsNamed: boolean
  /** The last segment's sound batches: none, the first is no head, its head alone, more. */
  last: 'none' | 'no head' | 'head' | 'used'
  lastSeal: Seal
  lastUnsound: Unsound
  fold: 'sound' | 'broken'
  snapshot: 'none' | 'sound' | 'bad'
}

/** `last batch`: the last sound batch is a seal · `batch behind`: a sound batch stands behind one. */
type Seal = 'none' | 'last batch' | 'batch behind'
/** `mark behind`: unsound bytes, and behind them a sound mark of this log. */
type Unsound = 'no' | 'yes' | 'mark behind'

export type Place =
  | 'segment 0'
  | 'earlier'
  | 'gap'
  | 'previous begin'
  | 'previous end'
  | 'previous seal'
  | 'previous named'
  | 'last begin'
  | 'last end'
  | 'last seal'
  | 'fold'
  | 'snapshot'

export type Decision =
  | {do: 'birth'}
  /** Refused; the place that is named. */
  | {do: 'refuse'; at: Place}
  /** Opened: unsound bytes are cut in these segments, and what is left of a rotation is written. */
  | {do: 'open'; cut: ReadonlyArray<'previous' | 'last'>; write: ReadonlyArray<'head' | 'seal'>}

export interface Rule {
  name: string
  when(f: Facts): boolean
  does: Decision
}

const refuse = (at: Place): Decision => ({do: 'refuse', at})
const isHeaded = (f: Facts): boolean => f.last === 'head' || f.last === 'used'

export const RULES: readonly Rule[] = [
  {name: 'birth', when: f => !f.listed && f.files !== 'others' && !f.beyondHead, does: {do: 'birth'}},
  {name: 'unlisted-more', when: f => !f.listed, does: refuse('segment 0')},
  {name: 'listed-nothing', when: f => f.files === 'none', does: refuse('segment 0')},
  {name: 'earlier-unsound', when: f => f.earlier === 'unsound', does: refuse('earlier')},
  {name: 'earlier-no-head', when: f => f.earlier === 'no head', does: refuse('earlier')},
  {name: 'earlier-no-seal', when: f => f.earlier === 'no seal', does: refuse('earlier')},
  {name: 'earlier-behind-seal', when: f => f.earlier === 'behind seal', does: refuse('earlier')},
  {name: 'earlier-seal-elsewhere', when: f => f.earlier === 'seal elsewhere', does: refuse('earlier')},
  {name: 'gap', when: f => f.gap, does: refuse('gap')},
  {name: 'mark-behind', when: f => f.lastUnsound === 'mark behind', does: refuse('last end')},
  {name: 'first-head', when: f => f.previous === 'none' && f.last === 'none', does: refuse('last begin')},
  {name: 'no-head', when: f => f.last === 'no head', does: refuse('last begin')},
  {name: 'previous-no-head', when: f => f.previous === 'no head', does: refuse('previous begin')},
  {name: 'behind-seal', when: f => f.lastSeal === 'batch behind', does: refuse('last seal')},
  {name: 'previous-behind-seal', when: f => f.previousSeal === 'batch behind', does: refuse('previous seal')},
  {name: 'sealed-last', when: f => f.lastSeal === 'last batch', does: refuse('last end')},
  {
    name: 'unsound-before-torn-head',
    when: f => f.last === 'none' && f.previousUnsound !== 'no',
    does: refuse('previous end'),
  },
  {
    name: 'seal-before-torn-head',
    when: f => f.last === 'none' && f.previousSeal === 'last batch',
    does: refuse('last begin'),
  },
  {
    name: 'unsound-behind-seal',
    when: f => f.previousSeal === 'last batch' && f.previousUnsound !== 'no',
    does: refuse('previous end'),
  },
  {
    name: 'seal-elsewhere',
    when: f => f.previousSeal === 'last batch' && !f.previousEndsAsNamed,
    does: refuse('previous named'),
  },
  {
    name: 'unsealed-before-used',
    when: f => f.previous === 'head' && f.previousSeal === 'none' && f.last === 'used',
    does: refuse('previous end'),
  },
  {
    name: 'predecessor-short',
    when: f => f.previous === 'head' && f.previousSeal === 'none' && isHeaded(f) && !f.previousEndsAsNamed,
    does: refuse('previous named'),
  },
  {
    name: 'mark-behind-seal',
    when: f => f.previousSeal === 'none' && f.previousUnsound === 'mark behind',
    does: refuse('previous end'),
  },
  {name: 'broken-fold', when: f => f.fold === 'broken', does: refuse('fold')},
  {name: 'snapshot', when: f => f.snapshot === 'bad', does: refuse('snapshot')},
  {name: 'rotation-head', when: f => f.last === 'none', does: {do: 'open', cut: ['last'], write: ['head', 'seal']}},
  {
    name: 'rotation-seal',
    when: f => f.previous === 'head' && f.previousSeal === 'none',
    does: {do: 'open', cut: ['last', 'previous'], write: ['seal']},
  },
  {name: 'torn-batch', when: f => f.lastUnsound === 'yes', does: {do: 'open', cut: ['last'], write: []}},
  {name: 'sound', when: () => true, does: {do: 'open', cut: [], write: []}},
]

/** The rule that decides. The last one always holds. */
export function decide(facts: Facts): Rule {
  return RULES.find(rule => rule.when(facts)) as Rule
}
