import {fromUtf8} from '../base/bytes.ts'
import {type GroupName, METADATA_GROUP, type NodeId} from '../base/ids.ts'
import type {Random} from '../base/random.ts'
import {decodeBatchMark} from '../formats/batch-mark.ts'
import {scanWalRecord, WalKind} from '../formats/wal-record.ts'
import type {GroupReading} from '../inspect/reading.ts'
import type {Platter} from '../io/platter.ts'
import type {Machine} from './machine.ts'
import {between, chance, oneOf, type Streams} from './streams.ts'

const SEGMENT = /^wal\/(?:__meta\/)?([^/]+)\/(\d+)\/wal_\d+_\d+\.log$/
/** In thousandths: how often damage is put into groups.log, not into a log. */
const LISTING_PERMILLE = 100
/** And how often the log of the metadata may be struck at all while others can be. */
const METADATA_PERMILLE = 200

/** What is wrong with the copies of one machine. */
interface Bad {
  machine: Machine
  /** It came back with an empty disk: the others refuse it, for good. */
  wiped: boolean
  /** Its groups.log is damaged: the node refuses to start. */
  listing: boolean
  groups: Set<GroupName>
  /** Those of them that are being rebuilt from the others: they have no damage any more, and are not whole yet. */
  rebuilding: Set<GroupName>
}

interface Batch {
  file: Platter
  group: GroupName
  from: number
  to: number
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
    this.#bad ??= {machine, wiped: false, listing: false, groups: new Set(), rebuilding: new Set()}
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
    const place = this.#draw(random, bad)
    if (!place) return undefined
    const {file, group, from, to} = place
    file.flip(between(random, from, to - 1), random.below(8))
    bad.groups.add(group)
    return inWords(group)
  }

  /** A sector of a log, with sound batches behind it, cannot be read any more. Gives where. */
  spoil(machine: Machine): string | undefined {
    const bad = this.#strikes(machine)
    if (!bad || bad.wiped) return undefined
    const random = this.#streams.of('spoil', bad.machine.id)
    const place = this.#draw(random, bad)
    if (!place) return undefined
    place.file.spoil(between(random, place.from, place.to - 1))
    bad.groups.add(place.group)
    return inWords(place.group)
  }

  /**
   * A batch was written to another place than its own, where other bytes are gone for that; its own place holds what a file holds that grew without a
   * write. Both places have sound batches behind them. Gives where the bytes went.
   */
  misdirect(machine: Machine): string | undefined {
    const bad = this.#strikes(machine)
    if (!bad || bad.wiped) return undefined
    const {disk, id} = bad.machine
    const random = this.#streams.of('misdirect', id)
    const written = this.#draw(random, bad)
    if (!written) return undefined
    const {file, group, from, to} = written
    const bytes = file.content().slice(from, to)
    const listing = disk.file('groups.log')
    if (listing && chance(random, LISTING_PERMILLE) && listedLines(listing) > 0) {
      listing.overwrite(0, bytes.subarray(0, listedLines(listing)))
      bad.listing = true
      this.#lose(bad, written)
      return 'groups.log'
    }
    const others = this.#places(bad).filter(p => p.group !== METADATA_GROUP && (p.file !== file || p.from !== from))
    const target = oneOf(random, chance(random, 500) ? others.filter(p => p.file === file) : others)
    if (!target) return undefined
    // No further than the sound batches behind it.
    target.file.overwrite(target.from, bytes.subarray(0, target.to - target.from))
    bad.groups.add(target.group)
    this.#lose(bad, written)
    return target.group === group ? 'its own log' : 'another log'
  }

  #lose({groups}: Bad, {file, group, from, to}: Batch): void {
    file.overwrite(from, new Uint8Array(to - from))
    groups.add(group)
  }

  #draw(random: Random, bad: Bad): Batch | undefined {
    const places = this.#places(bad)
    if (places.length === 0) return undefined
    // A node whose metadata is damaged is out: whatever else could be damaged there shows nothing.
    const mostly = chance(random, METADATA_PERMILLE) ? places : places.filter(p => p.group !== METADATA_GROUP)
    return oneOf(random, mostly.length > 0 ? mostly : places)
  }

  /** Where damage cannot be taken for a torn write: in logs that have none yet. */
  #places({machine, groups}: Bad): Batch[] {
    const places: Batch[] = []
    for (const {file, group} of logFiles(machine))
      if (!groups.has(group)) for (const batch of withSoundBehind(file)) places.push({file, group, ...batch})
    return places
  }

  /** Which machine comes back with an empty disk, if any may. */
  wipe(machine: Machine): Machine | undefined {
    const bad = this.#strikes(machine)
    if (!bad || bad.wiped) return undefined
    bad.wiped = true
    return bad.machine
  }

  /** The machine that can be repaired, if any. */
  get repairable(): Machine | undefined {
    return this.#bad?.wiped ? undefined : this.#bad?.machine
  }

  /** What of it is damaged, and is not being rebuilt yet; without its listing no log of a machine counts. */
  damaged(): ReadonlySet<GroupName> {
    const bad = this.#bad
    if (!bad) return new Set()
    const {machine, listing, groups, rebuilding} = bad
    if (listing) return new Set([...groups, ...[...logFiles(machine)].map(({group}) => group)])
    return new Set([...groups].filter(group => !rebuilding.has(group)))
  }

  /** These logs were moved aside. */
  aside(groups: ReadonlySet<GroupName>): void {
    const bad = this.#bad
    if (!bad) return
    if (bad.listing) bad.machine.disk.drop('groups.log')
    bad.listing = false
    for (const group of groups) {
      bad.groups.add(group)
      bad.rebuilding.add(group)
    }
  }

  /** This log holds again what it had promised to hold. */
  rebuilt(machine: Machine, group: GroupName): void {
    if (this.#bad?.machine !== machine) return
    this.#bad.rebuilding.delete(group)
    this.#bad.groups.delete(group)
  }

  isRebuilding(machine: Machine, group: GroupName): boolean {
    return this.#bad?.machine === machine && this.#bad.rebuilding.has(group)
  }

  isWiped(machine: Machine): boolean {
    return this.#bad?.machine === machine && this.#bad.wiped
  }

  /** Nothing can be asked of this node any more. */
  isOut(machine: Machine): boolean {
    const bad = this.#bad
    return bad?.machine === machine && (bad.wiped || bad.listing || bad.groups.has(METADATA_GROUP))
  }

  /** Damaged, lost, or being rebuilt: nothing may be demanded of this copy. */
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
    const shown = new Set([
      ...this.unreadable(machine),
      ...bad.rebuilding,
      ...groups.filter(g => g.damage.length > 0 || g.holes.length > 0).map(g => g.group),
    ])
    for (const group of bad.groups) if (!shown.has(group)) bad.groups.delete(group)
  }

  /** The groups of which a part cannot be read: no image shows that. */
  unreadable(machine: Machine): GroupName[] {
    if (this.#bad?.machine !== machine) return []
    return [...logFiles(machine)].filter(({file}) => file.spoilt).map(({group}) => group)
  }
}

/** The segments of all logs of a machine. */
function* logFiles({disk}: Machine): Generator<{file: Platter; group: GroupName}> {
  for (const [path, file] of disk.files()) {
    const found = SEGMENT.exec(path)
    if (found && !found[1].includes('.deleted-')) yield {file, group: `${found[1]}/${found[2]}`}
  }
}

function inWords(group: GroupName): string {
  return group === METADATA_GROUP ? 'the metadata log' : 'a log'
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
