/** What the page's own script draws. All times are milliseconds after the run began. No text in it is trusted: it is shown as text only. */
export interface TimelineData {
  nodes: number[]
  fromMs: number
  toMs: number
  steps: Array<{number: number; title: string; result: string; from: number; to: number}>
  /** What a node was, as it said by itself or as it was made: leader, follower, candidate, pre-candidate, starting, down, paused, unknown. */
  roles: Array<{node: number; from: number; to: number; role: string; term?: number}>
  /** From the order to the moment when the node was back. */
  faults: Array<{from: number; to: number; text: string; nodes: number[]; landed: boolean}>
  /** `where`: FILE@BYTE on the copy of its disk, when the record was found there. */
  hardStates: Array<{node: number; at: number; term: number; vote: number; commit: number; where?: string}>
  events: Array<{at: number; node?: number; kind: string; text: string; number: number}>
  /** Lines that nodes printed. `left`: how many more there were. */
  logs: Array<{node: number; lines: Array<[at: number, text: string]>; left: number}>
  /** Sends, in columns: when begun, how long until answered (-1: never), how ended: 0 ok, 1 refused, 2 unknown. */
  sends: {at: number[]; took: number[]; end: number[]; total: number}
  /** Acknowledged writes in each stretch of `everyMs`. */
  acknowledged: {everyMs: number; counts: number[]}
  /** Checks that did not pass, where they were judged. */
  marks: Array<{number: string; title: string; result: string; at: number; from: number}>
}
