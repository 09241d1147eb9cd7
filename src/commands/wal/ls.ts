import {basename} from 'node:path'
import type {Interfaces} from '@oclif/core'
import {EXIT, type ExitCode} from '../../base/errors.ts'
import {formatCount} from '../../base/units.ts'
import {BaseCommand} from '../base.ts'
import {groupFlags, groupOf} from '../nodes.ts'
import {sanitise} from '../render/sanitise.ts'
import {columns} from '../terminal.ts'
import {type CheckedSidecar, checkJson, checkSources, sidecarCheckJson, snapshotCheckJson} from './checks.ts'
import {labelOf} from './label.ts'
import {keepHeapSmall} from './small-heap.ts'
import {walSources} from './sources.ts'

const NO_COUNTS = ['-', '-', '-']

export default class WalLs extends BaseCommand {
  static override summary =
    'Every segment, its sidecar, every snapshot: its size, what is in it, its verdict. Never writes.'
  static override usage = '[NODE|PATH]... [-t T --partition P]'
  static override examples = ['chronik wal ls', 'chronik wal ls 2 -t orders', 'chronik wal ls ./node1/wal']
  static override strict = false
  static override flags = {...groupFlags}

  protected async execute(flags: Interfaces.InferredFlags<typeof WalLs.flags>): Promise<ExitCode> {
    keepHeapSmall()
    const group = flags.topic === undefined && flags.partition === undefined ? undefined : groupOf(flags)
    const {name, dir} = this.place()
    const {segments, sidecars, snapshots} = await checkSources(
      walSources(this.words, {cluster: name, dir, group, allGroups: true}),
    )
    if (this.asJson) {
      for (const c of segments) this.json(checkJson(c))
      for (const c of sidecars) this.json(sidecarCheckJson(c))
      for (const c of snapshots) this.json(snapshotCheckJson(c))
      return EXIT.ok
    }
    const rows = [
      ['NODE', 'GROUP', 'SEGMENT', 'BYTES', 'BATCHES', 'RECORDS', 'ENTRIES', 'INDEX', 'TERM', 'VERDICT'],
      ...segments.map(c => row(c, [c.batches, c.records, c.entries].map(formatCount), c.sealed ? ', sealed' : '')),
      ...sidecars.map(c => row(c, NO_COUNTS, ', sidecar')),
      ...snapshots.map(c =>
        row(
          {...c, firstIndex: c.index, lastIndex: c.index, firstTerm: c.term, lastTerm: c.term},
          NO_COUNTS,
          ', snapshot',
        ),
      ),
    ]
    this.out(columns(rows, new Set([3, 4, 5, 6])))
    return EXIT.ok
  }
}

/** A file that holds so many batches, records and entries. */
function row(
  c: Pick<CheckedSidecar, 'source' | 'path' | 'bytes' | 'firstIndex' | 'lastIndex' | 'firstTerm' | 'lastTerm'> & {
    word: string
  },
  counts: readonly string[],
  kind: string,
): string[] {
  return [
    labelOf(c.source),
    sanitise(c.source.place.group),
    sanitise(basename(c.path)),
    formatCount(c.bytes),
    ...counts,
    span(c.firstIndex, c.lastIndex),
    span(c.firstTerm, c.lastTerm),
    c.word + kind,
  ]
}

function span(from: number | undefined, to: number | undefined): string {
  if (from === undefined || to === undefined) return '-'
  return from === to ? String(from) : `${from}-${to}`
}
