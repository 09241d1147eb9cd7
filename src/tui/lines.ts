import {oneLine} from '../base/one-line.ts'

/** What stands behind a piece of text; the word says it first, colour only underlines it. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong'

export interface Span {
  text: string
  tone?: Tone
}

/** One row of the screen. Never wider than the screen, never more than one row. */
export type Line = Span[]

export interface Size {
  columns: number
  rows: number
}

/** Whatever the text is made of, it moves no cursor. */
export function span(text: string, tone?: Tone): Span {
  const shown = oneLine(text)
  return tone ? {text: shown, tone} : {text: shown}
}

export function plainText(line: Line): string {
  return line.map(s => s.text).join('')
}

const graphemes = new Intl.Segmenter(undefined, {granularity: 'grapheme'})
/** East Asian wide and full-width blocks, and what is drawn as a picture. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2fb}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u
const NARROW = /^[\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u259f\u2713\ufffd]*$/
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

function* parts(text: string): Generator<{text: string; cells: number}> {
  for (const {segment} of graphemes.segment(oneLine(text)))
    yield {text: segment, cells: ZERO.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1}
}

/** How many columns of a terminal a text takes. */
export function cells(text: string): number {
  if (NARROW.test(text)) return text.length
  let n = 0
  for (const part of parts(text)) n += part.cells
  return n
}

/** The longest beginning that fits into `width` columns. */
function head(text: string, width: number): string {
  if (NARROW.test(text)) return text.slice(0, width)
  let taken = ''
  let n = 0
  for (const part of parts(text)) {
    if (n + part.cells > width) break
    taken += part.text
    n += part.cells
  }
  return taken
}

function tail(text: string, width: number): string {
  if (NARROW.test(text)) return width <= 0 ? '' : text.slice(-width)
  const all = [...parts(text)]
  let taken = ''
  let n = 0
  for (let i = all.length - 1; i >= 0 && n + all[i].cells <= width; i--) {
    taken = all[i].text + taken
    n += all[i].cells
  }
  return taken
}

/** Cut at the end: what does not fit is `…`. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text
  return width <= 0 ? '' : `${head(text, width - 1)}…`
}

/** Cut in the middle: beginning and end stay. */
export function cutMiddle(text: string, width: number): string {
  if (cells(text) <= width) return text
  if (width <= 0) return ''
  const last = Math.floor((width - 1) / 2)
  return `${head(text, width - 1 - last)}…${tail(text, last)}`
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cells(text)))
}

/** A row that fits: what is too long is cut at the end. */
export function fitted(line: Line, width: number): Line {
  const taken: Line = []
  let left = width
  for (const [i, s] of line.entries()) {
    const more = line.slice(i + 1).some(next => next.text !== '')
    const n = cells(s.text)
    if (n < left || (n === left && !more)) {
      taken.push(s)
      left -= n
      continue
    }
    taken.push({...s, text: more && n === left ? `${head(s.text, left - 1)}…` : cut(s.text, left)})
    break
  }
  return taken
}

/** `── Title ── more ───────────── right ─`, as wide as asked. */
export function rule(width: number, left = '', right = ''): string {
  const begin = left === '' ? '' : `── ${left} `
  const end = right === '' ? '' : ` ${right} ─`
  const room = width - cells(begin) - cells(end)
  if (room < 1) return right === '' ? cut(begin, width) : rule(width, left)
  return `${begin}${'─'.repeat(room)}${end}`
}

const ASCII: Record<string, string> = {
  '─': '-',
  '│': '|',
  '┬': '+',
  '┴': '+',
  '·': '-',
  '…': '~',
  '↑': '^',
  '↓': 'v',
  '✓': 'v',
  '▁': '_',
  '▂': '_',
  '▃': '.',
  '▄': '.',
  '▅': ':',
  '▆': ':',
  '▇': '#',
  '█': '#',
}

/** The same row for a terminal without UTF-8: as wide as before. */
export function asciiOnly(line: Line): Line {
  return line.map(s => {
    if (/^[\u0020-\u007e]*$/.test(s.text)) return s
    let text = ''
    for (const part of parts(s.text))
      text += /^[\u0020-\u007e]$/.test(part.text) ? part.text : (ASCII[part.text] ?? '?').repeat(part.cells)
    return {...s, text}
  })
}
