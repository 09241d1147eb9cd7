import {ChronikError, EXIT, UsageError} from '../../base/errors.ts'
import type {NodeId} from '../../base/ids.ts'
import type {Action, ActionResult, Asker, LinkShape} from '../../contracts/action.ts'
import type {LinkView} from '../../contracts/faults.ts'
import type {NodeReading} from '../../contracts/supervisor-protocol.ts'
import type {LinkHold, Links} from '../links.ts'
import type {Fault, FaultList} from './list.ts'

const PROVE_MS = 4_000
const HEAL_MS = 5_000
const AGAIN_MS = 15

type Partition = Extract<Action, {do: 'partition'}>

export interface NetworkContext {
  links: Links | undefined
  /** Said when there are no links that could be cut; undefined: they are direct because somebody wanted them so. */
  noLinks?: string
  faults: FaultList
  nodes(): NodeId[]
  /** What is beaten regularly and has been silent for this long does not hear any more. */
  quietMs: number
  /** How long a fault is looked for before it is called not seen; 4 s. */
  proveMs?: number
  ask(): Promise<NodeReading[]>
  /** Does this node run, and is it not paused: can it hear and answer? */
  answers(node: NodeId): boolean
}

/** Partitions and shaped links: put in force, seen in force, healed, seen healed. */
export class NetworkFaults {
  readonly #c: NetworkContext

  constructor(context: NetworkContext) {
    this.#c = context
  }

  async partition(action: Partition, chosen: NodeId[], by: Asker): Promise<ActionResult> {
    const links = this.#links()
    const groups = groupsOf(action, chosen, this.#c.nodes())
    const hold = cuts(groups, action)
    const fault = this.#c.faults.begin(
      {
        kind: 'partition',
        what: inWords(groups, action),
        nodes: action.groups ? groups.flat() : chosen,
        forMs: action.forMs,
      },
      by,
      name => ({release: {...hold, fault: name}}),
    )
    const sinceMs = performance.now()
    await links.hold({...hold, fault: fault.name})
    return this.#inForce(fault, () => this.#seenCut(fault, sinceMs))
  }

  async shape(action: Extract<Action, {do: 'link'}>, by: Asker): Promise<ActionResult> {
    const links = this.#links()
    const {from, to, shape} = action
    for (const node of [from, to])
      if (!this.#c.nodes().includes(node))
        throw new UsageError(
          `No node n${node}: there are ${this.#c
            .nodes()
            .map(n => `n${n}`)
            .join(' ')}.`,
        )
    if (from === to) throw new UsageError(`n${from}:n${to} is no link: it needs two nodes.`)
    const hold = {links: [[from, to]] as LinkHold['links'], clientsIn: [], clientsOut: [], shape}
    const fault = this.#c.faults.begin(
      {kind: 'link', what: `n${from}:n${to} ${shapeText(shape)}`, nodes: [from, to], forMs: action.forMs},
      by,
      name => ({release: {...hold, fault: name}}),
    )
    await links.hold({...hold, fault: fault.name})
    return this.#inForce(fault, () => this.#seenShaped(fault, shape))
  }

  /** Takes it away; it is over when everything that can answer has been reached again. */
  async heal(fault: Fault, hold: LinkHold): Promise<string> {
    const links = this.#links()
    await links.release(fault.name)
    const untilMs = performance.now() + HEAL_MS
    for (;;) {
      const views = (await links.probe(hold)).filter(v => v.faults.length === 0 && this.#able(v))
      const shut = views.filter(v => v.seen !== 'passes')
      if (shut.length === 0) {
        const how = views.length === 0 ? 'nobody there to be reached' : `${list(views)} reached again`
        this.#c.faults.healed(fault, how)
        return `${fault.name} healed: ${how}`
      }
      if (performance.now() > untilMs) {
        const how = `released; ${list(shut)} not reached for ${HEAL_MS / 1_000} s`
        this.#c.faults.healed(fault, how)
        return `${fault.name} ${how}`
      }
      await pause(AGAIN_MS)
    }
  }

  async #inForce(fault: Fault, look: () => Promise<{seen: string} | {missing: string}>): Promise<ActionResult> {
    const seen = await look()
    const proof = 'seen' in seen ? seen.seen : undefined
    this.#c.faults.proven(fault, proof, 'missing' in seen ? seen.missing : '')
    const ends = fault.endsWallMs === undefined ? '' : `, for ${text(fault.endsWallMs - fault.sinceWallMs)}`
    return {
      did: fault.nodes.map(node => ({
        node,
        effect: fault.kind === 'partition' ? 'cut off' : 'link shaped',
        event: fault.event,
        ...(proof === undefined ? {note: 'not seen in force'} : {}),
      })),
      lines: [
        `${fault.name} ${fault.kind} ${fault.what}${ends}`,
        proof === undefined ? `NOT seen in force: ${fault.proof}` : `in force: ${proof}`,
      ],
      next: ['chronik link ls', 'chronik heal'],
    }
  }

  /** Questions on every cut link are swallowed, and no node hears any more what it heard before. */
  async #seenCut(fault: Fault, sinceMs: number): Promise<{seen: string} | {missing: string}> {
    const hold = holdOf(fault)
    const untilMs = performance.now() + (this.#c.proveMs ?? PROVE_MS)
    for (;;) {
      const views = await this.#links().probe(hold)
      const open = views.filter(v => v.seen === 'passes' || (v.seen !== 'cut' && this.#able(v)))
      const heard = open.length > 0 ? [] : await this.#heardSince(hold, sinceMs)
      if (open.length === 0 && heard.length === 0)
        return {
          seen: `${views.length} ${views.length === 1 ? 'link' : 'links'} probed, nothing passes; what was open is cut`,
        }
      if (performance.now() > untilMs)
        return {
          missing: open.length > 0 ? `${list(open)}: ${open[0].seen}` : `${heard.join(', ')} though the link is cut`,
        }
      await pause(AGAIN_MS)
    }
  }

  /** Nodes that say they have heard a node after the link from it was cut. What was on its way then may still arrive: it is asked again. */
  async #heardSince(hold: LinkHold, sinceMs: number): Promise<string[]> {
    const readings = await this.#c.ask()
    return hold.links.flatMap(([from, to]) => {
      const reading = readings.find(r => r.node === to)
      const ago = reading?.live?.heardMs?.[from]
      if (!reading || ago === undefined) return []
      const afterCutMs = reading.monotonicMs - sinceMs - ago
      return afterCutMs > 0 && ago < this.#c.quietMs ? [`n${to} hears n${from}`] : []
    })
  }

  async #seenShaped(fault: Fault, shape: LinkShape): Promise<{seen: string} | {missing: string}> {
    const [view] = await this.#links().probe(holdOf(fault))
    if (view.seen === 'passes' && view.ms !== undefined) {
      if (view.ms + 1 >= (shape.latencyMs ?? 0)) return {seen: `a question and its answer took ${text(view.ms)}`}
      return {missing: `a question and its answer took only ${text(view.ms)}`}
    }
    if (!this.#able(view)) return {seen: `n${view.to} does not run: it holds for all that will come`}
    if ((shape.lossPercent ?? 0) > 0) return {seen: 'a question was lost'}
    return {missing: `a question had no answer (${view.seen})`}
  }

  #able(view: LinkView): boolean {
    return this.#c.answers(view.to)
  }

  #links(): Links {
    if (this.#c.links) return this.#c.links
    throw new ChronikError(
      'CHRONIK_NOT_APPLICABLE',
      EXIT.labState,
      this.#c.noLinks ?? 'n/a here: this cluster was made with --set links=direct, nothing stands between its nodes.',
      this.#c.noLinks === undefined ? {next: 'chronik cluster up -c other'} : {},
    )
  }
}

export function holdOf(fault: Fault): LinkHold {
  return (fault.undo as {release: LinkHold}).release
}

/** Who is apart from whom: what was named first. */
function groupsOf(action: Partition, chosen: NodeId[], all: NodeId[]): NodeId[][] {
  const named = action.groups ?? [chosen]
  const flat = named.flat()
  const unknown = flat.find(n => !all.includes(n))
  if (unknown !== undefined) throw new UsageError(`No node n${unknown}: there are ${all.map(n => `n${n}`).join(' ')}.`)
  const twice = flat.find((n, i) => flat.indexOf(n) !== i)
  if (twice !== undefined) throw new UsageError(`n${twice} is in two groups.`)
  const rest = all.filter(n => !flat.includes(n))
  const groups = [...named.filter(g => g.length > 0), ...(rest.length > 0 ? [rest] : [])]
  if (groups.length < 2 && !action.clients)
    throw new UsageError(`Every node is in one group: there is nobody to be cut off from.`)
  if (action.oneWay && groups.length > 2)
    throw new UsageError('--one-way is between two groups: what is not named is one of them.')
  return groups
}

function cuts(groups: NodeId[][], {oneWay, clients, groups: named}: Partition): Omit<LinkHold, 'fault'> {
  const links: LinkHold['links'] = []
  for (const [i, a] of groups.entries())
    for (const b of groups.slice(i + 1))
      for (const x of a)
        for (const y of b) {
          if (oneWay !== 'in') links.push([x, y])
          if (oneWay !== 'out') links.push([y, x])
        }
  const alone = !clients ? [] : named ? groups.slice(1).flat() : groups[0]
  return {links, clientsIn: oneWay === 'out' ? [] : alone, clientsOut: oneWay === 'in' ? [] : alone}
}

function inWords(groups: NodeId[][], {oneWay, clients}: Partition): string {
  const arrow = oneWay === 'in' ? ' <-/- ' : oneWay === 'out' ? ' -/-> ' : ' | '
  const sides = groups.map(g => g.map(n => `n${n}`).join(' ')).join(arrow)
  return `${sides}${clients ? ', clients too' : ''}`
}

function shapeText({latencyMs, jitterMs, lossPercent, bytesPerSecond}: LinkShape): string {
  return [
    latencyMs === undefined ? '' : `latency ${text(latencyMs)}`,
    jitterMs === undefined ? '' : `jitter ${text(jitterMs)}`,
    lossPercent === undefined ? '' : `loss ${lossPercent} %`,
    bytesPerSecond === undefined ? '' : `${bytesPerSecond} B/s`,
  ]
    .filter(Boolean)
    .join(', ')
}

function list(views: readonly LinkView[]): string {
  return views.map(v => `${v.from === 'clients' ? 'clients' : `n${v.from}`}→n${v.to}`).join(' ')
}

function text(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
