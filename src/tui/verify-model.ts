import {oneLine} from '../base/one-line.ts'
import type {HostLine, NumberedVerdict} from '../verify/host-protocol.ts'
import type {VerifyStep, VerifyView} from './model.ts'

export function verifyStarted(runPath: string, of: number | undefined): VerifyView {
  return {
    state: 'running',
    head: 'starting',
    ...(of === undefined ? {} : {of}),
    steps: [],
    progress: '',
    end: '',
    runPath,
    chosen: 0,
    open: false,
    scroll: 0,
  }
}

/** What the suite host says, as it comes. */
export function verifyTold(view: VerifyView, line: HostLine): VerifyView {
  switch (line.say) {
    case 'lab':
      return {...view, head: oneLine(line.name), ...(line.steps === undefined ? {} : {of: line.steps})}
    case 'cluster':
      return {...view, head: `${view.head} on cluster ${oneLine(line.cluster.name)}`}
    case 'step': {
      const step: VerifyStep = {
        number: line.number,
        title: oneLine(line.title),
        state: 'running',
        note: '',
        checks: [],
      }
      return {...view, steps: [...view.steps, step], progress: ''}
    }
    case 'progress':
      return {...view, progress: oneLine(line.text)}
    case 'verdict':
      return changed(view, line.step, step => ({...step, checks: [...step.checks, line.verdict]}))
    case 'stepDone':
      return changed(view, line.step.number, step => ({
        ...step,
        state: 'done',
        note: oneLine(line.step.note),
        checks: line.step.checks,
      }))
    case 'end':
      return view
  }
}

function changed(view: VerifyView, number: number, change: (step: VerifyStep) => VerifyStep): VerifyView {
  return {...view, steps: view.steps.map(step => (step.number === number ? change(step) : step))}
}

const ORDER = {fail: 0, unknown: 1, pass: 2, 'not applicable': 3} as const

/** All checks so far, the failing ones first, then those that could not be seen. */
export function checksOf(view: VerifyView): NumberedVerdict[] {
  const all = view.steps.flatMap(s => s.checks)
  return all
    .map((check, i) => ({check, i}))
    .sort((a, b) => ORDER[a.check.result] - ORDER[b.check.result] || a.i - b.i)
    .map(({check}) => check)
}
