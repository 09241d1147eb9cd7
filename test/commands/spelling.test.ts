import {expect, it} from 'vitest'
import {spelled} from '../../src/commands/spelling.ts'

it('commands are spelled as they work in this terminal; what another chronik has spelled stays', () => {
  expect(spelled('Try: chronik start 1 -c k', 'npx chronik')).toBe('Try: npx chronik start 1 -c k')
  expect(spelled('chronik start', 'npx chronik')).toBe('npx chronik start')
  expect(spelled('exit 3: npx chronik start 3: no answer', 'npx chronik')).toBe(
    'exit 3: npx chronik start 3: no answer',
  )
  expect(spelled('chronik start', 'chronik')).toBe('chronik start')
})
