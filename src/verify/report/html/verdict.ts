import type {Operation} from '../../../judge/evidence.ts'
import type {Cite} from '../../../judge/verdict.ts'
import type {NumberedVerdict, StepReport} from '../../host-protocol.ts'
import {seeCommandOf} from '../text.ts'
import {bytesAt, type ShownBytes} from './bytes.ts'
import {text} from './escape.ts'
import type {PageFacts} from './facts.ts'
import type {LogLine} from './timeline.ts'

export const WORD = {pass: 'PASS', fail: 'FAIL', unknown: '????', 'not applicable': 'n/a'} as const
export const CLASS = {pass: 'pass', fail: 'fail', unknown: 'unknown', 'not applicable': 'na'} as const

const PLACES_MAX = 4
const OPERATIONS_MAX = 12
const LOG_BEFORE = 4
const LOG_AFTER = 14

export function badge(result: NumberedVerdict['result']): string {
  return `<span class="badge ${CLASS[result]}">${WORD[result]}</span>`
}

/** One check that did not pass, in full: what was done, what was expected, what happened, why, and the evidence. */
export function verdictArticle(v: NumberedVerdict, step: StepReport, facts: PageFacts, open: boolean): string {
  const nodes =
    v.nodes.length > 0 ? ` <span class="nodes">${[...new Set(v.nodes)].map(n => `n${text(n)}`).join(' ')}</span>` : ''
  return `<details class="verdict ${CLASS[v.result]}" id="check-${text(v.number)}"${open ? ' open' : ''}>
<summary>${badge(v.result)} <span class="number">${text(v.number)}</span> <strong>${text(v.title)}</strong>${nodes}</summary>
<dl class="story">
<dt>What was done</dt><dd>${doneIn(step, facts)}</dd>
<dt>Expected</dt><dd>${text(v.expected)}</dd>
<dt>${v.result === 'fail' ? 'What happened' : 'What was seen'}</dt><dd>${text(v.seen)}</dd>
${causeOf(v)}
</dl>
${linesTable(v)}
${places(v, facts)}
${operations(v, facts)}
${told(v)}
${logLines(v, step, facts)}
<p class="again"><button type="button" data-check="${text(v.number)}">Show it in the timeline</button> Run it again: <code>${text(v.again)}</code></p>
</details>`
}

function causeOf(v: NumberedVerdict): string {
  const cause = v.lines.filter(l => l.label === 'cause').map(l => l.text)
  const why = [...new Set([...cause, ...(v.because ? [v.because] : [])])]
  return why.length === 0
    ? ''
    : `<dt>${v.result === 'fail' ? 'Why' : 'Why not'}</dt><dd>${why.map(w => text(w)).join('<br>')}</dd>`
}

function doneIn(step: StepReport, facts: PageFacts): string {
  const done = facts.done(step).filter(d => d.kind === 'fault' || d.kind === 'node' || d.kind === 'proven')
  const list = done
    .map(d => `<li><span class="at">${inSeconds(d.at)}</span> <span>${text(d.text)}</span></li>`)
    .join('')
  return `Step ${text(step.number)}: ${text(step.title)}${list ? `<ul class="done">${list}</ul>` : ''}`
}

function linesTable(v: NumberedVerdict): string {
  const rows = v.lines.filter(l => l.label !== 'cause' && l.label !== 'see')
  const see = v.lines.filter(l => l.label === 'see')
  const table =
    rows.length === 0
      ? ''
      : `<table class="sides"><tbody>${rows.map(l => `<tr><th scope="row">${text(l.label)}</th><td><code class="side">${text(l.text)}</code></td></tr>`).join('')}</tbody></table>`
  const commands = see.map(l => `<p class="see">See the bytes: <code>${text(seeCommandOf(l.text))}</code></p>`).join('')
  return table + commands
}

function places(v: NumberedVerdict, facts: PageFacts): string {
  const cites = v.cites.filter(c => c.kind === 'place')
  const [first, ...others] = cites.slice(0, PLACES_MAX).map(c => placeFigure(c, bytesAt(facts.dir, c.file, c.at)))
  if (first === undefined) return ''
  const left = cites.length - 1 - others.length
  const more = `${others.length} more ${others.length === 1 ? 'place' : 'places'}${left > 0 ? `, and ${left} that report.json names` : ''}`
  return others.length === 0 ? first : `${first}<details><summary>${more}</summary>${others.join('')}</details>`
}

function placeFigure(c: Extract<Cite, {kind: 'place'}>, bytes: ShownBytes | undefined): string {
  const caption = `<figcaption>On the disk${c.node === undefined ? '' : ` of n${text(c.node)}`}, copied while the node was dead: <code>${text(c.file)}@${text(c.at)}</code>${c.note ? ` ${text(c.note)}` : ''}</figcaption>`
  if (!bytes) return `<figure class="bytes">${caption}<p>The copy is not in the run folder.</p></figure>`
  const fields = bytes.fields
    .map(([name, value]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`)
    .join('')
  const hex = bytes.hex.map(line => text(line)).join('\n')
  const left = bytes.left > 0 ? `\n… ${bytes.left} bytes more` : ''
  return `<figure class="bytes">${caption}<dl class="fields">${fields}</dl><pre tabindex="0">${hex}${left}</pre></figure>`
}

function operations(v: NumberedVerdict, facts: PageFacts): string {
  const numbers = [...new Set(v.cites.flatMap(c => (c.kind === 'operation' ? [c.operation] : [])))]
  if (numbers.length === 0) return ''
  const rows = numbers.slice(0, OPERATIONS_MAX).map(n => operationRow(n, facts.operation(n), facts))
  const more =
    numbers.length > rows.length ? `<p class="more">and ${numbers.length - rows.length} more operations</p>` : ''
  return `<div class="scroll"><table><caption>Operations of the clients (history.jsonl)</caption><thead><tr><th>op</th><th>begun</th><th>client</th><th>what</th><th>ended</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>${more}`
}

function operationRow(n: number, o: Operation | undefined, facts: PageFacts): string {
  if (!o) return `<tr><td>${text(n)}</td><td colspan="4">not in the run folder</td></tr>`
  const where = `${o.topic}/${o.partition}`
  const what =
    o.do === 'send'
      ? `send ${o.value ?? ''} to ${where}`
      : o.do === 'read'
        ? `read ${where} from ${o.from ?? '?'}${o.final ? ' (final)' : ''}`
        : `${o.do} ${where}`
  const took = o.endedAtMs === undefined ? '' : ` after ${(o.endedAtMs - o.invokedAtMs).toFixed(1)} ms`
  const result =
    o.result === 'ok'
      ? o.do === 'read'
        ? `ok, ${o.records?.length ?? 0} records, high watermark ${o.highWatermark ?? '?'}`
        : `ok${o.offset === undefined ? '' : `, offset ${o.offset}`}`
      : o.result === 'open'
        ? 'never answered'
        : `${o.result}: ${o.error ?? ''}`
  return `<tr><td>${text(n)}</td><td>${inSeconds(facts.labTime(o.invokedAtMs))}</td><td>${text(o.process)}</td><td>${text(what)}</td><td>${text(result)}${text(took)}</td></tr>`
}

function told(v: NumberedVerdict): string {
  const notes = [
    ...new Set(
      v.cites.flatMap(c =>
        c.kind === 'reading'
          ? [
              `n${c.node}, life ${c.incarnation}: ${c.pushed ? 'told by itself' : 'asked'}${c.note ? `: ${c.note}` : ''} (${c.source})`,
            ]
          : c.kind === 'event'
            ? [`event ${c.event}${c.note ? `: ${c.note}` : ''}`]
            : [],
      ),
    ),
  ]
  if (notes.length === 0) return ''
  return `<p class="told">Also seen: ${notes
    .slice(0, 8)
    .map(n => text(n))
    .join(' · ')}</p>`
}

/** What the nodes that the verdict names printed when they came back in this step; else the last they printed before it was judged. */
function logLines(v: NumberedVerdict, step: StepReport, facts: PageFacts): string {
  const until = facts.judgedAt(v, step)
  return [...new Set(v.nodes)]
    .slice(0, 3)
    .map(node => {
      const lines = facts.logs.get(node)?.filter(l => l.at <= until) ?? []
      const some = aroundStart(lines, facts.startOf(node, step))
      if (some.length === 0) return ''
      const shown = some.map(l => `<span class="at">${inSeconds(l.at)}</span> ${text(l.text)}`).join('\n')
      return `<figure class="log"><figcaption>What n${text(node)} printed <code>nodes/n${text(node)}.log</code></figcaption><pre tabindex="0">${shown}</pre></figure>`
    })
    .join('')
}

function aroundStart(lines: readonly LogLine[], startAt: number | undefined): LogLine[] {
  if (startAt === undefined) return lines.slice(-LOG_AFTER)
  const first = lines.findIndex(l => l.at >= startAt)
  return first < 0 ? lines.slice(-LOG_AFTER) : lines.slice(Math.max(0, first - LOG_BEFORE), first + LOG_AFTER)
}

export function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
