import {type Report, verdictsOf} from './report/report.ts'

export interface Comparison {
  /** Of both, in the order of the first. */
  times: Array<{name: string; a?: number; b?: number}>
  load: Array<{name: string; a?: number; b?: number}>
  /** Checks that ended differently, or that only one of them made. */
  checks: Array<{check: string; title: string; step: string; a?: string; b?: string; seenA?: string; seenB?: string}>
  /** What differs in how they were run: figures beside each other mean little then. */
  unlike: string[]
}

/** Two runs beside each other. Checks are matched by step title and id, not by number: a step may have been left out. */
export function compare(a: Report, b: Report): Comparison {
  const load = ['sent', 'acknowledged', 'failed', 'undecided', 'readBack', 'rate'] as const
  return {
    times: pairs(a.times, b.times),
    load: a.load || b.load ? load.map(name => ({name, a: a.load?.[name], b: b.load?.[name]})) : [],
    checks: checksOf(a, b),
    unlike: unlike(a, b),
  }
}

function pairs(a: Record<string, number>, b: Record<string, number>): Comparison['times'] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].map(name => ({
    name,
    ...(a[name] === undefined ? {} : {a: a[name]}),
    ...(b[name] === undefined ? {} : {b: b[name]}),
  }))
}

function checksOf(a: Report, b: Report): Comparison['checks'] {
  const [ofA, ofB] = [keyed(a), keyed(b)]
  return [...new Set([...ofA.keys(), ...ofB.keys()])].flatMap(key => {
    const [x, y] = [ofA.get(key), ofB.get(key)]
    if (x?.result === y?.result) return []
    const either = x ?? y
    if (!either) return []
    return [
      {
        check: either.check,
        title: either.title,
        step: either.step,
        a: x?.result,
        b: y?.result,
        seenA: x?.seen,
        seenB: y?.seen,
      },
    ]
  })
}

function keyed(report: Report) {
  const found = new Map<string, {check: string; title: string; step: string; result: string; seen: string}>()
  for (const step of report.steps)
    for (const v of step.checks) {
      const key = `${step.title}\0${v.check}\0${v.title}`
      // A check that is made twice in a step: the last word counts.
      found.set(key, {check: v.check, title: v.title, step: step.title, result: v.result, seen: v.seen || v.because})
    }
  return found
}

function unlike(a: Report, b: Report): string[] {
  const facts = (r: Report): Record<string, string> => ({
    suite: r.suite,
    nodes: String(r.cluster?.nodes ?? 'none'),
    engine: r.cluster?.engine ?? 'none',
    plant: r.plant ?? 'none',
    kills: r.powerLoss ? 'power losses' : 'plain',
    'Node.js': r.machine.node,
    platform: `${r.machine.platform} ${r.machine.arch}`,
    CPUs: String(r.machine.cpus),
    chronik: r.chronik,
    checks: String(verdictsOf(r).length),
  })
  const [x, y] = [facts(a), facts(b)]
  return Object.keys(x).flatMap(name => (x[name] === y[name] ? [] : [`${name}: ${x[name]} and ${y[name]}`]))
}
