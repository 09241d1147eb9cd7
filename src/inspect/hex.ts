const BYTES_A_LINE = 16

/**
 * Bytes as people read them: their place in the file (decimal, as FILE@BYTE), hex in two halves, printable ASCII.
 * Lines that only repeat the one before are one `*`.
 */
export function hexView(bytes: Uint8Array, at: number): string[] {
  const lines: string[] = []
  const width = Math.max(6, String(at + bytes.length).length)
  let before = ''
  for (let i = 0; i < bytes.length; i += BYTES_A_LINE) {
    const row = [...bytes.subarray(i, i + BYTES_A_LINE)]
    const last = i + BYTES_A_LINE >= bytes.length
    const same = row.join() === before
    before = row.join()
    if (same && !last) {
      if (!lines.at(-1)?.endsWith('*')) lines.push(`${' '.repeat(width)}  *`)
      continue
    }
    const hex = row.map((b, n) => `${n === 8 ? ' ' : ''}${b.toString(16).padStart(2, '0')}`).join(' ')
    const text = row.map(b => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('')
    lines.push(`${String(at + i).padStart(width)}  ${hex.padEnd(BYTES_A_LINE * 3)}  |${text}|`)
  }
  return lines
}
