import {basename} from 'node:path'
import type {Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import type {GroupName} from '../../base/ids.ts'
import {formatCount} from '../../base/units.ts'
import {ComparedLog, diffLogs, type EntryPlace, type LogDiff} from '../../inspect/diff.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import {BaseCommand} from '../base.ts'
import {groupFlags, groupOf} from '../nodes.ts'
import {sanitise} from '../render/sanitise.ts'
import {labelOf} from './label.ts'
import {type WalSource, walSources} from './sources.ts'

interface Side {
  source: WalSource
  log: ComparedLog
}

export default class WalDiff extends BaseCommand {
  static override summary =
    'Where the logs of two nodes part: index, term, byte. Without words, all nodes. Never writes.'
  static override usage = '[A B] [-t T --partition P]'
  static override examples = [
    'chronik wal diff',
    'chronik wal diff 1 2',
    'chronik wal diff ./before/node1 ./after/node1',
  ]
  static override strict = false
  static override flags = {...groupFlags}

  protected async execute(flags: Interfaces.InferredFlags<typeof WalDiff.flags>): Promise<ExitCode> {
    if (this.words.length === 1)
      throw new UsageError('wal diff compares two: chronik wal diff 1 2, or all without a word.')
    const group = flags.topic === undefined && flags.partition === undefined ? undefined : groupOf(flags)
    const {name, dir} = this.place()
    const where = {cluster: name, dir, group, allGroups: true}
    const words = this.words.length === 0 ? [[]] : this.words.map(word => [word])
    const sources = words.flatMap(word => walSources(word, where).map(source => ({source, word: word[0] ?? ''})))
    const groups = new Map<GroupName, WalSource[]>()
    for (const {source} of sources) groups.set(source.place.group, [...(groups.get(source.place.group) ?? []), source])
    const pairs = [...groups.values()].filter(list => list.length > 1)
    if (pairs.length === 0) throw new UsageError('There is no group that two of them hold.')
    let code: ExitCode = EXIT.ok
    for (const list of pairs) {
      const sides = list.map(source => ({source, log: new ComparedLog(nodeFiles, source.place)}))
      const [first, ...others] = sides
      const compared = others.map(other => ({other, found: settledDiff(first, other)}))
      if (!this.asJson) this.head(sides)
      for (const {found, other} of compared) {
        this.show(first, other, found)
        code = worse(code, exitOf(first, other, found))
      }
    }
    return code
  }

  private head(sides: readonly Side[]): void {
    this.out(sanitise(sides[0].source.place.group))
    for (const {log, source} of sides) {
      const {damage} = log.reading
      const range = log.last < log.first || log.first === 0 ? 'no entry' : `entries ${log.first} to ${log.last}`
      const bad = damage[0]
        ? `  DAMAGED ${sanitise(basename(damage[0].file))}@${damage[0].at}: ${sanitise(damage[0].why)}`
        : ''
      this.out(`  ${labelOf(source)}  ${range}, commit ${log.commit}${bad}`)
    }
  }

  private show(a: Side, b: Side, d: LogDiff): void {
    if (this.asJson) {
      const side = ({log, source}: Side) => ({
        ...(source.node === undefined ? {} : {node: source.node}),
        dir: source.place.dir,
        firstIndex: log.first,
        lastIndex: log.last,
        commit: log.commit,
        damaged: log.reading.damage.length > 0,
      })
      const {a: atA, b: atB, at, byteA, byteB, same, word} = d
      this.json({
        group: a.source.place.group,
        verdict: word,
        left: side(a),
        right: side(b),
        same: same ?? null,
        at: at ?? null,
        leftEntry: atA ?? null,
        rightEntry: atB ?? null,
        ...(byteA === undefined ? {} : {leftByte: byteA, rightByte: byteB}),
      })
      return
    }
    const [x, y] = [labelOf(a.source), labelOf(b.source)]
    const same = d.same ? `the same from ${d.same.from} to ${d.same.to}` : 'nothing in both is the same'
    this.out(`  ${x} and ${y}: ${same}${ending(a, b, d)}`)
    if (d.at === undefined || !d.a || !d.b) return
    this.out(`    ${x}  index ${d.at}  ${entryWords(d.a, d.byteA)}`)
    this.out(`    ${y}  index ${d.at}  ${entryWords(d.b, d.byteB)}`)
  }
}

function ending({log: a, source}: Side, {log: b, source: other}: Side, d: LogDiff): string {
  if (d.word === 'same') return ''
  if (d.word === 'apart') return ': no index is in both'
  if (d.word === 'behind') {
    const [short, long, label] = a.last < b.last ? [a, b, labelOf(source)] : [b, a, labelOf(other)]
    const more = long.last - short.last
    const known = Math.max(0, Math.min(long.last, long.commit) - short.last)
    return `; ${label} ends ${formatCount(more)} earlier${known > 0 ? `, ${formatCount(known)} of them committed: it is behind` : ': an uncommitted tail'}`
  }
  const commits = `commit ${a.commit} and ${b.commit}`
  return d.word === 'DIVERGED'
    ? `; DIVERGED at ${d.at} (${commits})`
    : `; an uncommitted tail from ${d.at} on (${commits}): the leader's entries will replace the other's`
}

function entryWords({at, dataBytes, file, term, type}: EntryPlace, byte: number | undefined): string {
  const place = `${sanitise(basename(file))}@${at}`
  return `term ${term}  ${type}, ${formatCount(dataBytes)} bytes  ${place}${byte === undefined ? '' : `  first different byte @${byte}`}`
}

/** Files that are being written are not read at one moment: what parts them counts when it stays. */
function settledDiff(a: Side, b: Side): LogDiff {
  let found = diffLogs(a.log, b.log)
  const unsettled = (): boolean =>
    found.word === 'DIVERGED' || a.log.reading.damage.length > 0 || b.log.reading.damage.length > 0
  for (let look = 0; look < 2 && unsettled(); look++) {
    a.log = new ComparedLog(nodeFiles, a.source.place)
    b.log = new ComparedLog(nodeFiles, b.source.place)
    found = diffLogs(a.log, b.log)
  }
  return found
}

/** A damaged log that shows no divergence shows nothing. */
function exitOf(a: Side, b: Side, d: LogDiff): ExitCode {
  if (d.word === 'DIVERGED') return EXIT.failed
  const unseen = d.word === 'apart' || a.log.reading.damage.length > 0 || b.log.reading.damage.length > 0
  return unseen ? EXIT.unknown : EXIT.ok
}

function worse(a: ExitCode, b: ExitCode): ExitCode {
  if (a === EXIT.failed || b === EXIT.failed) return EXIT.failed
  return a === EXIT.ok ? b : a
}
