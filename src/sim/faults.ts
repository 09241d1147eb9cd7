import type {NodeId} from '../base/ids.ts'
import type {SimCluster} from './cluster.ts'
import type {Ending, Life, Machine} from './machine.ts'
import {CLEAR, type LinkShape} from './network.ts'
import type {Fault, Who} from './schedule.ts'

interface AwaitedRole {
  fault: Extract<Fault, {do: 'crash-as'}>
}

/** Carries out faults, and takes them back. */
export class Faults {
  readonly #cluster: SimCluster
  readonly #awaited: AwaitedRole[] = []
  /** How long a machine stays down after a crash point, and where its next life ends. */
  readonly #afterPoint = new WeakMap<Life, Extract<Fault, {do: 'crash-at'}>>()
  /** Machines whose disk fails on purpose: they may end with it. */
  readonly #failing = new Map<NodeId, number>()
  #healed = false
  readonly #count: (what: string) => void

  constructor(cluster: SimCluster, count: (what: string) => void) {
    this.#cluster = cluster
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
      case 'stop': {
        const machine = this.#machine(fault.who)
        machine.stop()
        // A stop that hangs is ended by force, as its supervisor would.
        this.#later(fault.downMs + 1_000, 'grace over', machine, () => machine.life?.stopping && machine.kill(false))
        this.#startLater(machine, fault.downMs + 1_100)
        return
      }
      case 'pause': {
        const machine = this.#machine(fault.who)
        machine.pause()
        machine.wallOffsetMs += fault.clockMs ?? 0
        if (fault.cutMs !== undefined) this.#isolate(machine, fault.forMs + fault.cutMs)
        this.#later(fault.forMs, 'resume', machine, () => machine.resume())
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
        this.#awaited.push({fault})
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
        this.#cluster.network.resetBetween(machine.name, this.#other(fault.other, machine).name)
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
      this.#count(`crash ${atPoint.point.when} ${atPoint.point.call}`)
      this.#startLater(machine, atPoint.downMs, atPoint)
      return true
    }
    if ((how === 'process' || how === 'power') && life.crashPoint && why.includes(' at ')) return true
    if (how === 'exit') {
      const downMs = this.#failing.get(machine.id)
      this.#startLater(machine, downMs ?? 500)
      const expected = downMs !== undefined && why.startsWith('exit 74')
      this.#failing.delete(machine.id)
      return expected
    }
    return true
  }

  /** A life's role in a group changed. */
  became(life: Life, role: string, group: string): void {
    const at = this.#awaited.findIndex(a => a.fault.role === role && a.fault.group === group)
    if (at < 0 || this.#healed) return
    const [{fault}] = this.#awaited.splice(at, 1)
    this.#count(`crash as ${role}`)
    const {machine} = life
    this.#later(fault.afterMs, `crash as ${role}`, machine, () => {
      if (machine.life !== life) return
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

  #startLater(machine: Machine, downMs: number, atPoint?: Extract<Fault, {do: 'crash-at'}>): void {
    this.#later(downMs, 'start', machine, () => {
      if (machine.life) return
      const again = this.#healed ? undefined : atPoint?.again
      machine.start(again && {...again})
      // A life that ends in its recovery is followed by one that may live.
      if (again && machine.life)
        this.#afterPoint.set(machine.life, {...atPoint, point: again, again: undefined} as never)
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
    return others[who.nth % others.length]
  }

  #other(who: Who, than: Machine): Machine {
    const found = this.#machine(who)
    if (found !== than) return found
    const {machines} = this.#cluster
    return machines[(machines.indexOf(than) + 1) % machines.length]
  }

  #leaderOf(group: string): Machine | undefined {
    let found: {machine: Machine; term: number} | undefined
    for (const machine of this.#cluster.machines)
      for (const g of machine.life?.look?.groups() ?? [])
        if (g.name === group && g.raft.role === 'leader' && g.raft.term > (found?.term ?? -1))
          found = {machine, term: g.raft.term}
    return found?.machine
  }
}
