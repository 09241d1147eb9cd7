import {fromUtf8} from '../base/bytes.ts'
import {type GroupName, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import {decodeBatchMark} from '../formats/batch-mark.ts'
import {scanWalRecord, WalKind} from '../formats/wal-record.ts'
import type {GroupReading} from '../inspect/reading.ts'
import type {Platter} from '../io/platter.ts'
import type {Machine} from './machine.ts'
import {between, chance, oneOf, type Streams} from './streams.ts'

const SEGMENT = /^wal\/(?:__meta\/)?([^/]+)\/(\d+)\/wal_\d+_\d+\.log$/
/** In thousandths: how often damage is put into groups.log, not into a log. */
const LISTING_PERMILLE = 100

/** What is wrong with the copies of one machine. */
interface Bad {
  machine: Machine
  /** It came back with an empty disk: the others refuse it, for good. */
  wiped: boolean
  /** Its groups.log is damaged: the node refuses to start. */
  listing: boolean
  groups: Set<GroupName>
}

/**
 * The budget of bad copies: damage that nobody wrote, and disks that were lost, strike one machine of a cluster, for only where good copies stay may
 * zero loss be demanded. What is damaged has to be refused by its node; everything else has to go on.
 */
export class BadCopies {
  readonly #streams: Streams
  readonly #allowed: boolean
  #bad: Bad | undefined

  constructor(streams: Streams, nodes: number) {
    this.#streams = streams
    this.#allowed = nodes >= 3
  }

  /** Where damage that is meant for `machine` strikes: everything after the first on the same one. */
  #strikes(machine: Machine): Bad | undefined {
    if (!this.#allowed) return undefined
    this.#bad ??= {machine, wiped: false, listing: false, groups: new Set()}
    return this.#bad
  }

  /** One bit of what was synced flips, with sound batches behind it: at a log's very end it could not be told from a torn write. Gives where. */
  flip(machine: Machine): string | undefined {
    const bad = this.#strikes(machine)
    if (!bad || bad.wiped) return undefined
    const {disk, id} = bad.machine
    const random = this.#streams.of('flip', id)
    const listing = disk.file('groups.log')
    if (listing && chance(random, LISTING_PERMILLE)) {
      const at = listedLines(listing)
      if (at > 0) {
        listing.flip(random.below(at), random.below(8))
        bad.listing = true
        return 'groups.log'
      }
    }
    const places: Array<{file: Platter; group: GroupName; from: number; to: number}> = []
    for (const [path, file] of disk.files()) {
      const found = SEGMENT.exec(path)
      if (!found || found[1].includes('.deleted-')) continue
      const group = `${found[1]}/${found[2]}`
      if (!bad.groups.has(group)) for (const batch of withSoundBehind(file)) places.push({file, group, ...batch})
    }
    if (places.length === 0) return undefined
    const {file, group, from, to} = oneOf(random, places)
    file.flip(between(random, from, to - 1), random.below(8))
    bad.groups.add(group)
    return group === METADATA_GROUP ? 'the metadata log' : 'a log'
  }

  /** Which machine comes back with an empty disk, if any may. */
  wipe(machine: Machine): Machine | undefined {
    const bad = this.#strikes(machine)
    if (!bad || bad.wiped) return undefined
    bad.wiped = true
    return bad.machine
  }

  isWiped(machine: Machine): boolean {
    return this.#bad?.machine === machine && this.#bad.wiped
  }

  /** Nothing can be asked of this node any more. */
  isOut(machine: Machine): boolean {
    const bad = this.#bad
    return bad?.machine === machine && (bad.wiped || bad.listing || bad.groups.has(METADATA_GROUP))
  }

  isDamaged(node: NodeId, group: GroupName): boolean {
    const bad = this.#bad
    return bad?.machine.id === node && (bad.wiped || bad.listing || bad.groups.has(group))
  }

  /** A life of it may end by itself, saying so. */
  mayEnd(machine: Machine, why: string): boolean {
    return this.#bad?.machine === machine && (/refuses groups\.log@/.test(why) || why.startsWith('exit 74'))
  }

  /** What an image shows of a damaged log that is sound again: the segment with the damage was deleted. */
  seen(machine: Machine, groups: readonly GroupReading[]): void {
    const bad = this.#bad
    if (bad?.machine !== machine) return
    for (const group of bad.groups)
      if (!groups.some(g => g.group === group && (g.damage.length > 0 || g.holes.length > 0))) bad.groups.delete(group)
  }
}

/** The batches of a segment that are synced and have two synced ones behind them. */
function withSoundBehind(file: Platter): Array<{from: number; to: number}> {
  const bytes = file.content()
  const batches: Array<{from: number; to: number}> = []
  for (let from = 0; from < bytes.length; ) {
    const scanned = scanWalRecord(bytes, from)
    if (scanned.found !== 'record' || scanned.record.kind !== WalKind.BatchMark) break
    const to = from + decodeBatchMark(scanned.record.data).batchBytes
    if (to > file.syncedLength) break
    batches.push({from, to})
    from = to
  }
  return batches.slice(0, -2)
}

/** Where the last but two of the lines ends. */
function listedLines(file: Platter): number {
  const ends: number[] = []
  const text = fromUtf8(file.content().subarray(0, file.syncedLength))
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at)
  return ends.length < 4 ? 0 : ends[ends.length - 4]
}
