import {describe, expect, it} from 'vitest'
import {sanitise, shortened} from '../../src/commands/render/sanitise.ts'
import {walLine, walRow} from '../../src/commands/render/wal-row.ts'
import {hexView} from '../../src/inspect/hex.ts'
import type {Seen} from '../../src/inspect/walk.ts'

const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

const ATTACKS = [
  ['clear the screen', '\u001b[2Jgone'],
  ['CSI as C1', '\u009b2Jgone'],
  ['a link (OSC 8)', '\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007'],
  ['the clipboard (OSC 52)', '\u001b]52;c;cm0gLXJmIH4=\u001b\\'],
  ['the title', '\u001b]0;title\u0007'],
  ['lines and columns', 'a\r\nb\tc\u000bd\bE\u0000'],
  ['reading backwards', 'user\u202egnp.exe\u2066\u2069'],
  ['nothing to see', 'a\u200bb\ufeffc\u2028d\u{e0041}'],
  ['half a character', 'x\ud800y'],
]

describe('terminal output', () => {
  it.each(ATTACKS)('hardening 42: text from outside cannot do %s', (_, text) => {
    const shown = sanitise(text)
    expect(shown).not.toMatch(UNFIT)
    expect(shown).toMatch(/\\[xu]/)
    expect(sanitise(shown)).toBe(shown)
  })

  it('hardening 42: what people write stays as it is', () => {
    for (const text of ['orders.v2_x-1', 'Größe 大きさ τ', 'emoji 🎉 stays', '~/a b/c'])
      expect(sanitise(text)).toBe(text)
  })

  it('hardening 42: a record whose words come from a client is shown as one harmless line', () => {
    for (const [, attack] of ATTACKS) {
      const seen: Seen = {seen: 'unsound', at: 1, bytes: 2, why: attack, end: false}
      for (const line of [walRow(seen, 6), walLine(seen, 'n1', `wal${attack}.log`)]) expect(line).not.toMatch(UNFIT)
    }
  })

  it('bytes are shown with their place in decimal, hex and text', () => {
    expect(hexView(new TextEncoder().encode('HardState\u001b[0m, term 4'), 3496)).toEqual([
      '  3496  48 61 72 64 53 74 61 74  65 1b 5b 30 6d 2c 20 74  |HardState.[0m, t|',
      '  3512  65 72 6d 20 34                                    |erm 4|',
    ])
  })

  it('bytes that repeat are one line', () => {
    const lines = hexView(new Uint8Array(100), 0)
    expect(lines.map(l => l.trim().split('  ')[0])).toEqual(['0', '*', '96'])
  })

  it('long text is cut in the middle', () => {
    expect(shortened('abcdefgh', 5)).toBe('ab…gh')
    expect(shortened('abc', 5)).toBe('abc')
  })
})
