/**
 * Text from a disk, a wire or a client, made fit for a terminal: one line, and nothing in it that moves the cursor, writes to the
 * clipboard, makes a link or turns the direction of reading. C0, DEL and C1 (with them every escape sequence: CSI, OSC 8, OSC 52, DCS),
 * line separators, bidi controls, zero-width and tag characters and lone surrogates become visible: `\x1b`, `\u202e`.
 */
export function sanitise(text: string): string {
  return text.replace(UNFIT, unit => {
    const code = unit.codePointAt(0) ?? 0
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

const UNFIT =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu

/** Cut in the middle: what a line cannot hold is `…`. */
export function shortened(text: string, width: number): string {
  if (text.length <= width) return text
  const keep = Math.max(0, width - 1)
  const tail = Math.floor(keep / 2)
  return `${text.slice(0, keep - tail)}…${tail > 0 ? text.slice(-tail) : ''}`
}
