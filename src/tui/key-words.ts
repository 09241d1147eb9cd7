import type {Key} from './keys.ts'

/** What ink says of a key besides its text. */
export interface InkKey {
  upArrow?: boolean
  downArrow?: boolean
  pageUp?: boolean
  pageDown?: boolean
  return?: boolean
  escape?: boolean
  backspace?: boolean
  delete?: boolean
  ctrl?: boolean
  meta?: boolean
}

/** Keys in the words of `keys.ts`. What was typed fast comes as one text: a key each. */
export function keyWords(input: string, key: InkKey): Key[] {
  if (key.upArrow) return ['up']
  if (key.downArrow) return ['down']
  if (key.pageUp) return ['pageup']
  if (key.pageDown) return ['pagedown']
  if (key.return) return ['enter']
  if (key.escape) return ['escape']
  // Terminals send DEL for the key above Enter.
  if (key.backspace || key.delete) return ['backspace']
  if (key.ctrl) return input === 'c' || input === 'u' ? [`ctrl-${input}`] : []
  if (key.meta) return []
  return [...input].flatMap(c => (c === '\r' || c === '\n' ? ['enter'] : c < ' ' ? [] : [c]))
}
