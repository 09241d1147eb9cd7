/** Colour on this stream? `--no-color`, NO_COLOR, FORCE_COLOR and TERM=dumb decide, in this order. */
export function wantsColour(stream: {isTTY?: boolean}, argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  if (argv.includes('--no-color')) return false
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0') return true
  return stream.isTTY === true && env.TERM !== 'dumb'
}

/** Can this terminal draw more than ASCII? */
export function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return locale === '' || /utf-?8/i.test(locale)
}

type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong'

const CODES: Record<Tone, string> = {good: '32', bad: '31', warn: '33', dim: '2', strong: '1'}

export function painted(text: string, tone: Tone, colour: boolean): string {
  return colour && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text
}

/** Rows as columns: two spaces apart, numbers (`right`) to the right, no spaces at the end of a line. */
export function columns(rows: ReadonlyArray<readonly string[]>, right: ReadonlySet<number> = new Set()): string {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  return rows
    .map(row =>
      row
        .map((cell, i) => (right.has(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** How wide a text is that has to fit any terminal. */
export const WIDTH = 80

/** Words on lines of at most 80 columns, all lines `indent` wide from the left (the first as well). */
export function wrap(text: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  const lead = /^ */.exec(text)?.[0] ?? ''
  for (const word of text.trim().split(/ +/)) {
    if (line && indent + lead.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  lines.push(line)
  return lines
    .map(l => ' '.repeat(indent) + lead + l)
    .join('\n')
    .trimEnd()
}
