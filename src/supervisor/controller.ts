import {ChronikError, EXIT, messageOf} from '../base/errors.ts'
import type {GroupName, Index, NodeId} from '../base/ids.ts'
import type {Random} from '../base/random.ts'
import {formatAge, formatDuration} from '../base/units.ts'
import type {Action, ActionResult, Asker, NodeEffect, Selector} from '../contracts/action.ts'
import type {LinkView} from '../contracts/faults.ts'
import type {NodeConfig, ReadyLine} from '../contracts/node-config.ts'
import type {GroupChange} from '../contracts/node-state.ts'
import type {ClusterSnapshot, NodeReading} from '../contracts/supervisor-protocol.ts'
import type {AttachedEngine, Engine, EngineCluster} from '../engines/engine.ts'
import {contractOf} from '../engines/index.ts'
import {readNode} from '../inspect/node.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import {ElectionJournal} from './election-journal.ts'
import {damage, undoDamages} from './faults/damage.ts'
import {InsideFaults} from './faults/inside.ts'
import {killAt, waitWhen} from './faults/kill-at.ts'
import {type Fault, FaultList} from './faults/list.ts'
import {holdOf, NetworkFaults} from './faults/network.ts'
import {pauseNode, resumeNode} from './faults/pause.ts'
import {losePower, mustBeLossy} from './faults/power-loss.ts'
import {followSpec} from './follow-spec.ts'
import {handleOf} from './handles.ts'
import type {Journal} from './journal.ts'
import type {Links} from './links.ts'
import {Members} from './members.ts'
import {nameEmptyDisk} from './node-folder.ts'
import type {NodeHandle} from './node-handle.ts'
import {picture, whatTheyDo} from './picture.ts'
import {GRACE_MS} from './process-handle.ts'
import {ProcessList} from './process-list.ts'
import {repair} from './repair.ts'
import {select} from './select.ts'
import type {ClusterSpec} from './spec.ts'
import {diedStarting, startedLines} from './started.ts'

/** An election that is going on is waited for, when a verb names the leader. */
const ELECTION_MS = 5_000
const LEADER_MS = 30_000
const CAUGHT_UP_MS = 30_000
const MEMBERS_MS = 30_000
/** How long the moment of a kill is waited for. */
const MOMENT_MS = 30_000
/** Nodes tell each other that they live every 40 ms, calm ones every 200 ms. */
const QUIET_MS = {normal: 120, calm: 600}

type GroupEvent = GroupChange & {node: NodeId; incarnation: string}

/** Owner of every process of a cluster. Actions come one after the other; exits and what nodes tell reach it as events. */
export class Controller {
  readonly spec: ClusterSpec
  readonly dir: string
  readonly journal: Journal
  readonly nodes: NodeHandle[]
  readonly startedWallMs = Date.now()
  readonly #random: Random
  readonly #handle: (config: NodeConfig) => NodeHandle
  /** Why its members cannot be changed from here. */
  readonly #fixed: string | undefined
  /** The group that holds topics and brokers: its leader is the cluster's. */
  readonly #metadata: GroupName
  /** Why it has no relays, when it has none. */
  readonly #noLinks: string
  /** Why its nodes have no named points at which they could die, when they have none. */
  readonly #noPoints: string | undefined
  readonly #changed = new Set<() => void>()
  readonly #groupListeners = new Set<(g: GroupEvent) => void>()
  #queue: Promise<unknown> = Promise.resolve()
  #scheduled = false
  readonly #elections: ElectionJournal
  readonly #links: Links | undefined
  readonly #faults: FaultList
  readonly #network: NetworkFaults
  readonly #inside: InsideFaults
  /** What waits between two acts of one that repeats. */
  readonly #waits = new Set<NodeJS.Timeout>()
  /** When the metadata group had a leader the last time, ms of the monotonic clock. */
  #leaderSeenMs = performance.now()
  #over = false
  heldBy: {why: string; owner: unknown} | undefined

  constructor(
    spec: ClusterSpec,
    dir: string,
    configs: NodeConfig[],
    engine: {engine: Engine | AttachedEngine; cluster: EngineCluster},
    journal: Journal,
    random: Random,
    links?: Links,
  ) {
    this.spec = spec
    this.dir = dir
    this.journal = journal
    this.#elections = new ElectionJournal(journal)
    this.#random = random
    const {cannot, metadataGroup} = contractOf({engine: spec.engine, runs: spec.engineOptions?.attached?.runs})
    this.#metadata = metadataGroup
    this.#noLinks = `n/a here: ${cannot.links ?? 'its links are direct (--set links=direct)'}.`
    this.#noPoints = cannot['crash-points']
    this.#fixed = cannot.members
    this.#links = links
    this.#faults = new FaultList(dir, journal, {expired: fault => this.#expired(fault), changed: () => this.#touch()})
    const processes = new ProcessList(dir)
    this.#handle = config => {
      const handle: NodeHandle = handleOf(dir, config, engine, processes, {
        changed: () => this.#touch(),
        group: change => this.#groupChanged(handle, change),
        starting: async () => links?.starting(config.node),
        ready: async () => links?.up(config.node),
        exited: (how, asked) => this.#exited(handle, how, asked),
        flooded: bytes =>
          this.journal.add('node', `n${config.node} printed ${bytes} bytes: its log was emptied`, {
            node: config.node,
            data: {bytes},
          }),
        ran: (verb, how, data) =>
          this.journal.add('node', `n${config.node} exec ${verb}: ${how}`, {node: config.node, data}),
        noticed: what => this.journal.add('node', what, {node: config.node}),
        vanished: how => {
          this.journal.add('node', `n${config.node} does not answer any more: ${how}`, {node: config.node})
          this.#faults.over(['pause'], config.node, 'it does not answer any more')
        },
      })
      return handle
    }
    this.nodes = configs.map(this.#handle)
    this.#inside = new InsideFaults(this.#faults, id => this.node(id))
    this.#network = new NetworkFaults({
      links,
      ...(cannot.links === undefined ? {} : {noLinks: this.#noLinks}),
      faults: this.#faults,
      nodes: () => this.nodes.map(n => n.config.node),
      quietMs: QUIET_MS[spec.settings.timing],
      ask: () => this.ask(undefined),
      answers: id => this.nodes.some(n => n.config.node === id && n.running && !n.paused),
    })
  }

  node(id: NodeId): NodeHandle {
    const found = this.nodes.find(n => n.config.node === id)
    if (!found) throw new ChronikError('CHRONIK_NO_NODE', EXIT.usage, `No node n${id}.`)
    return found
  }

  onChange(run: () => void): () => void {
    this.#changed.add(run)
    return () => this.#changed.delete(run)
  }

  onGroup(run: (g: GroupEvent) => void): () => void {
    this.#groupListeners.add(run)
    return () => this.#groupListeners.delete(run)
  }

  #touch(): void {
    if (this.leader(this.#metadata)) this.#leaderSeenMs = performance.now()
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const run of [...this.#changed]) run()
    })
  }

  #groupChanged(handle: NodeHandle, change: GroupChange): void {
    const node = handle.config.node
    for (const run of this.#groupListeners) run({...change, node, incarnation: handle.incarnation ?? ''})
    if (change.group === this.#metadata) this.#elections.told(node, change)
  }

  #exited(handle: NodeHandle, how: string, asked: string | undefined): void {
    const {node} = handle.config
    this.#links?.down(node)
    this.#faults.over(['pause', 'clock', 'disk'], node, 'its process is gone')
    if (asked === undefined)
      this.journal.add('node', `n${node} CRASHED: ${how}, asked by nobody`, {
        node,
        data: {how, incarnation: handle.incarnation},
      })
    else
      this.journal.add('proven', `n${node} is gone (${how})`, {
        node,
        data: {how, incarnation: handle.incarnation, asked},
      })
  }

  /** Waits for a fact about this cluster; undefined when it did not come in time. */
  until<T>(fact: () => T | undefined, withinMs: number): Promise<T | undefined> {
    return new Promise(resolve => {
      const look = (): void => {
        const found = fact()
        if (found === undefined) return
        end(found)
      }
      const forget = this.onChange(look)
      // What is over before it begins is looked at once.
      const timer = setTimeout(() => end(undefined), Math.max(0, withinMs))
      const end = (found: T | undefined): void => {
        clearTimeout(timer)
        forget()
        resolve(found)
      }
      look()
    })
  }

  /** Leader of a group as its nodes tell: the one of the highest term that runs. */
  leader(group: string): {node: NodeHandle; term: number} | undefined {
    let found: {node: NodeHandle; term: number} | undefined
    for (const node of this.nodes) {
      const state = node.running && !node.paused ? node.group(group) : undefined
      if (state?.role === 'leader' && state.term > (found?.term ?? -1)) found = {node, term: state.term}
    }
    return found
  }

  async startAll(progress: (line: string) => void): Promise<void> {
    const lines = await Promise.all(
      this.nodes.map(async n => {
        if (this.#fixed === undefined) nameEmptyDisk(this, n)
        const line = await n.begin()
        if ('said' in line) progress(line.said)
        return {n, line}
      }),
    )
    for (const {n, line} of lines) if ('failed' in line) throw diedStarting(n, line.failed)
  }

  /** Waits until every node that is up follows the leader that there is. */
  async allFollow(withinMs: number): Promise<void> {
    await this.until(() => {
      const leader = this.leader(this.#metadata)
      const behind = this.nodes.some(n => n.state === 'up' && n.group(this.#metadata)?.term !== leader?.term)
      return leader && !behind ? true : undefined
    }, withinMs)
  }

  async firstLeader(withinMs: number): Promise<NodeHandle | undefined> {
    return this.until(() => {
      const leader = this.leader(this.#metadata)
      return leader?.node.group(this.#metadata)?.serving ? leader.node : undefined
    }, withinMs)
  }

  /** Does what is asked, one action after the other. `signal`: whoever asked is gone; what repeats ends then. */
  act(
    action: Action,
    by: Asker,
    progress: (line: string) => void,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ActionResult> {
    const why = this.nodes[0]?.refuses(action)
    if (why !== undefined)
      return Promise.reject(new ChronikError('CHRONIK_NO_COMMAND', EXIT.labState, `n/a here: ${why}.`))
    if (action.do === 'kill' && (action.repeat ?? 1) > 1) return this.#repeat(action, by, progress, signal)
    return this.#once(action, by, progress, signal)
  }

  /** What waits for a moment keeps nobody else waiting. */
  #once(action: Action, by: Asker, progress: (line: string) => void, signal: AbortSignal): Promise<ActionResult> {
    if (action.do === 'kill' && action.when !== undefined)
      return this.#killWhen(action, action.when, by, progress, signal)
    if (action.do === 'kill' && action.at !== undefined) return this.#killAt(action, action.at, by, progress, signal)
    return this.#queued(action, by, progress)
  }

  async #killAt(
    action: Extract<Action, {do: 'kill'}>,
    point: string,
    by: Asker,
    progress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ActionResult> {
    const who = await this.#chosen(action.who)
    if (this.#noPoints !== undefined)
      throw new ChronikError('CHRONIK_NOT_APPLICABLE', EXIT.labState, `n/a here: ${this.#noPoints}.`)
    const group = action.who.group ?? this.#metadata
    const {journal} = this
    const start = (n: NodeHandle, how: {dieAt: string; by: string}) => this.#inTurn(() => this.#begin(n, how))
    const done = await killAt(who, point, action.waitMs ?? MOMENT_MS, by, {journal, group, progress, signal, start})
    this.#lease('kill', who, action.forMs, by)
    return done
  }

  /** Waits until that holds of one of them, then kills those of which it does. A leader is whoever leads then. */
  async #killWhen(
    action: Extract<Action, {do: 'kill'}>,
    when: string,
    by: Asker,
    progress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ActionResult> {
    const group = action.who.group ?? this.#metadata
    const leads = 'role' in action.who && action.who.role === 'leader'
    const who = leads ? [] : await this.#chosen(action.who)
    const hit = await waitWhen(when, action.waitMs ?? MOMENT_MS, {
      group,
      signal,
      nodes: () => (leads ? this.nodes.filter(n => n === this.leader(group)?.node) : who),
      until: (fact, withinMs) => this.until(fact, withinMs),
    })
    progress(`${when} holds of ${hit.map(n => `n${n}`).join(' ')}`)
    const {when: _when, waitMs: _waitMs, ...now} = action
    return this.#once({...now, who: {nodes: hit, group}}, by, progress, signal)
  }

  #queued(action: Action, by: Asker, progress: (line: string) => void): Promise<ActionResult> {
    return this.#inTurn(() => this.#act(action, by, progress))
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(run)
    this.#queue = done.catch(() => undefined)
    return done
  }

  async #act(action: Action, by: Asker, progress: (line: string) => void): Promise<ActionResult> {
    switch (action.do) {
      case 'mark': {
        this.journal.add('mark', action.text)
        return {did: [], lines: [`marked: ${action.text}`], next: []}
      }
      case 'kill': {
        if (action.powerLoss) mustBeLossy(this.spec)
        const who = await this.#chosen(action.who)
        this.#lease('kill', who, action.forMs, by)
        const done = await this.#kill(
          who,
          action.signal ?? 'SIGKILL',
          action.who.group,
          by,
          progress,
          action.patienceMs,
        )
        if (!action.powerLoss) return done
        const lines = losePower(
          who,
          {seed: action.seed ?? this.#random.u32().toString(16), all: action.losesAll === true},
          by,
          this,
        )
        for (const line of lines) progress(line)
        return {...done, lines: [...done.lines, ...lines]}
      }
      case 'stop': {
        const who = await this.#chosen(action.who)
        this.#lease('stop', who, action.forMs, by)
        return {...(await this.#each(who, n => this.#stop(n, by))), next: ['chronik start']}
      }
      case 'pause': {
        const {forMs} = action
        const done = await this.#each(await this.#chosen(action.who), n => pauseNode(n, forMs, by, this.#faults))
        return {...done, next: ['chronik resume']}
      }
      case 'repair': {
        const world = {
          dir: this.dir,
          journal: this.journal,
          nodes: this.nodes,
          stop: (n: NodeHandle) => this.#stop(n, by),
          start: (n: NodeHandle) => this.#start(n, by, 0),
          leaderWithinMs: ELECTION_MS,
          caughtUpWithinMs: CAUGHT_UP_MS,
        }
        return this.#each(await this.#chosen(action.who), n => repair(n, by, world))
      }
      case 'add':
        return this.#members(by, progress).add()
      case 'remove':
        return this.#members(by, progress).remove(action.node)
      case 'replace':
        return this.#members(by, progress).replace(action.node)
      case 'damage':
        return damage(await this.#chosen(action.who), action, by, this)
      case 'resume':
        return this.#each(
          this.#mendable(action.who, n => n.paused),
          n => resumeNode(n, by, this.#faults, this.journal),
        )
      case 'start':
        return this.#each(
          this.#mendable(action.who, n => !n.running),
          n => this.#start(n, by, action.patienceMs),
        )
      case 'restart': {
        const who = await this.#chosen(action.who)
        if (!action.rolling) await Promise.all(who.map(n => this.#stop(n, by)))
        const done: ActionResult = {did: [], lines: [], next: []}
        for (const group of action.rolling ? who.map(n => [n]) : [who]) {
          if (action.rolling) await this.#stop(group[0], by)
          const part = await this.#each(group, n => this.#start(n, by))
          done.did.push(...part.did)
          done.lines.push(...part.lines)
        }
        return done
      }
      case 'partition':
        return this.#network.partition(
          action,
          action.who ? (await this.#chosen(action.who)).map(n => n.config.node) : [],
          by,
        )
      case 'link':
        return this.#network.shape(action, by)
      case 'clock':
      case 'disk':
        return this.#inside.begin(await this.#chosen(action.who), action, by)
      case 'heal':
        return this.#heal(action, by)
    }
  }

  #members(by: Asker, progress: (line: string) => void): Members {
    if (this.#fixed !== undefined)
      throw new ChronikError('CHRONIK_NOT_APPLICABLE', EXIT.labState, `n/a here: ${this.#fixed}.`)
    const {spec, dir, journal, nodes} = this
    return new Members(
      {
        spec,
        dir,
        journal,
        nodes,
        withinMs: MEMBERS_MS,
        changed: async () => {
          await followSpec({spec, dir, nodes, links: this.#links, make: this.#handle})
          this.#touch()
        },
        start: n => this.#start(n, by, 0),
        stop: n => this.#stop(n, by),
        leaderless: () => this.leaderless(),
        progress,
      },
      by,
    )
  }

  /** Kills, waits, starts again, so many times; nodes are drawn anew each time. Others may act in between. */
  async #repeat(
    action: Extract<Action, {do: 'kill'}>,
    by: Asker,
    progress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ActionResult> {
    const {repeat = 1, forMs = 0, ...once} = action
    const all: ActionResult = {did: [], lines: [], next: ['chronik status']}
    const take = (done: ActionResult): void => {
      all.did.push(...done.did)
      all.lines.push(...done.lines)
    }
    for (let n = 1; n <= repeat && !signal.aborted && !this.#over; n++) {
      all.lines.push(`${n} of ${repeat}`)
      progress(`${n} of ${repeat}`)
      const done = await this.#once(once, by, progress, signal)
      take(done)
      await this.#lasts(forMs, signal)
      const nodes = done.did.map(d => d.node)
      if (nodes.length > 0 && !this.#over) take(await this.#queued({do: 'start', who: {nodes}}, by, progress))
    }
    return all
  }

  #lasts(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waits.delete(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#waits.add(timer)
      signal.addEventListener('abort', end, {once: true})
    })
  }

  /** Nodes that are dead for a time: started again when it is over. */
  #lease(kind: 'kill' | 'stop', who: NodeHandle[], forMs: number | undefined, by: Asker): void {
    if (forMs === undefined) return
    const nodes = who.map(n => n.config.node)
    const what = `${nodes.map(n => `n${n}`).join(' ')} start again in ${formatDuration(forMs)}`
    this.#faults.begin({kind, what, nodes, forMs}, by, () => ({act: {do: 'start', who: {nodes}}}))
  }

  #expired(fault: Fault): void {
    void this.act({do: 'heal', faults: [fault.name]}, {name: 'its time', pid: process.pid}, () => undefined).catch(
      error => this.journal.add('node', `${fault.name} could not be healed: ${messageOf(error)}`),
    )
  }

  /** Every fault meant: those named, those on the nodes named, or all. What was killed or stopped comes back when it is named, or with `start`. */
  async #heal(action: Extract<Action, {do: 'heal'}>, by: Asker): Promise<ActionResult> {
    const done: ActionResult = {did: [], lines: [], next: []}
    const take = (part: Pick<ActionResult, 'did' | 'lines'>): void => {
      done.did.push(...part.did)
      done.lines.push(...part.lines)
    }
    const on = action.who ? this.#who(action.who).map(n => n.config.node) : undefined
    const faults = action.faults
      ? action.faults.map(name => this.#faultNamed(name)).filter(f => f !== undefined)
      : this.#faults.all().filter(f => !on || f.nodes.some(n => on.includes(n)))
    for (const fault of faults) {
      const dead = fault.kind === 'kill' || fault.kind === 'stop'
      if ('release' in fault.undo) {
        const line = await this.#network.heal(fault, holdOf(fault))
        take({did: fault.nodes.map(node => ({node, effect: 'healed', event: fault.event})), lines: [line]})
      } else if ('inside' in fault.undo) {
        const line = await this.#inside.heal(fault, fault.undo.inside.call)
        take({did: fault.nodes.map(node => ({node, effect: 'healed', event: fault.event})), lines: [line]})
      } else if (!dead || action.faults) {
        take(await this.#act(fault.undo.act, by, () => undefined))
        this.#faults.healed(fault, `by ${by.name}`)
      }
    }
    if (!action.faults) {
      const stopped = this.#mendable(action.who, n => !n.running)
      take({did: [], lines: undoDamages(stopped, by, this)})
    }
    if (action.start)
      take(
        await this.#each(
          this.#mendable(action.who, n => !n.running),
          n => this.#start(n, by),
        ),
      )
    if (done.lines.length === 0) done.lines.push('nothing to heal')
    return done
  }

  /** Undefined: it was one, and is healed already. */
  #faultNamed(name: string): Fault | undefined {
    const fault = this.#faults.named(name)
    if (fault || Number(name.slice(1)) <= this.journal.number) return fault
    throw new ChronikError('CHRONIK_NO_FAULT', EXIT.labState, `No fault ${name} is in force.`, {
      next: 'chronik fault ls',
    })
  }

  /** Every link, measured now. */
  async links(): Promise<LinkView[]> {
    if (this.#links) return this.#links.probe()
    throw new ChronikError('CHRONIK_NOT_APPLICABLE', EXIT.labState, this.#noLinks)
  }

  /** `No leader of __raft_metadata/0 for 30 s: n1 candidate at term 9, n2 n3 killed. Quorum needs 2` */
  leaderless(group: string = this.#metadata): string {
    const forMs = performance.now() - this.#leaderSeenMs
    const since = group === this.#metadata && forMs >= 1_000 ? ` for ${formatAge(forMs)}` : ''
    const why = whatTheyDo(this.nodes, group)
    return `No leader of ${group}${since}: ${why}. Quorum needs ${this.#quorum}`
  }

  get #quorum(): number {
    return Math.floor(this.nodes.length / 2) + 1
  }

  /** Who is meant. One that names a leader waits for the election that is going on. */
  async #chosen(who: Selector): Promise<NodeHandle[]> {
    const group = who.group ?? this.#metadata
    const byLeader = 'role' in who && ['leader', 'follower', 'followers'].includes(who.role)
    const able = this.nodes.filter(n => n.running && !n.paused).length >= this.#quorum
    if (byLeader && able && !this.leader(group)) await this.until(() => this.leader(group), ELECTION_MS)
    return this.#who(who)
  }

  #who(who: Selector): NodeHandle[] {
    const group = who.group ?? this.#metadata
    const picture = {
      nodes: this.nodes.map(n => n.config.node),
      running: new Set(this.nodes.filter(n => n.running).map(n => n.config.node)),
      leader: this.leader(group)?.node.config.node ?? 0,
      group,
      leaderless: this.leaderless(group),
    }
    return select(who, picture, this.#random).map(id => this.node(id))
  }

  #mendable(who: Selector | undefined, needs: (n: NodeHandle) => boolean): NodeHandle[] {
    return who ? this.#who(who) : this.nodes.filter(needs)
  }

  async #each(
    who: NodeHandle[],
    run: (n: NodeHandle) => Promise<{effect: NodeEffect; lines: string[]}>,
  ): Promise<ActionResult> {
    const all = await Promise.all(who.map(run))
    return {did: all.map(a => a.effect), lines: all.flatMap(a => a.lines), next: []}
  }

  async #kill(
    who: NodeHandle[],
    signal: string,
    groupWanted: string | undefined,
    by: Asker,
    progress: (line: string) => void,
    patienceMs = LEADER_MS,
  ): Promise<ActionResult> {
    const group = groupWanted ?? this.#metadata
    const led = this.leader(group)
    const lines: string[] = []
    const say = (line: string): void => {
      lines.push(line)
      progress(line)
    }
    const orderedMs = performance.now()
    const did = await Promise.all(
      who.map(async (n): Promise<NodeEffect> => {
        const {node} = n.config
        const {called, id} = n
        const pid = id && {pid: id.pid}
        if (!n.running) {
          say(`n${node} is ${n.state} already`)
          return {node, effect: `already ${n.state}`}
        }
        const was = n.group(group)?.role
        if (led?.node === n) {
          const others = (n.live?.partitions ?? []).filter(p => p.leader === node).map(p => `${p.topic}/${p.partition}`)
          say(
            `n${node} was leader of ${group} at term ${led.term}${others.length > 0 ? ` (and of ${others.join(' ')})` : ''}`,
          )
        }
        const event = this.journal.add(
          'fault',
          `n${node} kill ${signal} ${called}${was ? ` (${was})` : ''} by ${by.name} (pid ${by.pid})`,
          {
            node,
            data: {signal, ...pid, was, incarnation: n.incarnation},
          },
        )
        const begun = performance.now()
        if (!n.signal(signal as NodeJS.Signals, 'killed', 'by you'))
          return {node, effect: 'was gone already', ...pid, was, event: event.number}
        await n.exited
        const afterMs = performance.now() - begun
        say(`${id ? `${signal} to` : `n${node} at`} ${called}: gone after ${Math.round(afterMs)} ms`)
        return {node, effect: 'killed', ...pid, afterMs, was, event: event.number}
      }),
    )
    const left = this.nodes.filter(n => n.running && !n.paused).length
    const quorum = Math.floor(this.nodes.length / 2) + 1
    if (led && who.includes(led.node) && left >= quorum) {
      const leftMs = orderedMs + patienceMs - performance.now()
      const next = await this.until(() => {
        const now = this.leader(group)
        return now && now.term > led.term && now.node.group(group)?.serving ? now : undefined
      }, leftMs)
      const counts = `quorum ${quorum} of ${this.nodes.length}`
      if (next) {
        const ms = Math.round(performance.now() - orderedMs)
        say(`n${next.node.config.node} leads term ${next.term} after ${ms} ms        ${counts}`)
      } else if (patienceMs > 0) say(`no new leader of ${group} for ${patienceMs / 1_000} s        ${counts}`)
    } else if (left < quorum) say(`${left} of ${this.nodes.length} nodes run: no quorum, which needs ${quorum}`)
    await Promise.all(who.map(n => n.kept))
    return {did, lines, next: ['chronik hardstate', 'chronik start']}
  }

  async #stop(n: NodeHandle, by: Asker): Promise<{effect: NodeEffect; lines: string[]}> {
    const {node} = n.config
    const {called, id} = n
    const pid = id && {pid: id.pid}
    if (!n.running) return {effect: {node, effect: `already ${n.state}`}, lines: [`n${node} is ${n.state} already`]}
    const was = n.group(this.#metadata)?.role
    const event = this.journal.add('fault', `n${node} stop SIGTERM ${called} by ${by.name} (pid ${by.pid})`, {
      node,
      data: {...pid},
    })
    const begun = performance.now()
    if (n.paused) await n.resume()
    n.signal('SIGTERM', 'stopped', 'by you')
    // What ends it elsewhere has a grace of its own.
    const timer = setTimeout(
      () => id && n.signal('SIGKILL', 'killed', `by you: SIGTERM was not enough for ${GRACE_MS / 1_000} s`),
      GRACE_MS,
    )
    await n.exited
    clearTimeout(timer)
    await n.kept
    const afterMs = performance.now() - begun
    const forced = n.state === 'killed' ? ` (SIGKILL, after ${GRACE_MS / 1_000} s of grace)` : ''
    return {
      effect: {node, effect: n.state, ...pid, afterMs, was, event: event.number},
      lines: [`n${node} stopped after ${Math.round(afterMs)} ms${forced}`],
    }
  }

  async #start(n: NodeHandle, by: Asker, patienceMs = CAUGHT_UP_MS): Promise<{effect: NodeEffect; lines: string[]}> {
    const {node, dataDir} = n.config
    if (n.running) return {effect: {node, effect: `already ${n.state}`}, lines: [`n${node} is ${n.state} already`]}
    // What lies on its disk, read by the second reader before the node touches it.
    const onDisk = readNode(nodeFiles, dataDir).find(g => g.group === this.#metadata)?.hardState
    const begun = performance.now()
    const event = this.journal.add('node', `n${node} start by ${by.name} (pid ${by.pid})`, {node})
    const line = await this.#begin(n)
    if ('failed' in line) throw diedStarting(n, line.failed)
    const upMs = Math.round(performance.now() - begun)
    const leftMs = patienceMs - upMs
    // What was committed when it came up: some logs never stand still.
    let target: Index | undefined
    const caught = await this.until(() => {
      if (!n.running) return 'gone' as const
      // A damaged log is not caught up by waiting.
      if (n.otherDisk || n.live?.refused.some(r => r.group === this.#metadata)) return 'refused' as const
      // Without a quorum nobody leads, however long that is waited for.
      if (this.nodes.filter(other => other.running && !other.paused).length < this.#quorum) return 'no quorum' as const
      const leader = this.leader(this.#metadata)
      const own = n.group(this.#metadata)
      const theirs = leader?.node.group(this.#metadata)
      if (!leader || !own || !theirs || own.term !== leader.term) return undefined
      target ??= theirs.commit
      return own.synced >= target ? leader : undefined
    }, leftMs)
    const afterMs = Math.round(performance.now() - begun)
    const end = caught === undefined || typeof caught === 'string' ? caught : 'caught up'
    const lines = startedLines(n, this.#metadata, {end, upMs, afterMs, onDisk})
    return {effect: {node, effect: 'started', ...(n.id ? {pid: n.id.pid} : {}), afterMs, event: event.number}, lines}
  }

  async #begin(n: NodeHandle, how?: {dieAt: string; by: string}): Promise<ReadyLine> {
    const {node} = n.config
    if (n.running) throw new ChronikError('CHRONIK_RUNNING', EXIT.labState, `n${node} is ${n.state} by now.`)
    if (this.#fixed === undefined) nameEmptyDisk(this, n)
    const line = await n.start(how)
    this.#faults.over(['kill', 'stop'], node, 'started again')
    n.restarts++
    return line
  }

  /** Everything down; `kill` leaves no grace. */
  async end(mode: 'stop' | 'kill', by: string): Promise<{stopped: NodeId[]; notes: string[]}> {
    this.#over = true
    for (const timer of this.#waits) clearTimeout(timer)
    const how = await Promise.all(this.nodes.map(async n => ({node: n.config.node, ...(await n.end(mode, by))})))
    this.#faults.end('the cluster was taken down')
    this.#links?.close()
    return {
      stopped: how.filter(h => h.stopped).map(h => h.node),
      notes: how.flatMap(h => h.note ?? []),
    }
  }

  ask(nodes: NodeId[] | undefined): Promise<NodeReading[]> {
    return Promise.all(this.nodes.filter(n => !nodes || nodes.includes(n.config.node)).map(n => n.ask()))
  }

  snapshot(): ClusterSnapshot {
    return picture(this, this.#metadata, this.leader(this.#metadata), this.#faults.all())
  }
}
