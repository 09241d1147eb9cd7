/** What is done to a file of a node that is not running. */
export const DAMAGES = ['tear', 'flip', 'zero', 'drop-file'] as const
export type DamageWord = (typeof DAMAGES)[number]

/** Which bytes are meant. Without `path` the newest segment of `group`; without `byte` what the kind of damage is about. */
export interface DamageTarget {
  /** Of the metadata group when absent. */
  group?: string
  /** A file in the node's data directory, by its path there or, for a segment of the group, by its name. */
  path?: string
  byte?: number
}

/** What was done, and where the bytes are that were there before. */
export interface Damaged {
  how: DamageWord
  /** Absolute path. */
  file: string
  /** First byte that is different now; for a file that was taken away 0. */
  at: number
  bytes: number
  /** The record that the first byte lay in, in words; undefined when the file is no log. */
  hit?: {at: number; kind: string; words: string}
  /** Absolute path of the copy. */
  kept: string
}
