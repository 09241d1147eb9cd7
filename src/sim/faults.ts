import type {NodeId} from '../base/ids.ts'
import type {BadCopies} from './bad-copies.ts'
import {giveIdentity, type SimCluster} from './cluster.ts'
import type {CrashPoint, DiskFault, Ending, Life, Machine} from './machine.ts'
import type {SimMembers} from './members.ts'
import {CLEAR, type LinkShape} from './network.ts'
import type {Fault, Who} from './schedule.ts'

type AwaitedRole = Extract<Fault, {do: 'crash-as' | 'hit-as'}>

/** In a rolling restart the next node goes so long after the one before is told to start again. */
const ROLLING_MS = 1_600

/** Carries out faults, and takes them back. */
export class Faults {
  readonly #cluster: SimCluster
  readonly #members: SimMembers
  readonly #awaited: AwaitedRole[] = []
  /** How long a machine stays down after a crash point, and where its next life ends. */
  readonly #afterPoint = new WeakMap<Life, Extract<Fault, {do: 'crash-at'}>>()
  /** How long a machine whose disk fails on purpose stays down when it ends with it. */
  readonly #failing = new Map<NodeId, number>()
  #healed = false
  readonly #bad: BadCopies
  readonly #count: (what: string) => void

  constructor(cluster: SimCluster, bad: BadCopies, members: SimMembers, count: (what: string) => void) {
    this.#cluster = cluster
    this.#members = members
    this.#bad = bad
    this.#count = count
  }

  begin(fault: Fault): void {
    this.#count(`fault ${fault.do}`)
    switch (fault.do) {
      case 'kill':
      case 'power-loss': {
        const machine = this.#machine(fault.who)
        machine.kill(fault.do === 'power-loss')
        this.#startLater(machine, fault.downMs)
        return
      }
      case 'power-loss-all':
        for (const machine of this.#cluster.machines) machine.kill(true)
        for (const [i, machine] of this.#cluster.machines.entries()) this.#startLater(machine, fault.downMs + i * 20)
        return
      case 'stop':
        this.#stop(this.#machine(fault.who), fault.downMs)
        return
      case 'restart-all':
        for (const [i, machine] of this.#cluster.machines.entries()) {
          const laterMs = fault.rolling ? i * (fault.downMs + ROLLING_MS) : 0
          this.#later(laterMs, 'restart', machine, () => this.#stop(machine, fault.downMs))
        }
        return
      case 'pause': {
        const machine = this.#machine(fault.who)
        machine.wallOffsetMs += fault.clockMs ?? 0
        if (fault.cutMs !== undefined) this.#isolate(machine, fault.forMs + fault.cutMs)
        this.#pause(machine, fault.forMs)
        return
      }
      case 'crash-at': {
        const {life} = this.#machine(fault.who)
        if (!life) return
        life.crashPoint = {...fault.point}
        this.#afterPoint.set(life, fault)
        return
      }
      case 'crash-as':
      case 'hit-as':
        this.#awaited.push(fault)
        return
      case 'cut': {
        const from = this.#machine(fault.from)
        const to = this.#other(fault.to, from)
        this.#link(from, to, {...CLEAR, cut: true}, fault.forMs)
        if (fault.bothWays) this.#link(to, from, {...CLEAR, cut: true}, fault.forMs)
        return
      }
      case 'isolate':
        this.#isolate(this.#machine(fault.who), fault.forMs)
        return
      case 'split':
        for (const from of this.#cluster.machines)
          for (const to of this.#cluster.machines)
            if (fault.one.includes(from.id) !== fault.one.includes(to.id))
              this.#link(from, to, {...CLEAR, cut: true}, fault.forMs)
        return
      case 'shape': {
        const {delayMs, drop, double, reorder, forMs} = fault
        const from = this.#machine(fault.from)
        const shape: LinkShape = {
          cut: false,
          delayMs,
          dropPermille: drop,
          doublePermille: double,
          reorderPermille: reorder,
        }
        this.#link(from, this.#other(fault.to, from), shape, forMs)
        return
      }
      case 'reset': {
        const machine = this.#machine(fault.who)
        const other = this.#other(fault.other, machine)
        if (fault.midFrame) this.#cluster.network.tearNext(machine.name, other.name)
        else this.#cluster.network.resetBetween(machine.name, other.name)
        return
      }
      case 'clock-jump':
        this.#machine(fault.who).wallOffsetMs += fault.byMs
        return
      case 'clock-rate': {
        const machine = this.#machine(fault.who)
        machine.setClockRate(fault.permille / 1_000)
        this.#later(fault.forMs, 'clock right again', machine, () => machine.setClockRate(1))
        return
      }
      case 'disk-error': {
        const machine = this.#machine(fault.who)
        machine.life?.diskFaults.push({call: fault.call, path: fault.path, skip: fault.skip, what: 'EIO'})
        this.#failing.set(machine.id, fault.downMs)
        return
      }
      case 'disk-stall': {
        const {call, path, skip, stallMs} = fault
        this.#machine(fault.who).life?.diskFaults.push({call, path, skip, what: {stallMs}})
        return
      }
      case 'read-error': {
        const {path, skip, recovering, downMs} = fault
        const machine = this.#machine(fault.who)
        this.#failing.set(machine.id, downMs)
        const fails: DiskFault = {call: 'read', path, skip, what: 'EIO'}
        if (recovering) {
          machine.kill(false)
          this.#startLater(machine, downMs, life => life.diskFaults.push(fails))
        } else machine.life?.diskFaults.push(fails)
        return
      }
      case 'bad-sector': {
        const where = this.#bad.spoil(this.#machine(fault.who))
        if (where) this.#count(`bad sector in ${where}`)
        return
      }
      case 'misdirect': {
        const where = this.#bad.misdirect(this.#machine(fault.who))
        if (where) this.#count(`misdirected to ${where}`)
        return
      }
      case 'flip': {
        const where = this.#bad.flip(this.#machine(fault.who))
        if (where) this.#count(`flipped in ${where}`)
        return
      }
      case 'repair': {
        const machine = this.#bad.repairable
        if (machine) this.#members.repair(machine, () => this.#bad.damaged())
        return
      }
      case 'flip-sent':
        this.#cluster.network.flipNextBatch(this.#machine(fault.who).name)
        return
      case 'wipe': {
        const {machines} = this.#cluster
        const meant = this.#machine(fault.who)
        // The others know it by its directory once it is registered, and all have applied that.
        if (!machines.every(m => m.life?.look?.image.brokers.has(meant.id))) return
        const machine = this.#bad.wipe(meant)
        if (!machine) return
        machine.kill(true)
        machine.wipe()
        giveIdentity(machine, machine.config, 2)
        this.#startLater(machine, fault.downMs)
        return
      }
      case 'members':
        this.#members.begin(fault, this.#machine(fault.who))
        return
      case 'disk-full': {
        const {disk} = this.#machine(fault.who)
        disk.room = fault.bytes
        this.#later(fault.forMs, 'room again', this.#machine(fault.who), () => {
          disk.room = Number.POSITIVE_INFINITY
        })
        return
      }
    }
  }

  /** A life is over. True: that is what faults did. */
  ended(machine: Machine, life: Life, how: Ending, why: string): boolean {
    const atPoint = this.#afterPoint.get(life)
    if ((how === 'process' || how === 'power') && atPoint && why.includes(atPoint.point.call)) {
      this.#count(
        `crash ${atPoint.point.when} ${atPoint.point.call}${isNetCall(atPoint.point.call) ? ` ${atPoint.point.path}` : ''}`,
      )
      const {again} = atPoint
      // A life that ends in its recovery is followed by one that may live.
      this.#startLater(machine, atPoint.downMs, next => {
        if (!again) return
        next.crashPoint = {...again}
        this.#afterPoint.set(next, {...atPoint, point: again, again: undefined})
      })
      return true
    }
    if ((how === 'process' || how === 'power') && life.crashPoint && why.includes(' at ')) return true
    if (how === 'exit') {
      const downMs = this.#failing.get(machine.id)
      this.#startLater(machine, downMs ?? 500)
      const full = machine.disk.room !== Number.POSITIVE_INFINITY
      const expected =
        (life.failed.size > 0 && /^exit (74|4: .*EIO)/.test(why)) ||
        (full && why.startsWith('exit 74')) ||
        this.#bad.mayEnd(machine, why)
      this.#failing.delete(machine.id)
      return expected
    }
    return true
  }

  /** A life refuses a log. Whose disk failed to give back what it holds is started once more, as its operator would. */
  refused(life: Life): void {
    if (!life.failed.has('read')) return
    const {machine} = life
    const downMs = this.#failing.get(machine.id) ?? 500
    this.#count('started again because of what could not be read')
    this.#later(downMs, 'start again', machine, () => {
      if (machine.life !== life) return
      machine.kill(false)
      machine.start()
    })
  }

  /** A life's role in a group changed. */
  became(life: Life, role: string, group: string): void {
    const at = this.#awaited.findIndex(a => a.role === role && a.group === group)
    if (at < 0 || this.#healed) return
    const [fault] = this.#awaited.splice(at, 1)
    const what = fault.do === 'hit-as' ? `${fault.how} as ${role}` : `crash as ${role}`
    this.#count(what)
    const {machine} = life
    this.#later(fault.afterMs, what, machine, () => {
      if (machine.life !== life) return
      if (fault.do === 'hit-as') {
        if (fault.how === 'isolate') this.#isolate(machine, fault.forMs)
        else this.#pause(machine, fault.forMs)
        return
      }
      machine.kill(fault.power)
      this.#startLater(machine, fault.downMs)
    })
  }

  /** Everything works again, and every node is started. */
  healAll(): void {
    this.#healed = true
    this.#awaited.length = 0
    this.#cluster.network.healAll()
    for (const machine of this.#cluster.machines) {
      machine.disk.room = Number.POSITIVE_INFINITY
      machine.setClockRate(1)
      machine.resume()
      if (machine.life) {
        machine.life.crashPoint = undefined
        machine.life.diskFaults = []
      } else machine.start()
    }
  }

  #stop(machine: Machine, downMs: number): void {
    machine.stop()
    // A stop that hangs is ended by force, as its supervisor would.
    this.#later(downMs + 1_000, 'grace over', machine, () => machine.life?.stopping && machine.kill(false))
    this.#startLater(machine, downMs + 1_100)
  }

  #pause(machine: Machine, forMs: number): void {
    machine.pause()
    this.#later(forMs, 'resume', machine, () => machine.resume())
  }

  /** `meets`: gives the new life what it is to meet, unless all is healed by then. */
  #startLater(machine: Machine, downMs: number, meets?: (life: Life) => void): void {
    this.#later(downMs, 'start', machine, () => {
      if (machine.life) return
      machine.start()
      if (machine.life && !this.#healed) meets?.(machine.life)
    })
  }

  #later(ms: number, kind: string, machine: Machine, run: () => void): void {
    this.#cluster.world.schedule(ms * 1_000, undefined, kind, machine.name, 0, run)
  }

  #link(from: Machine, to: Machine, shape: LinkShape, forMs: number): void {
    const {network} = this.#cluster
    network.setShape(from.name, to.name, shape)
    this.#later(forMs, 'heal', from, () => {
      if (network.shape(from.name, to.name) === shape) network.setShape(from.name, to.name, CLEAR)
    })
  }

  #isolate(machine: Machine, forMs: number): void {
    for (const other of this.#cluster.machines) {
      if (other === machine) continue
      this.#link(machine, other, {...CLEAR, cut: true}, forMs)
      this.#link(other, machine, {...CLEAR, cut: true}, forMs)
    }
  }

  #machine(who: Who): Machine {
    const {machines} = this.#cluster
    if (typeof who === 'number') return machines[(who - 1) % machines.length]
    const group = 'leaderOf' in who ? who.leaderOf : who.followerOf
    const leader = this.#leaderOf(group)
    if ('leaderOf' in who) return leader ?? machines[0]
    const others = machines.filter(m => m !== leader)
    // Alone it is whoever is meant.
    return others[who.nth % others.length] ?? machines[0]
  }

  #other(who: Who, than: Machine): Machine {
    const found = this.#machine(who)
    if (found !== than) return found
    const {machines} = this.#cluster
    return machines[(machines.indexOf(than) + 1) % machines.length]
  }

  #leaderOf(group: string): Machine | undefined {
    let found: {machine: Machine; term: number} | undefined
    for (const machine of this.#cluster.machines) {
      const raft = machine.life?.look?.group(group)?.raft
      if (raft?.role === 'leader' && raft.term > (found?.term ?? -1)) found = {machine, term: raft.term}
    }
    return found?.machine
  }
}

function isNetCall(call: CrashPoint['call']): boolean {
  return call === 'connect' || call === 'accept' || call === 'write' || call === 'data'
}
