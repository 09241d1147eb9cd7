import {cleanup, render} from 'ink-testing-library'
import {afterEach, describe, expect, it} from 'vitest'
import {App} from '../../src/tui/App.tsx'
import {frame} from '../../src/tui/frame.ts'
import {drawn, killedLeader} from './sample.ts'

const MIDDLE = {columns: 100, rows: 30}

afterEach(cleanup)

describe('app', () => {
  it('shows the frame row by row, with nothing added and nothing wrapped', () => {
    const {lastFrame} = render(<App lines={frame(killedLeader(), MIDDLE)} colour={false} onKey={() => undefined} />)
    const rows = (lastFrame() ?? '').split('\n').map(row => row.trimEnd())
    expect(`${rows.join('\n')}\n`).toBe(drawn(killedLeader(), MIDDLE))
  })

  it('passes keys on as words', async () => {
    const keys: string[] = []
    const {stdin} = render(<App lines={[]} colour={false} onKey={key => keys.push(key)} />)
    await new Promise(resolve => setImmediate(resolve))
    for (const typed of [
      'K',
      'jj',
      '\u001b[A',
      '\u001b[B',
      '\u001b[5~',
      '\u001b[6~',
      '\r',
      '\u007f',
      '\u0003',
      ' ',
      ':',
      '\u0001',
    ])
      stdin.write(typed)
    expect(keys).toEqual(['K', 'j', 'j', 'up', 'down', 'pageup', 'pagedown', 'enter', 'backspace', 'ctrl-c', ' ', ':'])
  })
})
