import type {GroupName, NodeId} from '../base/ids.ts'
import type {Action, ActionResult} from '../contracts/action.ts'
import type {JournalEvent} from '../contracts/journal.ts'
import type {GroupChange} from '../contracts/node-state.ts'
import type {ClusterSnapshot, NodeReading} from '../contracts/supervisor-protocol.ts'
import {
  type DiskReading,
  type EvidenceSet,
  emptyEvidence,
  type StartRecord,
  type TopicOrder,
  type WindowRecord,
} from '../judge/evidence.ts'

/** How many elements of each kind there were: what came after belongs to the step that is running. */
export type Mark = Record<keyof EvidenceSet, number>

/** Collects what checks judge. All times are of the lab's monotonic clock. */
export class EvidenceBook {
  readonly evidence: EvidenceSet = emptyEvidence()
  readonly now: () => number
  readonly #crashes = new Set<string>()
  readonly #lives = new Map<NodeId, string[]>()
  readonly #firstAnswers = new Set<string>()

  constructor(now: () => number) {
    this.now = now
  }

  event(e: JournalEvent): void {
    this.evidence.events.push(e)
  }

  change(g: GroupChange & {node: NodeId; incarnation: string}): void {
    this.#live(g.node, g.incarnation)
    this.evidence.changes.push({...g, number: this.evidence.changes.length + 1, atMs: this.now()})
  }

  /** A new picture of the supervisor: crashes, and the first answer of each life. */
  picture(s: ClusterSnapshot): void {
    for (const node of s.nodes) {
      const {live} = node
      if (live) {
        this.#live(node.id, live.incarnation)
        if (!this.#firstAnswers.has(live.incarnation)) {
          this.#firstAnswers.add(live.incarnation)
          this.evidence.readings.push({
            node: node.id,
            source: s.attached ? 'kafka' : 'control',
            pushed: true,
            incarnation: live.incarnation,
            monotonicMs: this.now(),
            wallMs: node.asOfWallMs ?? node.sinceWallMs,
            live,
          })
        }
      }
      const silent = s.attached !== undefined && node.state === 'unknown'
      if (node.state !== 'CRASHED' && !silent) continue
      const key = `${node.id} ${node.sinceWallMs}`
      if (this.#crashes.has(key)) continue
      this.#crashes.add(key)
      const how = `${silent ? 'is silent' : 'CRASHED'}${node.detail ? ` (${node.detail})` : ''}`
      this.evidence.exits.push({
        node: node.id,
        incarnation: node.incarnation ?? this.lastLife(node.id),
        how,
        asked: false,
        ...(silent ? {silent} : {}),
      })
    }
  }

  readings(readings: readonly NodeReading[]): NodeReading[] {
    const own = readings.map(r => ({...r, monotonicMs: this.now()}))
    for (const r of own) {
      if (r.live) {
        this.#live(r.node, r.live.incarnation)
        this.#firstAnswers.add(r.live.incarnation)
      }
      this.evidence.readings.push(r)
    }
    return own
  }

  topics(reading: NodeReading): void {
    if (!reading.live) return
    const topics: Record<string, {id: string; partitions: number}> = {}
    for (const t of reading.live.topics) topics[t.name] = {id: t.id, partitions: t.partitions}
    this.evidence.metadata.push({node: reading.node, atMs: reading.monotonicMs, topics})
  }

  disk(d: DiskReading): void {
    this.evidence.disks.push(d)
  }

  window(w: WindowRecord): void {
    this.evidence.windows.push(w)
  }

  started(s: StartRecord): void {
    this.evidence.starts.push(s)
  }

  caughtUp(node: NodeId, incarnation: string): void {
    for (const s of this.evidence.starts)
      if (s.node === node && s.incarnation === incarnation) s.caughtUpAtMs ??= this.now()
  }

  /** What an order did: the fault, the exits that it caused. */
  acted(
    action: Action,
    result: ActionResult,
    o: {atMs: number; doneAtMs: number; before: ReadonlyMap<NodeId, string>; snapshot: ClusterSnapshot},
  ): void {
    if (action.do === 'heal') this.#healed(result, o.doneAtMs)
    if (action.do === 'partition' || action.do === 'link') this.#cutOff(action, result, o)
    if (action.do !== 'kill' && action.do !== 'stop' && action.do !== 'pause' && action.do !== 'restart') return
    const nodes = result.did.map(d => d.node)
    // One that was started to die may have had a life that nobody has asked anything.
    if (action.do === 'kill' && action.at !== undefined)
      for (const {id, incarnation} of o.snapshot.nodes) if (nodes.includes(id)) this.#live(id, incarnation ?? '')
    const states = new Map(o.snapshot.nodes.map(n => [n.id, n.state]))
    // Dead is what was asked for; a node that had died before the order is as dead, and its own death is another matter.
    const wanted = action.do === 'pause' ? ['paused'] : ['killed', 'stopped', 'CRASHED']
    const landed = (node: NodeId): boolean => action.do === 'restart' || wanted.includes(states.get(node) ?? '')
    const missed = nodes.filter(n => !landed(n))
    const ended = action.do === 'pause' ? [] : nodes.filter(landed).map(n => o.before.get(n) ?? '')
    const after = result.did[0]?.afterMs
    this.evidence.faults.push({
      what: action.do === 'kill' && action.powerLoss ? 'power loss' : action.do,
      nodes,
      atMs: o.atMs,
      landed: nodes.length > 0 && missed.length === 0,
      landedAtMs: after === undefined ? o.doneAtMs : Math.min(o.doneAtMs, o.atMs + after),
      ended,
      ...(result.did[0]?.event === undefined ? {} : {event: result.did[0].event}),
      ...(missed.length > 0 ? {why: missed.map(n => `n${n} is ${states.get(n) ?? 'unknown'}`).join(', ')} : {}),
    })
    if (action.do === 'pause') return
    for (const did of result.did)
      if (landed(did.node))
        this.evidence.exits.push({
          node: did.node,
          incarnation: o.before.get(did.node) ?? '',
          how: did.effect,
          asked: true,
          ...(did.event === undefined ? {} : {event: did.event}),
        })
  }

  #cutOff(
    action: Extract<Action, {do: 'partition' | 'link'}>,
    result: ActionResult,
    o: {atMs: number; doneAtMs: number},
  ): void {
    const nodes = result.did.map(d => d.node)
    const event = result.did[0]?.event
    const landed = nodes.length > 0 && result.did.every(d => d.note === undefined)
    this.evidence.faults.push({
      what: action.do,
      nodes,
      atMs: o.atMs,
      landed,
      landedAtMs: o.doneAtMs,
      ...(action.do === 'partition' && action.who ? {cutOff: nodes} : {}),
      ...(event === undefined ? {} : {event}),
      ...(landed ? {} : {why: result.lines.at(-1) ?? 'not seen in force'}),
    })
  }

  #healed(result: ActionResult, atMs: number): void {
    const events = new Set(result.did.map(d => d.event))
    for (const fault of this.evidence.faults)
      if (fault.event !== undefined && events.has(fault.event)) fault.healedAtMs ??= atMs
  }

  topicOrder(o: TopicOrder): void {
    this.evidence.topicOrders.push(o)
  }

  /** Files of a dead node were changed by the lab. */
  damaged(what: string, node: NodeId, why: string): void {
    const atMs = this.now()
    this.evidence.faults.push({what, nodes: [node], atMs, landed: true, landedAtMs: atMs, ended: [], why})
  }

  /** The newest incarnation of a node that was heard of; empty when none. */
  lastLife(node: NodeId): string {
    return this.#lives.get(node)?.at(-1) ?? ''
  }

  /** The life that followed `previous`, when one was heard of. */
  lifeAfter(node: NodeId, previous: string): string | undefined {
    const lives = this.#lives.get(node) ?? []
    const at = lives.indexOf(previous)
    return at < 0 ? undefined : lives[at + 1]
  }

  mark(): Mark {
    const counts = {} as Mark
    for (const key of Object.keys(this.evidence) as Array<keyof EvidenceSet>) counts[key] = this.evidence[key].length
    return counts
  }

  /** What checks of a step may look at: faults, copies, starts, windows and topic lists of this step; changes, answers, exits and history of the whole run. */
  since(mark: Mark | undefined): EvidenceSet {
    if (!mark) return this.evidence
    const {disks, faults, starts, windows, metadata} = this.evidence
    return {
      ...this.evidence,
      disks: disks.slice(mark.disks),
      faults: faults.slice(mark.faults),
      starts: starts.slice(mark.starts),
      windows: windows.slice(mark.windows),
      metadata: metadata.slice(mark.metadata),
    }
  }

  /** HardState of the metadata group, on the newest copy of each node and in the life that followed it. */
  beforeAfter(nodes: readonly NodeId[], metadata: GroupName) {
    return nodes.flatMap(node => {
      const disk = this.evidence.disks.findLast(d => d.node === node && d.after !== '')
      if (!disk) return []
      const found = disk.groups.find(g => g.group === metadata)?.hardState
      const next = this.evidence.starts.find(s => s.node === node && s.previous === disk.after)?.incarnation
      const life = this.evidence.readings.filter(r => (r.live?.incarnation ?? (r.told && r.incarnation)) === next)
      const report =
        life.find(r => r.told)?.told?.hardState ??
        life.find(r => r.live)?.live?.groups.find(g => g.group === metadata)?.recovery
      return [
        {
          node,
          ...(found
            ? {
                before: {
                  term: found.term,
                  vote: found.vote,
                  commit: found.commit,
                  file: `${disk.dir}/${found.file}`,
                  at: found.at,
                  bytes: found.bytes,
                },
              }
            : {}),
          ...(report ? {after: {term: report.term, vote: report.vote, commit: report.commit}} : {}),
        },
      ]
    })
  }

  #live(node: NodeId, incarnation: string): void {
    if (!incarnation) return
    const lives = this.#lives.get(node)
    if (!lives) this.#lives.set(node, [incarnation])
    else if (!lives.includes(incarnation)) lives.push(incarnation)
  }
}
