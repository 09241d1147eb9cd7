import type {Outcome} from './image.ts'

/** Where two outcomes part, a line a field: `field  expected …  got …`; none when they are the same. */
export function differences(wanted: Outcome, got: Outcome): string[] {
  const lines: string[] = []
  const differ = (field: string, a: unknown, b: unknown): void => {
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)]
    if (x !== y) lines.push(`${field.padEnd(18)} expected ${x ?? '-'}   got ${y ?? '-'}`)
  }
  differ('verdict', wanted.verdict, got.verdict)
  if (wanted.verdict === 'refused') {
    if (got.verdict === 'ok') return lines
    // File and byte stand in an expectation only where the rules determine them.
    if (wanted.file !== undefined) differ('file', wanted.file, got.file)
    if (wanted.at !== undefined) differ('at', wanted.at, got.at)
    if (lines.length > 0) lines.push(`because ${got.why ?? '-'}`)
    return lines
  }
  if (got.verdict === 'refused') return [...lines, `because            ${got.file}@${got.at}: ${got.why}`]
  const {entries, ...state} = wanted.state
  for (const key of Object.keys(state) as Array<keyof typeof state>) differ(key, state[key], got.state[key])
  lines.push(...entryDifferences(entries, got.state.entries))
  differ('cut', inOrder(wanted.cut), inOrder(got.cut))
  differ('completesRotation', wanted.completesRotation, got.completesRotation)
  differ('begunAnew', wanted.begunAnew, got.begunAnew)
  return lines
}

function entryDifferences<T extends {index: number}>(wanted: readonly T[], got: readonly T[]): string[] {
  const lines: string[] = []
  if (wanted.length !== got.length) lines.push(`entries            expected ${wanted.length}   got ${got.length}`)
  for (let i = 0; i < Math.max(wanted.length, got.length) && lines.length < 5; i++) {
    const [x, y] = [JSON.stringify(wanted[i]), JSON.stringify(got[i])]
    if (x !== y) lines.push(`entry ${wanted[i]?.index ?? got[i].index}   expected ${x ?? '-'}   got ${y ?? '-'}`)
  }
  return lines
}

function inOrder(cut: ReadonlyArray<{file: string; at: number}>): string[] {
  return cut.map(({at, file}) => `${file}@${at}`).sort()
}
