import {basename} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode} from '../../base/errors.ts'
import {formatCount} from '../../base/units.ts'
import type {KafkaFile} from '../../inspect/kafka/files.ts'
import {BaseCommand} from '../base.ts'
import {groupFlags, groupOf} from '../nodes.ts'
import {sanitise} from '../render/sanitise.ts'
import {
  type Checked,
  type CheckedSidecar,
  type CheckedSnapshot,
  type CheckWord,
  checkJson,
  checkSources,
  faultLines,
  sidecarCheckJson,
  snapshotCheckJson,
} from './checks.ts'
import {checkKafka, kafkaWords} from './kafka.ts'
import {labelOf} from './label.ts'
import {keepHeapSmall} from './small-heap.ts'
import {walSources} from './sources.ts'

type Word = CheckWord | CheckedSnapshot['word'] | CheckedSidecar['word']

const WORDS: readonly Word[] = ['OK', 'open', 'TORN', 'AMBIGUOUS', 'LEFT OVER', 'CORRUPT', 'UNREADABLE']

export default class WalVerify extends BaseCommand {
  static override summary =
    'A verdict a segment: OK TORN CORRUPT AMBIGUOUS, with every byte that shows it. Never writes.'
  static override usage = '[NODE|PATH]... [-t T --partition P] [--strict]'
  static override examples = ['chronik wal verify', 'chronik wal verify 2 --strict', 'chronik wal verify ./node1/wal']
  static override strict = false
  static override flags = {
    ...groupFlags,
    strict: Flags.boolean({summary: 'exit 1 for a torn tail and for ambiguous records too'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof WalVerify.flags>): Promise<ExitCode> {
    keepHeapSmall()
    const kafka = kafkaWords(this.words, this.place().dir)
    if (kafka) return this.kafka(kafka, flags.strict)
    const group = flags.topic === undefined && flags.partition === undefined ? undefined : groupOf(flags)
    const {name, dir} = this.place()
    const {
      segments: checked,
      sidecars,
      snapshots,
    } = await checkSources(walSources(this.words, {cluster: name, dir, group, allGroups: true}))
    const tell = (c: Pick<Checked, 'source' | 'path' | 'bytes'> & {word: Word; why?: string}, what: string): void => {
      const file = sanitise(basename(c.path))
      this.out(
        `${c.word.padEnd(9)}  ${labelOf(c.source)}  ${sanitise(c.source.place.group)}  ${file}  ${formatCount(c.bytes)} bytes${what}`,
      )
      if (c.why !== undefined) this.out(`           ${file}@0  ${sanitise(c.why)}`)
    }
    for (const c of checked)
      if (this.asJson) this.json(checkJson(c))
      else {
        tell(c, `, ${formatCount(c.records)} record${c.records === 1 ? '' : 's'}`)
        for (const line of faultLines(c)) this.out(`           ${line}`)
      }
    for (const c of sidecars)
      if (this.asJson) this.json(sidecarCheckJson(c))
      else tell(c, c.firstIndex === undefined ? '' : `, the sidecar of entries ${c.firstIndex} to ${c.lastIndex}`)
    for (const c of snapshots)
      if (this.asJson) this.json(snapshotCheckJson(c))
      else tell(c, c.index === undefined ? '' : `, a snapshot of index ${c.index} term ${c.term}`)
    if (!this.asJson) {
      const more = [
        ...(sidecars.length === 0 ? [] : [`; ${counted('sidecar', sidecars)}`]),
        ...(snapshots.length === 0 ? [] : [`; ${counted('snapshot', snapshots)}`]),
      ].join('')
      this.out(counted('segment', checked) + more)
    }
    return exitOf([...checked, ...sidecars, ...snapshots], flags.strict)
  }

  private async kafka(files: readonly KafkaFile[], strict: boolean): Promise<ExitCode> {
    const checks = await checkKafka(files)
    for (const {batches, faulty, file, records, word} of checks) {
      const {bytes, kind, partition, path} = file
      if (this.asJson) {
        this.json({file: path, kind, bytes, verdict: word, batches, records, faulty})
        continue
      }
      const what =
        kind === 'segment' || kind === 'snapshot'
          ? `, ${formatCount(batches)} batches, ${formatCount(records)} records`
          : ''
      this.out(
        `${word.padEnd(9)}  ${sanitise(partition)}  ${sanitise(basename(path))}  ${formatCount(bytes)} bytes${what}`,
      )
      for (const f of faulty)
        this.out(
          `           ${sanitise(basename(path))}@${f.at}  ${formatCount(f.bytes)} bytes${f.torn ? ', torn' : ''}: ${sanitise(f.why)}`,
        )
    }
    if (checks.some(c => c.word === 'CORRUPT')) return EXIT.failed
    return strict && checks.some(c => c.word === 'TORN') ? EXIT.failed : EXIT.ok
  }
}

/** What is damaged fails; what the system does not give says nothing either way. */
function exitOf(checked: ReadonlyArray<{word: Word}>, strict: boolean): ExitCode {
  const any = (...words: Word[]): boolean => checked.some(c => words.includes(c.word))
  if (any('CORRUPT') || (strict && any('TORN', 'AMBIGUOUS'))) return EXIT.failed
  return any('UNREADABLE') ? EXIT.environment : EXIT.ok
}

/** `3 segments: 2 OK, 1 TORN` */
function counted(what: string, all: ReadonlyArray<{word: Word}>): string {
  const counts = WORDS.map(word => ({word, n: all.filter(c => c.word === word).length})).filter(c => c.n > 0)
  return `${all.length} ${what}${all.length === 1 ? '' : 's'}: ${counts.map(c => `${c.n} ${c.word}`).join(', ')}`
}
