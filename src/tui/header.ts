import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import {focused} from './focused.ts'
import {cells, fitted, type Line, type Span, span} from './lines.ts'
import type {Model} from './model.ts'
import {clock, healthWords, upFor} from './words.ts'

/** Row 1: cluster, engine, nodes; the health word; what is planted or verified; who leads the group shown. */
export function header(model: Model, width: number): Line {
  const shown = focused(model)
  const wide = width >= 112
  const title = span(' chronik', 'strong')
  if (!shown) {
    const word = model.gone ? `${model.gone.word} ${model.gone.by}` : 'connecting'
    return fitted([title, span(`  ${model.name}    `), span(word, 'warn')], width)
  }
  const time = wide ? span(clock(model.nowMs)) : undefined
  const health = healthSpan(model, shown, wide)
  const notes = notesOf(model, shown)
  const leader = span(leaderText(model, shown), model.gone ? 'dim' : undefined)
  const gap = wide ? '    ' : '   '
  const parts = [` · ${shown.engine}`, ` · ${nodeCount(shown)}`, ` · up ${upFor(model.nowMs - shown.startedWallMs)}`]
  const preferred = Math.round(42 + (width - 80) * 0.55)
  const timeCells = time ? cells(time.text) + 4 : 0
  for (const [kept, right] of variants(parts, [health, ...notes], leader)) {
    const left = `  ${model.name}${kept.join('')}`
    const rightCells = right.reduce((sum, s) => sum + cells(s.text), 0) + (right.length - 1) * gap.length
    const leftCells = cells(title.text) + cells(left)
    const room = width - timeCells - rightCells
    if (room < leftCells + 3) continue
    const at = Math.max(leftCells + 3, Math.min(Math.max(preferred, leftCells + 4), room))
    const line: Line = [title, span(left), span(' '.repeat(at - leftCells)), ...between(right, gap)]
    if (time) line.push(span(' '.repeat(Math.max(2, width - 10 - at - rightCells))), time)
    return fitted(line, width)
  }
  // Rather the name of a plant is cut than that a verification runs is not seen.
  return fitted([title, span(`  ${model.name}  `), ...between([health, ...notes.reverse()], '  ')], width)
}

/** What is left out first when there is no room: the time up, the number of nodes, the leader, the engine. */
function variants(parts: string[], first: Span[], leader: Span): Array<[string[], Span[]]> {
  const [engine, nodes, up] = parts
  return [
    [
      [engine, nodes, up],
      [...first, leader],
    ],
    [
      [engine, nodes],
      [...first, leader],
    ],
    [[engine], [...first, leader]],
    [[], [...first, leader]],
    [[engine], first],
    [[], first],
  ]
}

function between(spans: readonly Span[], gap: string): Line {
  return spans.flatMap((s, i) => (i === 0 ? [s] : [span(gap), s]))
}

function nodeCount(s: ClusterSnapshot): string {
  return `${s.nodes.length} ${s.nodes.length === 1 ? 'node' : 'nodes'}`
}

function healthSpan(model: Model, s: ClusterSnapshot, wide: boolean): Span {
  if (model.gone) return span(`${model.gone.word} since ${clock(model.gone.atMs)}`, 'bad')
  const since = s.health === 'NO LEADER' || s.health === 'NO QUORUM' ? ` since ${clock(model.healthSince.atMs)}` : ''
  const word = healthWords(s)
  return span(`${word}${wide && s.health === 'DEGRADED' ? ' up' : ''}${since}`, s.health === 'HEALTHY' ? 'good' : 'bad')
}

function notesOf(model: Model, s: ClusterSnapshot): Span[] {
  const notes: Span[] = []
  if (s.plant) notes.push(span(`PLANTED ${s.plant}`, 'warn'))
  const {verify} = model
  if (verify?.state === 'running') {
    const at = verify.steps.length
    notes.push(span(verify.of === undefined ? `verify: step ${at}` : `verify: ${at} of ${verify.of}`, 'warn'))
  } else if (s.heldBy && !model.gone) notes.push(span(`held by ${s.heldBy}`, 'warn'))
  return notes
}

function leaderText(model: Model, s: ClusterSnapshot): string {
  if (model.gone) return model.gone.by
  return s.leader === 0 ? 'no leader' : `n${s.leader} leads, term ${s.leaderTerm}`
}
