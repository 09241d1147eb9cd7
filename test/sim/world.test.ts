import {createHash} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import {generate} from '../../src/sim/generate.ts'
import {runSchedule} from '../../src/sim/run.ts'
import {type Owner, type Step, World} from '../../src/sim/world.ts'

function owner(name: string): Owner & {threwWhat: unknown[]} {
  return {
    name,
    alive: true,
    paused: false,
    threwWhat: [],
    threw(error) {
      this.threwWhat.push(error)
    },
  }
}

async function traceOf(seed: number): Promise<{lines: number; hash: string; steps: Step[]}> {
  const hash = createHash('sha256')
  let lines = 0
  const steps: Step[] = []
  await runSchedule({
    schedule: generate({seed, forMs: 2_500}),
    onStep: step => {
      lines++
      if (steps.length < 10) steps.push(step)
      hash.update(`${step.at} ${step.order} ${step.owner?.name ?? ''} ${step.kind} ${step.about} ${step.figure}\n`)
    },
    onLog: (life, level, line) => hash.update(`${life.name} ${level} ${line}\n`),
  })
  return {lines, hash: hash.digest('hex'), steps}
}

describe('a simulated world', () => {
  it('sim: the same seed is run twice, the traces and logs are equal byte for byte', async () => {
    for (const seed of [1, 2, 3]) {
      const first = await traceOf(seed)
      expect(first.lines).toBeGreaterThan(3_000)
      expect((await traceOf(seed)).hash, `seed ${seed}`).toBe(first.hash)
    }
  }, 120_000)

  it('sim: another seed, another trace', async () => {
    expect((await traceOf(4)).hash).not.toBe((await traceOf(5)).hash)
  }, 120_000)

  it('world: all microtasks of a step are done before the next step begins', async () => {
    const world = new World()
    const seen: string[] = []
    const one = owner('one')
    world.schedule(5, one, 'a', '', 0, () => {
      seen.push('a')
      void (async () => {
        for (let i = 0; i < 50; i++) await Promise.resolve()
        seen.push('a drained')
      })()
    })
    world.schedule(5, one, 'b', '', 0, () => seen.push('b'))
    world.after = step => seen.push(`after ${step.kind}`)
    await world.run(10, () => false)
    expect(seen).toEqual(['a', 'a drained', 'after a', 'b', 'after b'])
  })

  it('world: what a step throws, at once or in a microtask, is told to its owner before the next look', async () => {
    const world = new World()
    const one = owner('one')
    const two = owner('two')
    const counts: number[] = []
    world.schedule(1, one, 'throws', '', 0, () => {
      throw new Error('at once')
    })
    world.schedule(2, two, 'rejects', '', 0, () => {
      void Promise.resolve().then(() => {
        throw new Error('later')
      })
    })
    world.after = () => counts.push(one.threwWhat.length + two.threwWhat.length)
    await world.run(10, () => false)
    expect(counts).toEqual([1, 2])
    expect([one.threwWhat, two.threwWhat].map(w => (w[0] as Error).message)).toEqual(['at once', 'later'])
  })

  it('world: a dead owner has no more steps, a paused one has them later in their order', async () => {
    const world = new World()
    const dead = owner('dead')
    const paused = owner('paused')
    const seen: string[] = []
    world.schedule(1, undefined, 'set', '', 0, () => {
      dead.alive = false
      paused.paused = true
    })
    world.schedule(2, dead, 'never', '', 0, () => seen.push('never'))
    world.schedule(3, paused, 'first', '', 0, () => seen.push(`first ${world.now}`))
    world.schedule(4, paused, 'second', '', 0, () => seen.push(`second ${world.now}`))
    world.schedule(9, undefined, 'go on', '', 0, () => {
      paused.paused = false
      world.release(paused)
    })
    await world.run(10, () => false)
    expect(seen).toEqual(['first 9', 'second 9'])
  })

  it('world: a timer that is cancelled after its owner went on, and before it fires, does not fire', async () => {
    const world = new World()
    const paused = owner('paused')
    const seen: string[] = []
    paused.paused = true
    const timer = world.schedule(4, paused, 'timer', '', 0, () => seen.push('timer'))
    world.schedule(3, paused, 'cancels', '', 0, () => {
      timer.run = undefined
      seen.push('cancelled')
    })
    world.schedule(9, undefined, 'go on', '', 0, () => {
      paused.paused = false
      world.release(paused)
    })
    await world.run(20, () => false)
    expect(seen).toEqual(['cancelled'])
  })

  it('world: a step that asks for real time or chance throws, and outside of steps nothing is changed', async () => {
    const forbidden: Array<[string, () => unknown]> = [
      ['Date.now', () => Date.now()],
      ['Date', () => new Date()],
      ['performance.now', () => performance.now()],
      ['Math.random', () => Math.random()],
      ['setTimeout', () => setTimeout(() => {}, 1)],
      ['setImmediate', () => setImmediate(() => {})],
      ['queueMicrotask', () => queueMicrotask(() => {})],
      ['process.nextTick', () => process.nextTick(() => {})],
      ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
    ]
    for (const [what, ask] of forbidden) {
      const world = new World()
      const one = owner('one')
      world.schedule(1, one, 'asks', '', 0, () => {
        ask()
      })
      await world.run(2, () => false)
      expect(String(one.threwWhat[0]), what).toContain(`${what} was used in a simulated step`)
      expect(ask, what).not.toThrow()
    }
  })
})
