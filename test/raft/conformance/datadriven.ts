/** The file format of cockroachdb/datadriven: a directive, input lines, `----`, the expected output. */

export interface Argument {
  key: string
  values: string[]
}

export interface Directive {
  /** Line of the directive in its file, from 1. */
  line: number
  /** The whole directive, as it stands there. */
  text: string
  command: string
  args: Argument[]
  input: string
  expected: string
}

const SEPARATOR = '----'

/** Reads all directives. Throws with the line number for what is no such file. */
export function parseDatadriven(text: string): Directive[] {
  const lines = text.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  const directives: Directive[] = []
  let at = 0
  while (at < lines.length) {
    const line = at + 1
    let directive = lines[at++].trim()
    if (directive === '' || directive.startsWith('#')) continue
    while (directive.endsWith('\\') && at < lines.length)
      directive = `${directive.slice(0, -1).trim()} ${lines[at++].trim()}`
    const [command, ...args] = splitDirective(directive, line)
    const input: string[] = []
    while (at < lines.length && lines[at] !== SEPARATOR) input.push(lines[at++])
    if (at >= lines.length) throw new Error(`line ${line}: no ${SEPARATOR} behind "${directive}"`)
    at++
    const output: string[] = []
    if (lines[at] === SEPARATOR) {
      // Output with blank lines: up to a second pair.
      at++
      while (!(lines[at] === SEPARATOR && lines[at + 1] === SEPARATOR)) {
        if (at >= lines.length) throw new Error(`line ${line}: the output has no end`)
        output.push(lines[at++])
      }
      at += 2
    } else while (at < lines.length && lines[at].trim() !== '') output.push(lines[at++])
    const expected = output.length > 0 ? `${output.join('\n')}\n` : ''
    directives.push({line, text: directive, command: command.key, args, input: input.join('\n').trim(), expected})
  }
  return directives
}

/** `cmd arg key=value key=(a, b) key=` */
function splitDirective(text: string, line: number): Argument[] {
  const found: Argument[] = []
  let at = 0
  const until = (stops: string) => {
    const begun = at
    while (at < text.length && !stops.includes(text[at])) at++
    return text.slice(begun, at)
  }
  while (at < text.length) {
    const key = until(found.length === 0 ? ' ' : ' =')
    const values: string[] = []
    if (text[at] === '=') {
      at++
      if (text[at] === '(') {
        const end = text.indexOf(')', at)
        if (end < 0) throw new Error(`line ${line}: cannot read "${text.slice(at)}"`)
        values.push(...text.slice(at + 1, end).split(/, */))
        at = end + 1
      } else values.push(until(' '))
    }
    found.push({key, values})
    while (text[at] === ' ') at++
  }
  return found
}

/** A few lines around the first difference, as `-` expected and `+` printed. */
export function describeDifference(expected: string, printed: string): string {
  const want = expected.split('\n')
  const got = printed.split('\n')
  let first = 0
  while (first < want.length && want[first] === got[first]) first++
  let same = 0
  while (
    same < Math.min(want.length, got.length) - first &&
    want[want.length - 1 - same] === got[got.length - 1 - same]
  )
    same++
  const from = Math.max(0, first - 3)
  const shown = (lines: string[], sign: string) => {
    const changed = lines.slice(first, lines.length - same).map(line => `${sign} ${line}`)
    return changed.length > 20 ? [...changed.slice(0, 20), `${sign} … ${changed.length - 20} more lines`] : changed
  }
  const after = want.slice(want.length - same, want.length - same + 2)
  return [
    ...want.slice(from, first).map(line => `  ${line}`),
    ...shown(want, '-'),
    ...shown(got, '+'),
    ...after.map(line => `  ${line}`),
  ].join('\n')
}
