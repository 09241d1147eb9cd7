import {formatCount, formatDuration} from '../base/units.ts'
import type {PartitionState} from '../contracts/node-state.ts'
import type {ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import {isRunning} from './focused.ts'
import {cells, cut, fitted, type Line, padded, type Span, span} from './lines.ts'
import type {LoadFigure, Model} from './model.ts'
import {clock} from './words.ts'

/** Sums of all loads that run. */
function sums(loads: readonly LoadFigure[]) {
  const of = (pick: (l: LoadFigure) => number): number => loads.reduce((sum, l) => sum + pick(l), 0)
  return {
    perSecond: of(l => l.perSecond),
    acked: of(l => l.acked),
    missing: of(l => l.missing),
    open: of(l => l.open),
    p50Ms: Math.max(0, ...loads.map(l => l.p50Ms)),
  }
}

/** `load 52/s acked 6,204 missing 0` */
export function loadWords(model: Model): Span[] {
  if (model.loads.length === 0) return [span(model.ownLoad === 'starting' ? 'load starting' : 'load off')]
  const s = sums(model.loads)
  return [
    span(`load ${s.perSecond}/s acked ${formatCount(s.acked)} `),
    span(`missing ${formatCount(s.missing)}`, s.missing > 0 ? 'bad' : undefined),
  ]
}

const BARS = '▁▂▃▄▅▆▇█'

/** Height of each second against the highest: a dip is an election. */
function bars(rates: readonly number[]): string {
  const most = Math.max(1, ...rates)
  return rates.map(r => BARS[Math.min(5, Math.round((r / most) * 5))]).join('')
}

function loadPane(model: Model): Line[] {
  if (model.loads.length === 0 && model.rates.length === 0)
    return [
      [
        span(
          model.ownLoad === 'starting' ? ' starting: topic and clients' : ' off; b starts 50 writes/s, acks=all',
          'dim',
        ),
      ],
    ]
  const s = sums(model.loads)
  const acks = [...new Set(model.loads.map(l => l.acks))].join('/')
  const first: Line =
    model.loads.length === 0
      ? [span(' off; b starts it', 'dim')]
      : [
          span(` kafkajs acks=${acks}  ${s.perSecond}/s  acked ${formatCount(s.acked)}  `),
          span(`missing ${formatCount(s.missing)}`, s.missing > 0 ? 'bad' : undefined),
          span(`  open ${formatCount(s.open)}`),
        ]
  const p50 = model.loads.length === 0 ? '' : `   p50 ${s.p50Ms} ms`
  const lines: Line[] = [first, [span(` acked/s  ${bars(model.rates)}${p50}`)]]
  if (model.stood) {
    const {ms, atMs, after} = model.stood
    lines.push([span(` writes stood ${formatDuration(ms)} at ${clock(atMs)}${after === '' ? '' : ` (${after})`}`)])
  }
  return lines
}

/** Topic partitions as a running node tells of them: the leader's own word where it has one. */
export function partitionsOf(shown: ClusterSnapshot): PartitionState[] {
  const found = new Map<string, PartitionState>()
  for (const node of shown.nodes) {
    if (!isRunning(node)) continue
    for (const p of node.live?.partitions ?? []) {
      const key = `${p.topic}/${p.partition}`
      const before = found.get(key)
      const better = !before || p.epoch > before.epoch || (p.epoch === before.epoch && p.leader === node.id)
      if (better) found.set(key, p)
    }
  }
  return [...found.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}

const LEFT_CELLS = 59

function partitionPane(shown: ClusterSnapshot, rows: number): string[] {
  const all = partitionsOf(shown)
  const lines = ['   PARTITION   LEADER  EPOCH  HIGH WATERMARK  IN SYNC']
  const room = all.length > rows - 1 ? rows - 2 : rows - 1
  for (const p of all.slice(0, room)) {
    const name = cut(`${p.topic}/${p.partition}`, 11)
    const mark = p.highWatermark === undefined ? '-' : formatCount(p.highWatermark)
    const isr = p.isr.map(n => `n${n}`).join(' ')
    lines.push(
      `   ${name.padEnd(12)}${(p.leader === 0 ? '-' : `n${p.leader}`).padEnd(6)}${String(p.epoch).padStart(7)}${mark.padStart(16)}  ${isr}`,
    )
  }
  if (all.length > room) lines.push(`   ${all.length - room} more: chronik topic ls`)
  if (all.length === 0) lines.push('   no topics yet')
  return lines
}

/** Partitions on the left, load on the right, each `rows` high, under their titles. */
export function sidePanes(model: Model, shown: ClusterSnapshot, width: number, rows: number): Line[] {
  const left = partitionPane(shown, rows)
  const right = loadPane(model)
  const title = `── Partitions ${'─'.repeat(LEFT_CELLS - 14)}┬─ Load ${'─'.repeat(Math.max(0, width - LEFT_CELLS - 8))}`
  const lines: Line[] = [[span(title)]]
  for (let i = 0; i < rows; i++) {
    const text = padded(cut(left[i] ?? '', LEFT_CELLS), LEFT_CELLS)
    lines.push([
      span(text, i === 0 ? 'dim' : model.gone ? 'dim' : undefined),
      span('│'),
      ...fitted(right[i] ?? [], width - LEFT_CELLS - 1),
    ])
  }
  return lines
}

/** The title of the pane below: its left part ends where the two panes above meet. */
export function underSides(left: string, right: string, width: number): string {
  const begin = `── ${left} `
  const end = ` ${right} ──`
  const room = LEFT_CELLS - cells(begin) - cells(end)
  if (room < 1) return `${cut(begin, LEFT_CELLS)}┴${'─'.repeat(width - LEFT_CELLS - 1)}`
  return `${begin}${'─'.repeat(room)}${end}┴${'─'.repeat(Math.max(0, width - LEFT_CELLS - 1))}`
}
