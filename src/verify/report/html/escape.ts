import {createHash} from 'node:crypto'
import {cut} from '../text.ts'

/** Text longer than this is cut, and says how long it was. */
const VALUE_MAX = 2_000

/** Any text as the content of an element or of an attribute in double quotes: nothing of it is read as HTML. */
export function text(value: string | number, most = VALUE_MAX): string {
  return cut(String(value), most).replace(/[&<>"'`=]/g, c => `&#${c.charCodeAt(0)};`)
}

/** Data in a `<script type="application/json">`: no `<` in it, so that nothing can end the element. */
export function island(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** For the content security policy: what may run is what has this hash. */
export function cspHash(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`
}
