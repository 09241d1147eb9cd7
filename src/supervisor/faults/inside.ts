import type {NodeId} from '../../base/ids.ts'
import {formatDuration} from '../../base/units.ts'
import type {Action, ActionResult, Asker} from '../../contracts/action.ts'
import type {DiskOrder, InsideOrder} from '../../contracts/inside.ts'
import type {NodeHandle} from '../node-handle.ts'
import type {Fault, FaultList} from './list.ts'

/** How far apart two readings of wall clocks on one machine may be. */
const CLOCK_MS = 1_000

/** Moved clocks and sick disks of nodes that run: told to the node, and measured there with what its broker uses. They end with the node's process. */
export class InsideFaults {
  readonly #faults: FaultList
  readonly #node: (id: NodeId) => NodeHandle

  constructor(faults: FaultList, node: (id: NodeId) => NodeHandle) {
    this.#faults = faults
    this.#node = node
  }

  async begin(
    who: readonly NodeHandle[],
    action: Extract<Action, {do: 'clock' | 'disk'}>,
    by: Asker,
  ): Promise<ActionResult> {
    const order: InsideOrder =
      action.do === 'clock' ? {call: 'clock', byMs: action.byMs} : {call: 'disk', trouble: action.trouble}
    const what = order.call === 'clock' ? `wall clock ${moved(order.byMs)}` : diskWords(order.trouble)
    const done: ActionResult = {did: [], lines: [], next: ['chronik fault ls', 'chronik heal']}
    // All at once: what shows that a disk is slow takes as long as the disk is slow.
    const begun = who.map(n => {
      const {node} = n.config
      const fault = this.#faults.begin(
        {kind: action.do, what: `n${node} ${what}`, nodes: [node], forMs: action.forMs},
        by,
        () => ({inside: order}),
      )
      // Proven where the answer comes: a node that refuses keeps nobody else's fault unproven.
      const telling = this.#tell(node, order.call).then(
        seen => {
          this.#faults.proven(fault, 'seen' in seen ? seen.seen : undefined, 'missing' in seen ? seen.missing : '')
          return seen
        },
        (error: unknown) => {
          this.#faults.healed(fault, 'the node did not take it')
          throw error
        },
      )
      return {node, fault, telling}
    })
    const told = await Promise.allSettled(begun.map(b => b.telling))
    for (const [i, {node, fault}] of begun.entries()) {
      const result = told[i]
      if (result.status === 'rejected') throw result.reason
      const seen = result.value
      const ends = action.forMs === undefined ? '' : `, for ${formatDuration(action.forMs)}`
      done.did.push({
        node,
        effect: action.do === 'clock' ? 'clock moved' : `disk ${what}`,
        event: fault.event,
        ...('missing' in seen ? {note: 'not seen in force'} : {}),
      })
      done.lines.push(
        `${fault.name} n${node} ${what}${ends}`,
        'seen' in seen ? `in force: ${seen.seen}` : `NOT seen in force: ${seen.missing}`,
      )
    }
    return done
  }

  async heal(fault: Fault, call: InsideOrder['call']): Promise<string> {
    const [node] = fault.nodes
    this.#faults.forget(fault)
    if (!this.#node(node).running) {
      this.#faults.say(fault, 'its process is gone')
      return `${fault.name} healed: n${node} does not run`
    }
    const seen = await this.#tell(node, call)
    const how = 'seen' in seen ? seen.seen : `told, but ${seen.missing}`
    this.#faults.say(fault, how)
    return `${fault.name} healed: ${how}`
  }

  /** Tells a node all that it has to suffer of this kind, and looks at what it measures. */
  async #tell(node: NodeId, call: InsideOrder['call']): Promise<{seen: string} | {missing: string}> {
    const orders = this.#faults
      .all()
      .flatMap(f =>
        f.nodes.includes(node) && 'inside' in f.undo && f.undo.inside.call === call ? [f.undo.inside] : [],
      )
    const n = this.#node(node)
    if (call === 'clock') {
      const byMs = orders.reduce((sum, o) => sum + (o.call === 'clock' ? o.byMs : 0), 0)
      const {wallMs} = await n.inject({call: 'clock', byMs})
      const off = wallMs - Date.now()
      return Math.abs(off - byMs) < CLOCK_MS
        ? {
            seen: `n${node} reads ${new Date(wallMs).toISOString()}, ${byMs === 0 ? 'as this machine does' : `${moved(byMs)}${byMs > 0 ? ' of' : ''} this machine's clock`}`,
          }
        : {missing: `n${node} reads ${new Date(wallMs).toISOString()}`}
    }
    const trouble: DiskOrder = Object.assign({}, ...orders.map(o => (o.call === 'disk' ? o.trouble : {})))
    const {freeBytes, syncMs} = await n.inject({call: 'disk', trouble})
    if (trouble.roomBytes !== undefined && freeBytes > trouble.roomBytes)
      return {missing: `n${node} has ${freeBytes} bytes free`}
    if (trouble.syncDelayMs !== undefined && (syncMs ?? 0) + 1 < trouble.syncDelayMs)
      return {missing: `a sync took ${Math.round(syncMs ?? 0)} ms`}
    return {
      seen: [
        trouble.roomBytes === undefined ? '' : `${freeBytes} bytes free`,
        syncMs === undefined ? '' : `a sync took ${Math.round(syncMs)} ms`,
        trouble.eio ? `the next ${trouble.eio.on} fails with EIO` : '',
        Object.keys(trouble).length === 0 ? `n${node}'s disk is as it was` : '',
      ]
        .filter(Boolean)
        .join(', '),
    }
  }
}

function moved(byMs: number): string {
  return `${formatDuration(Math.abs(byMs))} ${byMs < 0 ? 'behind' : 'ahead'}`
}

function diskWords({roomBytes, eio, syncDelayMs}: DiskOrder): string {
  return [
    roomBytes === undefined ? '' : 'full',
    eio
      ? `EIO on ${eio.on}${eio.times === undefined ? '' : `, ${eio.times === 1 ? 'once' : `${eio.times} times`}`}`
      : '',
    syncDelayMs === undefined ? '' : `syncs ${syncDelayMs} ms late`,
  ]
    .filter(Boolean)
    .join(', ')
}
