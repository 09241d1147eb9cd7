import {basename} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {toHex} from '../../base/bytes.ts'
import {EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import type {NodeId} from '../../base/ids.ts'
import {FileWindow} from '../../inspect/file-window.ts'
import {readGroup} from '../../inspect/group.ts'
import {hexView} from '../../inspect/hex.ts'
import type {GroupReading} from '../../inspect/reading.ts'
import {type Seen, walk} from '../../inspect/walk.ts'
import {nodeFiles} from '../../io/node/read-only-files.ts'
import {BaseCommand, whole} from '../base.ts'
import {groupFlags, groupOf} from '../nodes.ts'
import {Printer} from '../render/printer.ts'
import {sanitise, shortened} from '../render/sanitise.ts'
import {atWidth, rowHead, walJson, walLine, walRow} from '../render/wal-row.ts'
import {homely} from '../status-table.ts'
import {Decoder} from './decoder.ts'
import {dumpKafka, kafkaWords} from './kafka.ts'
import {isWanted, kindsOf, rangeOf, type Selection} from './selection.ts'
import {keepHeapSmall} from './small-heap.ts'
import {dumpSnapshots, snapshotWords} from './snapshots.ts'
import {type WalSource, walSources} from './sources.ts'
import {Totals} from './totals.ts'
import {again, type TailSeen, WalTail} from './wal-tail.ts'

/** However long a record is: so much of it is shown as hex. */
const HEX_BYTES_MAX = 4096
const RAW_BYTES_MAX = 256
const DECODED_SHOWN_MAX = 400
/** A decoder is given so much of a payload. */
const DECODED_BYTES_MAX = 1 << 20
const TAIL_MAX = 1_000_000
const POLL_MS = 100

interface Shown {
  seen: Seen
  file: string
}

export default class WalDump extends BaseCommand {
  static override summary = 'What is really on the disk, record by record. Never writes.'
  static override usage =
    '[NODE|PATH]... [-t T --partition P] [--kind LIST] [--index A..B] [--at OFFSET] [--tail N] [--hex] [--raw] [-f] [--decoder CMD]'
  static override examples = [
    'chronik wal dump 2 --tail 5',
    'chronik wal dump --kind hardstate',
    'chronik wal dump -t orders --partition 1 --index 10..20',
    'chronik wal dump ./wal_0_0.log --at 3496 --hex',
    'chronik wal dump ./snapshot_1000_3.snap',
  ]
  static override strict = false
  static override flags = {
    ...groupFlags,
    kind: Flags.string({
      helpValue: 'LIST',
      summary: 'entry, hardstate, confstate, snapshot, mark, opaque; all shows marks too',
    }),
    index: Flags.string({helpValue: 'A..B', summary: 'entries with these indexes'}),
    at: whole({helpValue: 'OFFSET', summary: 'the record that holds this byte, with its neighbours'}),
    tail: whole({helpValue: 'N', max: TAIL_MAX, summary: 'the last N of those asked for'}),
    hex: Flags.boolean({summary: 'their bytes too'}),
    raw: Flags.boolean({summary: 'payloads as hex instead of words'}),
    decoder: Flags.string({
      helpValue: 'CMD',
      summary: 'a program that says what payloads mean, a line of JSON in, a line out',
    }),
    follow: Flags.boolean({char: 'f', summary: 'go on with what is written, until Ctrl-C'}),
  }

  readonly #printer = new Printer()
  #decoder: Decoder | undefined
  #flags: Interfaces.InferredFlags<typeof WalDump.flags> = {} as Interfaces.InferredFlags<typeof WalDump.flags>

  protected async execute(flags: Interfaces.InferredFlags<typeof WalDump.flags>): Promise<ExitCode> {
    keepHeapSmall()
    this.#flags = flags
    if (flags.at !== undefined && (flags.follow || flags.tail !== undefined))
      throw new UsageError('--at shows one place: it goes with neither --tail nor --follow.')
    const selection: Selection = {
      kinds: kindsOf(flags.kind, this.asJson || flags.at !== undefined),
      ...(flags.index === undefined ? {} : {index: rangeOf(flags.index, '--index')}),
    }
    const kafka = kafkaWords(this.words, this.place().dir)
    if (kafka) {
      if (flags.follow || flags.decoder !== undefined)
        throw new UsageError("--follow and --decoder are for chronik's own files and chronik-server's.")
      const {at, tail} = flags
      const offsets = selection.index
      await dumpKafka(kafka, this.#printer, {json: this.asJson, at, tail, ...(offsets ? {offsets} : {})})
      await this.#printer.flush()
      return EXIT.ok
    }
    const snapshots = snapshotWords(this.words)
    if (snapshots) {
      await dumpSnapshots(snapshots, this.#printer, this.asJson)
      await this.#printer.flush()
      return EXIT.ok
    }
    const group = flags.topic === undefined && flags.partition === undefined ? undefined : groupOf(flags)
    const {name, dir} = this.place()
    const sources = walSources(this.words, {cluster: name, dir, group})
    if (flags.decoder !== undefined) this.#decoder = new Decoder(flags.decoder)
    if (flags.follow) return this.follow(sources, selection)
    for (const [i, source] of sources.entries()) {
      if (i > 0 && !this.asJson) await this.#printer.line('')
      await this.dump(source, selection)
    }
    await this.#printer.flush()
    this.#decoder?.close()
    return EXIT.ok
  }

  /** What the decoder says of a record that holds a payload. */
  private async decoded({file, seen}: Shown, source: WalSource): Promise<string | undefined> {
    const payload = seen.seen === 'record' ? payloadOf(seen) : undefined
    if (!this.#decoder || !payload || payload.bytes === 0) return undefined
    const bytes = Math.min(payload.bytes, DECODED_BYTES_MAX)
    const cut = bytes < payload.bytes ? {dataCut: true} : {}
    const data = Buffer.from(bytesOf(file, payload.at, bytes)).toString('base64')
    return this.#decoder.say({...walJson(seen, {node: source.node, group: source.place.group, file}), ...cut, data})
  }

  private async dump(source: WalSource, selection: Selection): Promise<void> {
    const {place} = source
    const totals = new Totals()
    const tail: Shown[] = []
    const files =
      this.#flags.at === undefined ? place.segments : place.segments.filter(s => s.bytes > (this.#flags.at ?? 0))
    if (this.#flags.at !== undefined && files.length === 0)
      throw new UsageError(`No segment of ${sanitise(place.group)} is as long as byte ${this.#flags.at}.`)
    let headed = ''
    const show = async (shown: Shown): Promise<void> => {
      if (headed !== shown.file && !this.asJson) {
        if (headed !== '') await this.#printer.line('')
        await this.heading(source, shown.file, width)
        headed = shown.file
      }
      await this.print(shown, source, width)
    }
    const width = atWidth(Math.max(0, ...files.map(f => f.bytes)))
    for (const {path, bytes} of files) {
      let before: Seen | undefined
      let found = false
      for (const seen of walk(new FileWindow(nodeFiles, path, bytes))) {
        totals.take(path, seen)
        if (!isWanted(seen, selection)) continue
        const shown = {seen, file: path}
        if (this.#flags.tail !== undefined) {
          tail.push(shown)
          if (tail.length > 2 * this.#flags.tail + 100) tail.splice(0, tail.length - this.#flags.tail)
          continue
        }
        if (this.#flags.at === undefined) {
          await show(shown)
          continue
        }
        const holds = seen.at <= this.#flags.at && this.#flags.at < seen.at + seen.bytes
        if (holds && before) await show({seen: before, file: path})
        if (holds || found) await show(shown)
        if (found) break
        found = holds
        before = seen
      }
    }
    if (this.#flags.tail !== undefined)
      for (const shown of this.#flags.tail === 0 ? [] : tail.slice(-this.#flags.tail)) await show(shown)
    if (this.asJson || this.#flags.at !== undefined) return
    if (headed === '') await this.heading(source, place.segments[0]?.path ?? place.dir, width)
    const reading = source.single ? undefined : settled(source)
    await this.#printer.line(totals.line({marksShown: selection.kinds.has('BatchMark'), reading}))
  }

  private async heading(source: WalSource, file: string, width: number): Promise<void> {
    const node = source.node === undefined ? '' : `n${source.node}  `
    await this.#printer.line(`${node}${sanitise(source.place.group)}  ${sanitise(homely(file))}`)
    await this.#printer.line(rowHead(width))
  }

  private async print({seen, file}: Shown, source: WalSource, width: number): Promise<void> {
    const decoded = await this.decoded({seen, file}, source)
    if (this.asJson) {
      const line = walJson(seen, {node: source.node, group: source.place.group, file})
      const data = this.#flags.hex ? {hex: toHex(bytesOf(file, seen.at, Math.min(seen.bytes, HEX_BYTES_MAX)))} : {}
      await this.#printer.line(JSON.stringify({...line, ...data, ...(decoded === undefined ? {} : {decoded})}))
      return
    }
    await this.#printer.line(
      walRow(seen, width, this.#flags.raw ? rawWords(file, seen) : decoded && shownLine(decoded)),
    )
    if (this.#flags.hex) await this.hex(seen, file)
  }

  private async hex(seen: Seen, file: string): Promise<void> {
    const {at} = this.#flags
    // Of a long record the part that was asked for.
    const from =
      at !== undefined && at >= seen.at + HEX_BYTES_MAX && at < seen.at + seen.bytes ? at - (at % 16) : seen.at
    const bytes = bytesOf(file, from, Math.min(seen.at + seen.bytes - from, HEX_BYTES_MAX))
    for (const line of hexView(bytes, from)) await this.#printer.line(line)
    const left = seen.at + seen.bytes - from - bytes.length
    if (left > 0) await this.#printer.line(`${' '.repeat(8)}… ${left} bytes more`)
  }

  /** Shows what is there, then what comes: polls the files, for whoever writes them may be anybody. */
  private async follow(sources: WalSource[], selection: Selection): Promise<ExitCode> {
    this.onInterrupt(() => this.leave(EXIT.ok))
    const tail = new WalTail(sources, selection)
    const pass = async (first: boolean): Promise<void> => {
      const held: TailSeen[] = []
      const show = async ({seen, file, source}: TailSeen): Promise<void> => {
        if (this.asJson) return this.print({seen, file}, source, 6)
        const label = source.node === undefined ? sanitise(source.place.group) : `n${source.node}`
        await this.#printer.line(
          walLine(seen, label, basename(file), shownLine(await this.decoded({seen, file}, source))),
        )
        if (this.#flags.hex) await this.hex(seen, file)
      }
      for (const shown of tail.pass())
        if (first && this.#flags.tail !== undefined) held.push(shown)
        else await show(shown)
      for (const shown of lastOf(held, this.#flags.tail ?? 0)) await show(shown)
      await this.#printer.flush()
    }
    await pass(true)
    for (;;) {
      await new Promise(done => setTimeout(done, POLL_MS))
      await pass(false)
    }
  }
}

function lastOf<T extends {source: WalSource}>(shown: T[], n: number): T[] {
  const left = new Map<NodeId | string, number>()
  return shown
    .reverse()
    .filter(({source}) => {
      const key = source.node ?? source.place.dir
      left.set(key, (left.get(key) ?? 0) + 1)
      return (left.get(key) ?? 0) <= n
    })
    .reverse()
}

/** A log that is being written may look damaged for a moment: what is said of it is seen twice. */
function settled(source: WalSource): GroupReading {
  let reading = readGroup(nodeFiles, source.place).reading
  for (let i = 0; i < 3 && reading.damage.length > 0; i++) {
    const place = again(source)
    if (place) reading = readGroup(nodeFiles, place).reading
  }
  return reading
}

function bytesOf(file: string, at: number, bytes: number): Uint8Array {
  const into = new Uint8Array(bytes)
  return into.subarray(0, nodeFiles.readAt(file, at, into))
}

/** An Entry's data; an opaque record's payload. */
function payloadOf(seen: Seen & {seen: 'record'}): {at: number; bytes: number} | undefined {
  if (seen.said.kind === 'Entry') return {at: seen.said.entry.dataAt, bytes: seen.said.entry.dataBytes}
  return seen.said.kind === 'Opaque' ? {at: seen.record.dataAt, bytes: seen.record.dataBytes} : undefined
}

function shownLine(decoded: string | undefined): string | undefined {
  return decoded === undefined ? undefined : shortened(sanitise(decoded), DECODED_SHOWN_MAX)
}

function rawWords(file: string, seen: Seen): string | undefined {
  if (seen.seen === 'unsound') return undefined
  const {dataAt, dataBytes} = seen.record
  const bytes = bytesOf(file, dataAt, Math.min(dataBytes, RAW_BYTES_MAX))
  return toHex(bytes) + (dataBytes > bytes.length ? `… ${dataBytes - bytes.length} bytes more` : '')
}
