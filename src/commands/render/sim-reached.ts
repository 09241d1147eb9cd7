import {columns} from '../terminal.ts'

/** What runs reached, by kind: faults, also those that never came, points at which nodes died, and states of the code. */
export function reachedText(reached: ReadonlyMap<string, number>, faultKinds: readonly string[]): string {
  const all = new Map<string, number>(faultKinds.map(kind => [`fault ${kind}`, 0]))
  for (const [what, times] of reached) all.set(what, times)
  const faults: string[][] = []
  const points: string[][] = []
  const states: string[][] = []
  for (const [what, times] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const row = (name: string): string[] => [name, String(times)]
    if (what.startsWith('judged')) continue
    if (what.startsWith('fault ')) faults.push(row(what.slice('fault '.length)))
    else if (what.startsWith('crash ')) points.push(row(what.slice('crash '.length)))
    else states.push(row(what))
  }
  return [
    ['FAULT', faults],
    ['NODE DIED', points],
    ['STATE', states],
  ]
    .filter(([, rows]) => rows.length > 0)
    .map(([title, rows]) => columns([[title as string, 'TIMES'], ...(rows as string[][])], new Set([1])))
    .join('\n\n')
}
