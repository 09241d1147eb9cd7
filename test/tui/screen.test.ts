import {EventEmitter} from 'node:events'
import {describe, expect, it} from 'vitest'
import {Screen} from '../../src/tui/screen.ts'

class Terminal extends EventEmitter {
  columns = 80
  rows = 24
  fd = -1
  output = ''
  write(text: string): boolean {
    this.output += text
    return true
  }
  taken(): string {
    const {output} = this
    this.output = ''
    return output
  }
}

describe('screen', () => {
  it('only rows that differ are written, each at its place; never a clearing of the scrollback', () => {
    const terminal = new Terminal()
    let resized = 0
    const screen = new Screen(terminal as unknown as NodeJS.WriteStream, () => resized++)
    screen.write('before it was entered')
    expect(terminal.taken()).toBe('')
    screen.enter()
    expect(terminal.taken()).toBe('\u001b[?1049h\u001b[H\u001b[2J\u001b[?25l')
    screen.write('a\nb\nc')
    expect(terminal.taken()).toBe(
      '\u001b[1;1H\u001b[0m\u001b[2Ka\u001b[2;1H\u001b[0m\u001b[2Kb\u001b[3;1H\u001b[0m\u001b[2Kc',
    )
    screen.write('a\nB')
    expect(terminal.taken()).toBe('\u001b[2;1H\u001b[0m\u001b[2KB\u001b[3;1H\u001b[0m\u001b[2K')
    screen.write('a\nB')
    expect(terminal.taken()).toBe('')
    // What ink says of the cursor is no frame.
    screen.write('\u001b[?25h')
    expect(terminal.taken()).toBe('')
    terminal.emit('resize')
    screen.clear()
    screen.write('a\nB')
    expect(terminal.taken()).toContain('\u001b[2J\u001b[1;1H')
    expect(resized).toBe(1)
    screen.leave()
    screen.leave()
    screen.write('after')
    expect(terminal.taken()).toBe('')
    expect(terminal.listenerCount('resize')).toBe(0)
  })

  it('a frame that is higher than the terminal is cut', () => {
    const terminal = new Terminal()
    terminal.rows = 2
    const screen = new Screen(terminal as unknown as NodeJS.WriteStream, () => undefined)
    screen.enter()
    terminal.taken()
    screen.write('a\nb\nc')
    expect(terminal.taken()).not.toContain('c')
    screen.leave()
  })
})
