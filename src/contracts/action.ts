import type {NodeId} from '../base/ids.ts'
import type {DamageTarget, DamageWord} from './damage.ts'
import type {DiskOrder} from './inside.ts'

/** Who is meant. `group` (default `__raft_metadata/0`) says whose leader and followers. */
export type Selector = (
  | {nodes: NodeId[]}
  | {role: 'leader' | 'follower' | 'followers' | 'random' | 'minority' | 'majority' | 'all'}
) & {group?: string}

/** What a link does to the bytes on it; nothing given: nothing. */
export interface LinkShape {
  /** Every byte comes so much later, ms. */
  latencyMs?: number
  /** … and up to so much later still, drawn anew for each piece; order is kept. */
  jitterMs?: number
  /** Of a hundred segments (1,460 bytes) so many are lost, and sent again after 200 ms, 400 ms, … as TCP does; six in a row break the connection. */
  lossPercent?: number
  bytesPerSecond?: number
}

/** Everything that can be done to a cluster: one value for command line, dashboard, labs and journal. */
export type Action =
  /**
   * A kill of the leader returns when another one serves, or `patienceMs` (30 s) after it was ordered. `powerLoss`: a part of what was not synced goes
   * too, drawn by `seed`; with `losesAll` all of it.
   */
  | {
      do: 'kill'
      who: Selector
      signal?: string
      powerLoss?: boolean
      seed?: string
      losesAll?: boolean
      forMs?: number
      repeat?: number
      patienceMs?: number
      /** It dies by itself, at that named point. */
      at?: string
      /** As soon as that holds of it: `hardstate.term>=3`. */
      when?: string
      /** How long `at` and `when` are waited for, 30 s. */
      waitMs?: number
    }
  | {do: 'stop'; who: Selector; forMs?: number}
  /** Returns when each node has caught up, or `patienceMs` (30 s) after it was ordered: what it found is known as soon as it is up. */
  | {do: 'start'; who?: Selector; patienceMs?: number}
  | {do: 'restart'; who: Selector; rolling?: boolean}
  | {do: 'pause'; who: Selector; forMs?: number}
  | {do: 'resume'; who?: Selector}
  /** Of the files of nodes that do not run. */
  | ({do: 'damage'; how: DamageWord; who: Selector} & Omit<DamageTarget, 'group'>)
  /**
   * Cuts `who` off from all others, or each of `groups` from the other groups (nodes in none are one more). `in`: only what comes to them (to the first
   * group) is cut, `out`: only what they send. `clients`: no client reaches them (reaches any group but the first) either.
   */
  | {do: 'partition'; who?: Selector; groups?: NodeId[][]; oneWay?: 'in' | 'out'; clients?: boolean; forMs?: number}
  /** Shapes the link from one node to another: that direction alone. */
  | {do: 'link'; from: NodeId; to: NodeId; shape: LinkShape; forMs?: number}
  /** Moves the wall clock of nodes that run; what is monotonic stays. */
  | {do: 'clock'; who: Selector; byMs: number; forMs?: number}
  /** Makes the disk of nodes that run full, failing or slow. */
  | {do: 'disk'; who: Selector; trouble: DiskOrder; forMs?: number}
  /** `faults`: those of these names. Neither nodes nor names: every one. */
  | {do: 'heal'; who?: Selector; faults?: string[]; start?: boolean}
  | {do: 'repair'; who: Selector}
  /** One node more: returns when it is up and a voter of the metadata group. */
  | {do: 'add'}
  /** Its replicas go to others, then it leaves every group, and the cluster. Its data are put aside. */
  | {do: 'remove'; node: NodeId}
  /** It comes back under its number with an empty disk: out of every group first, then a learner, then a voter. Its data are put aside. */
  | {do: 'replace'; node: NodeId}
  | {do: 'mark'; text: string}

/** Who asked: shown in events, `by dashboard (pid 512)`. */
export interface Asker {
  name: string
  pid: number
}

/** What an action did, node by node. `lines` is what a person is shown. */
export interface ActionResult {
  did: Array<NodeEffect>
  lines: string[]
  /** Commands to type next. */
  next: string[]
}

export interface NodeEffect {
  node: NodeId
  /** In the past tense: killed, stopped, paused, resumed, started, already up, … */
  effect: string
  pid?: number
  /** Milliseconds from the order to its proof. */
  afterMs?: number
  /** Role in the selected group before the action. */
  was?: string
  note?: string
  event?: number
}

/** The command line that stands for an action. */
export function actionToCommand(action: Action): string {
  switch (action.do) {
    case 'mark':
      return `chronik mark ${JSON.stringify(action.text)}`
    case 'kill':
      return words(
        'kill',
        who(action.who),
        action.signal && action.signal !== 'SIGKILL' ? `-s ${action.signal}` : '',
        action.powerLoss ? '--power-loss' : '',
        action.seed ? `--seed ${action.seed}` : '',
        action.losesAll ? '--lose-all' : '',
        forText(action.forMs),
        action.repeat ? `--repeat ${action.repeat}` : '',
        action.at ? `--at ${action.at}` : '',
        action.when ? `--when '${action.when}'` : '',
      )
    case 'repair':
      return words('repair', who(action.who))
    case 'add':
      return 'chronik cluster add'
    case 'remove':
    case 'replace':
      return `chronik cluster ${action.do} ${action.node}`
    case 'stop':
    case 'pause':
      return words(action.do, who(action.who), forText(action.forMs))
    case 'restart':
      return words('restart', who(action.who), action.rolling ? '--rolling' : '')
    case 'start':
    case 'resume':
      return words(action.do, who(action.who))
    case 'damage':
      return words(
        `disk ${action.how}`,
        who(action.who),
        action.path === undefined ? '' : `--path ${JSON.stringify(action.path)}`,
        action.byte === undefined ? '' : `--byte ${action.byte}`,
      )
    case 'partition':
      return words(
        'partition',
        action.groups ? `--groups ${action.groups.map(g => g.join(',')).join('/')}` : who(action.who),
        action.oneWay ? `--one-way ${action.oneWay}` : '',
        action.clients ? '--clients' : '',
        forText(action.forMs),
      )
    case 'clock':
      return words('clock', who(action.who), `--by=${signed(action.byMs)}`, forText(action.forMs))
    case 'disk':
      return words('disk', ...diskWords(action.trouble, who(action.who)), forText(action.forMs))
    case 'link':
      return words('link set', `${action.from}:${action.to}`, ...shapeWords(action.shape), forText(action.forMs))
    case 'heal':
      return words('heal', ...(action.faults ?? []), who(action.who), action.start ? '--start' : '')
  }
}

function words(verb: string, ...rest: string[]): string {
  return ['chronik', verb, ...rest.filter(Boolean)].join(' ')
}

function forText(ms: number | undefined): string {
  return ms === undefined ? '' : `--for ${time(ms)}`
}

function shapeWords(shape: LinkShape): string[] {
  const {latencyMs, jitterMs, lossPercent, bytesPerSecond} = shape
  return [
    latencyMs === undefined ? '' : `--latency ${time(latencyMs)}`,
    jitterMs === undefined ? '' : `--jitter ${time(jitterMs)}`,
    lossPercent === undefined ? '' : `--loss ${lossPercent}`,
    bytesPerSecond === undefined ? '' : `--bandwidth ${bytesPerSecond}B/s`,
  ]
}

function diskWords({eio, syncDelayMs}: DiskOrder, nodes: string): string[] {
  if (eio) return ['eio', nodes, `--on ${eio.on}`, eio.times === 1 ? '--once' : '']
  return syncDelayMs === undefined ? ['full', nodes] : ['slow', nodes, `--by ${time(syncDelayMs)}`]
}

function signed(ms: number): string {
  return ms < 0 ? `-${time(-ms)}` : time(ms)
}

function time(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}

function who(selector: Selector | undefined): string {
  if (!selector) return ''
  const group = selector.group && selector.group !== '__raft_metadata/0' ? groupText(selector.group) : ''
  return ['nodes' in selector ? selector.nodes.join(' ') : `--${selector.role}`, group].filter(Boolean).join(' ')
}

function groupText(group: string): string {
  const slash = group.lastIndexOf('/')
  return `-t ${group.slice(0, slash)} --partition ${group.slice(slash + 1)}`
}
