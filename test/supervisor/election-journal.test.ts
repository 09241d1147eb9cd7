import {expect, test} from 'vitest'
import {ElectionJournal} from '../../src/supervisor/election-journal.ts'
import type {Journal} from '../../src/supervisor/journal.ts'

test('journal: who stands and who leads is said once, however often nodes tell it; again when it is another term, or another role', () => {
  const lines: string[] = []
  const elections = new ElectionJournal({add: (_kind: string, line: string) => lines.push(line)} as unknown as Journal)
  const tell = (node: number, role: 'leader' | 'candidate' | 'follower', term: number, votes?: number[]): void =>
    elections.told(node, {role, term, ...(votes ? {votes} : {})})
  tell(1, 'candidate', 2)
  tell(1, 'candidate', 2)
  tell(1, 'leader', 2, [1, 3])
  tell(3, 'follower', 2)
  tell(2, 'candidate', 3)
  tell(1, 'leader', 2)
  tell(2, 'leader', 3)
  tell(2, 'candidate', 4)
  expect(lines).toEqual([
    'n1 candidate at term 2',
    'n1 LEADER at term 2, votes n1 n3',
    'n2 candidate at term 3',
    'n2 LEADER at term 3',
    'n2 candidate at term 4',
  ])
})
