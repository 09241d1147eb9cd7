import type {NodeId} from '../base/ids.ts'
import {SeededRandom} from '../base/random.ts'
import type {Action, Selector} from '../contracts/action.ts'

export const NEMESIS_FAULTS = ['kill', 'stop', 'pause', 'restart', 'partition', 'link', 'clock', 'disk'] as const
export type NemesisFault = (typeof NEMESIS_FAULTS)[number]

/** What is done, and how long after the beginning, ms. */
export interface NemesisStep {
  atMs: number
  action: Action
}

/** In thousandths: how often the leader is meant, whoever it is then. */
const LEADER = 333
/** A fault lasts this part of the time to the next one, in thousandths: it is over before another begins. */
const LASTS_MIN = 300
const LASTS_MAX = 800
const LATENCY_MS_MAX = 300
const CLOCK_MS_MAX = 7_200_000
const SLOW_MS_MAX = 300

/** The whole schedule, before anything is done: the same words give the same faults at the same moments. */
export function drawNemesis(o: {
  faults: readonly NemesisFault[]
  everyMs: number
  forMs: number
  seed: string
  nodes: readonly NodeId[]
}): NemesisStep[] {
  const random = new SeededRandom(`${o.seed} nemesis`)
  const steps: NemesisStep[] = []
  for (let atMs = Math.round(o.everyMs / 2); atMs < o.forMs; atMs += o.everyMs) {
    const fault = o.faults[random.below(o.faults.length)]
    const lastsMs = Math.max(1, Math.round((o.everyMs * (LASTS_MIN + random.below(LASTS_MAX - LASTS_MIN))) / 1_000))
    steps.push({atMs, action: actionOf(fault, lastsMs, o.nodes, random)})
  }
  return steps
}

function actionOf(fault: NemesisFault, forMs: number, nodes: readonly NodeId[], random: SeededRandom): Action {
  const node = nodes[random.below(nodes.length)]
  const who: Selector = random.below(1_000) < LEADER ? {role: 'leader'} : {nodes: [node]}
  switch (fault) {
    case 'kill':
    case 'stop':
    case 'pause':
      return {do: fault, who, forMs}
    case 'restart':
      return {do: 'restart', who}
    case 'partition': {
      const oneWay = ([undefined, 'in', 'out'] as const)[random.below(3)]
      return {
        do: 'partition',
        who,
        ...(oneWay ? {oneWay} : {}),
        ...(random.below(2) === 0 ? {clients: true} : {}),
        forMs,
      }
    }
    case 'link': {
      const others = nodes.filter(n => n !== node)
      const to = others[random.below(others.length)]
      const shape =
        random.below(2) === 0 ? {latencyMs: 1 + random.below(LATENCY_MS_MAX)} : {lossPercent: 1 + random.below(20)}
      return {do: 'link', from: node, to, shape, forMs}
    }
    case 'clock':
      return {do: 'clock', who, byMs: random.below(2 * CLOCK_MS_MAX) - CLOCK_MS_MAX, forMs}
    case 'disk':
      return {
        do: 'disk',
        who,
        trouble: random.below(2) === 0 ? {roomBytes: 0} : {syncDelayMs: 1 + random.below(SLOW_MS_MAX)},
        forMs,
      }
  }
}
