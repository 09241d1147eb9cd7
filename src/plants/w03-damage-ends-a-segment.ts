import {decide, type Rule} from '../wal/rules.ts'
import type {Plant} from './plant.ts'

/** A bad record counts as the end of its segment, wherever it stands; reading goes on with the next one. Seen in unistore#567. */
export const w03: Plant = {
  id: 'W03',
  name: 'damage-ends-a-segment',
  change: 'a bad record counts as the end of its segment, wherever it stands, and reading goes on with the next one',
  caughtBy: 'P2',
  caughtInSim: ['P2', 'D3'],
  scenarios: ['damaged-logs'],
  parts: sound => ({...sound, wal: {...sound.wal, decide: facts => opened(decide(facts))}}),
}

function opened(rule: Rule): Rule {
  if (rule.name === 'mark-behind') return {...rule, does: {do: 'open', cut: ['last'], write: []}}
  const forgiven = /^(earlier-|previous-|unsound-behind|seal-|unsealed-|broken-fold)/.test(rule.name)
  return forgiven ? {...rule, does: {do: 'open', cut: [], write: []}} : rule
}
