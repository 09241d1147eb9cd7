import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {METADATA_GROUP} from '../../src/base/ids.ts'
import {SeededRandom} from '../../src/base/random.ts'
import type {AttachedOptions} from '../../src/contracts/attached.ts'
import type {NodeConfig} from '../../src/contracts/node-config.ts'
import type {NodeLive} from '../../src/contracts/node-state.ts'
import type {AttachedEngine} from '../../src/engines/engine.ts'
import {ToldLife} from '../../src/engines/told-life.ts'
import {attachedConfigs, attachedSpec} from '../../src/supervisor/attached.ts'
import {Controller} from '../../src/supervisor/controller.ts'
import {Journal} from '../../src/supervisor/journal.ts'

const BY = {name: 'test', pid: 1}
const OPTIONS: AttachedOptions = {
  runs: 'embedded',
  nodes: [{node: 1, host: '127.0.0.1', port: 1}],
  exec: {pause: 'stop it', resume: 'let it go on'},
  cwd: '/',
}

/** A node that answers until it is told to vanish, and whose commands all succeed. `took`: what its watcher sees of it. */
function engine(): {engine: AttachedEngine; vanish(how: string): void; took(live: NodeLive): void} {
  let vanish: (how: string) => void = () => undefined
  let took: (live: NodeLive) => void = () => undefined
  let lives = 0
  return {
    vanish: how => vanish(how),
    took: live => took(live),
    engine: {
      name: 'attached',
      attend: (_node, life) => {
        took = life.took
        return {
          source: 'kafka',
          // The one life that there is.
          ready: lives++ === 0 ? Promise.resolve(READY) : new Promise(() => undefined),
          gone: new Promise(resolve => {
            vanish = resolve
          }),
          watch: async () => undefined,
          ask: async () => undefined,
          close: () => undefined,
        }
      },
      order: async (_verb, _node, _cluster) => ({code: 0, output: '', ms: 1, command: 'x'}),
    },
  }
}
const READY = {ready: {pid: 0, incarnation: 'a', kafkaPort: 1, raftPort: 0, controlPath: ''}}

describe('a node that the lab did not start', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'chronik-attached-handle-'))
  })
  afterEach(() => rmSync(dir, {recursive: true, force: true}))

  it('a pause ends with the node: nothing is in force on one that answers no more', async () => {
    const {engine: attached, vanish} = engine()
    const spec = attachedSpec('seen', OPTIONS)
    const journal = new Journal(dir)
    const cluster = {dir, options: {attached: OPTIONS}}
    const configs = attachedConfigs(dir, spec, OPTIONS)
    const controller = new Controller(spec, dir, configs, {engine: attached, cluster}, journal, new SeededRandom('a'))
    await controller.startAll(() => undefined)
    await controller.act({do: 'pause', who: {nodes: [1]}}, BY, () => undefined)
    expect(controller.snapshot().faults).toMatchObject([{kind: 'pause', nodes: [1], state: 'in force'}])
    vanish('its connection was lost')
    await controller.until(() => (controller.node(1).running ? undefined : true), 5_000)
    expect(controller.snapshot().faults).toEqual([])
    expect(journal.from(0).map(e => e.text)).toContainEqual(
      expect.stringMatching(/^f\d+ pause n1 by its command: it does not answer any more$/),
    )
    await controller.end('stop', 'the test is over')
  })

  it('how far it is ends a wait for that, though its role and term stay as they are', async () => {
    const {engine: attached, took} = engine()
    const spec = attachedSpec('seen', OPTIONS)
    const cluster = {dir, options: {attached: OPTIONS}}
    const configs = attachedConfigs(dir, spec, OPTIONS)
    const journal = new Journal(dir)
    const controller = new Controller(spec, dir, configs, {engine: attached, cluster}, journal, new SeededRandom('a'))
    await controller.startAll(() => undefined)
    const turn = (): Promise<void> => new Promise(resolve => void setImmediate(() => setImmediate(resolve)))
    took(follower(4))
    await turn()
    let looks = 0
    const waiting = controller.until(() => {
      looks++
      return (controller.node(1).group(METADATA_GROUP)?.synced ?? 0) >= 5 ? true : undefined
    }, 5_000)
    took(follower(4))
    await turn()
    expect(looks).toBe(1)
    took(follower(5))
    expect(await waiting).toBe(true)
    await controller.end('stop', 'the test is over')
  })
})

function follower(synced: number): NodeLive {
  const life = new ToldLife(attachedConfigs('/', attachedSpec('seen', OPTIONS), OPTIONS)[0] as NodeConfig, {
    pid: 0,
    logFile: '',
    logFrom: 0,
    took: () => undefined,
    changed: () => undefined,
  })
  const at = {commit: synced, applied: synced, firstIndex: 0, lastIndex: synced, synced}
  return life.live(
    {group: METADATA_GROUP, role: 'follower', leader: 2, term: 3, voters: [1, 2, 3], serving: false, ...at},
    [],
  )
}
