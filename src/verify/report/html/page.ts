import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {packageRoot} from '../../../base/package-root.ts'
import {hardStateWords} from '../../../judge/words.ts'
import type {NumberedVerdict, StepReport} from '../../host-protocol.ts'
import type {Report, SideBySide, SummaryReport} from '../report.ts'
import {verdictsOf} from '../report.ts'
import {countsLine, sameState, seconds, TIME_WORDS, whereWords} from '../text.ts'
import {cspHash, island, text} from './escape.ts'
import {PageFacts} from './facts.ts'
import {timelineOf} from './timeline.ts'
import {badge, CLASS, inSeconds, verdictArticle, WORD} from './verdict.ts'

const part = (name: string): string => readFileSync(join(packageRoot(), 'dist', 'report', name), 'utf8')

/** `report.html`: one file that fetches nothing. Made from report.json and the run folder only. */
export function htmlReport(report: Report, dir: string): string {
  const facts = new PageFacts(report, dir)
  const timeline = timelineOf(report, dir, facts.stored)
  const result = report.interrupted ? 'interrupted' : report.result
  const body = `
<header>
<p class="eyebrow">chronik verify · ${text(report.run)}</p>
<h1><span class="badge big ${report.interrupted ? 'unknown' : CLASS[report.result]}">${text(result.toUpperCase())}</span> ${text(report.suite)}</h1>
<p class="lead">${summary(report)}</p>
<p>${text(report.proves)}</p>
<ul class="facts">${factsOf(report)
    .map(f => `<li>${f}</li>`)
    .join('')}</ul>
<nav aria-label="Parts of this page"><a href="#why">${report.result === 'pass' && !report.interrupted ? 'Verdict' : 'Why'}</a><a href="#timeline">Timeline</a><a href="#steps">Step by step</a>${report.table.length > 0 ? '<a href="#table">Before and after</a>' : ''}<a href="#figures">Figures</a><a href="#again">Run it again</a></nav>
</header>
<main>
${why(report, facts)}
<section id="timeline" aria-labelledby="timeline-h"><h2 id="timeline-h">Timeline</h2>
${timeline.roles.length + timeline.events.length + timeline.sends.total === 0 ? '<p>The run left no evidence to draw.</p>' : '<p class="hint">Seconds since the run began. Drag to zoom in, double-click to zoom out; arrow keys move, + and - zoom. The list below it shows what lies in view.</p><div id="chart"><noscript>The timeline is drawn by the script of this page; everything else is below without it.</noscript></div>'}
</section>
<section id="steps" aria-labelledby="steps-h"><h2 id="steps-h">Step by step</h2>${report.steps.map(s => stepSection(s, facts)).join('')}${report.steps.length === 0 ? '<p>No step was begun.</p>' : ''}</section>
${beforeAfter(report)}
${figures(report)}
<section id="again" aria-labelledby="again-h"><h2 id="again-h">Run it again</h2>
<p><code>${text(report.again)}</code></p><p>Judge the stored evidence again: <code>chronik report check ${text(report.run)}</code></p></section>
</main>
<footer><p>Made by chronik ${text(report.chronik)} from report.json and the files beside it. This page fetches nothing.</p></footer>`
  return page(`${report.suite}: ${result}`, body, {data: timeline})
}

/** Of several runs: one line each, with a link to its page. */
export function htmlSummary(s: SummaryReport): string {
  const rows = s.runs
    .map(
      r =>
        `<tr><td>${badge(r.result)}</td><td><a href="${text(encodeURI(r.dir))}/report.html">${text(r.dir)}</a></td><td>${text(r.suite)}</td><td><code>${text(r.seed)}</code></td><td>${text(countsLine(r.counts))}</td><td>${seconds(r.tookMs)}</td></tr>`,
    )
    .join('')
  const body = `<header><p class="eyebrow">chronik verify</p><h1><span class="badge big ${CLASS[s.result]}">${WORD[s.result]}</span> ${s.runs.length} runs</h1></header>
<main><div class="scroll"><table><thead><tr><th>result</th><th>run</th><th>suite</th><th>seed</th><th>checks</th><th>took</th></tr></thead><tbody>${rows}</tbody></table></div>${(s.engines ?? []).map(beside).join('')}</main>`
  return page(`${s.runs.length} runs: ${s.result}`, body)
}

function beside({columns, rows}: SideBySide): string {
  const head = columns.map(c => `<th scope="col">${text(c)}</th>`).join('')
  const body = rows
    .map(
      ([name, ...cells]) =>
        `<tr><th scope="row">${text(name)}</th>${cells.map(c => `<td>${text(c)}</td>`).join('')}</tr>`,
    )
    .join('')
  return `<div class="scroll"><table><thead><tr><th></th>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

function page(title: string, body: string, o: {data?: unknown} = {}): string {
  const style = part('page.css')
  const script = part('page.js')
  const policy = `default-src 'none'; style-src ${cspHash(style)}; script-src ${o.data === undefined ? "'none'" : cspHash(script)}; base-uri 'none'; form-action 'none'`
  const run =
    o.data === undefined
      ? ''
      : `<script type="application/json" id="data">${island(o.data)}</script>\n<script>${script}</script>\n`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${text(title)}</title>
<style>${style}</style></head>
<body>${body}
${run}</body></html>
`
}

/** The whole run in a sentence or two. */
function summary(report: Report): string {
  const verdicts = verdictsOf(report)
  const first = verdicts.find(v => v.result === 'fail')
  const judged = `${verdicts.length} ${verdicts.length === 1 ? 'check' : 'checks'}`
  if (report.interrupted)
    return `Interrupted${report.interruptedIn === undefined ? ' before the first step' : ` in step ${text(report.interruptedIn)}`}: ${text(judged)} had been judged (${text(countsLine(report.counts))}). What was not reached is not known.`
  if (first)
    return `${text(report.counts.failed)} of ${text(judged)} failed. The first, <a href="#check-${text(first.number)}">${text(first.number)} ${text(first.title)}</a>: ${text(firstWords(first))}.${report.counts.failed > 1 ? ' What failed later may follow from it.' : ''}`
  if (report.error && report.result !== 'pass') return `The run ended early: ${text(report.error.message)}`
  if (report.result === 'pass') return `Every one of ${text(judged)} passed.`
  return `Nothing failed, but ${text(report.counts.unknown || 'no check')} of ${text(judged)} could not be judged: that is no pass.`
}

/** The cause where the check knows it, else what was seen. */
function firstWords(v: NumberedVerdict): string {
  const words = v.lines.find(l => l.label === 'cause')?.text ?? v.seen
  return words.length > 200 ? `${words.slice(0, 200)}…` : words
}

function factsOf(report: Report): string[] {
  const {cluster, machine} = report
  return [
    cluster
      ? `${text(whereWords(cluster))}, ${text(cluster.nodes)} nodes, ${text(cluster.engine)}`
      : 'no cluster came up',
    ...(report.powerLoss ? ['every kill a power loss'] : []),
    ...(report.plant ? [`<strong>planted bug</strong> <code>${text(report.plant)}</code>`] : []),
    ...(cluster?.directories ? [] : [`seed <code>${text(report.seed)}</code>`]),
    `${text(report.startedAt)}, ${seconds(report.tookMs)}`,
    text(`Node.js ${machine.node}, ${machine.platform} ${machine.arch}, ${machine.cpus} CPUs`),
  ]
}

function why(report: Report, facts: PageFacts): string {
  const of = (result: 'fail' | 'unknown') =>
    report.steps.flatMap(step => step.checks.filter(v => v.result === result).map(v => ({v, step})))
  const failed = of('fail')
  const unknown = of('unknown')
  const out: string[] = []
  if (report.error) out.push(`<p class="error">The run ended early: ${text(report.error.message)}</p>`)
  if (failed.length > 0) {
    out.push('<h2 id="why-h">Why it failed</h2>')
    out.push(...failed.map(({v, step}, n) => verdictArticle(v, step, facts, n === 0)))
  }
  if (unknown.length > 0) {
    out.push(`<h2${failed.length > 0 ? '' : ' id="why-h"'}>What could not be judged</h2>`)
    out.push('<p class="hint">A check whose evidence is missing is unknown, which never counts as passed.</p>')
    out.push(...unknown.map(({v, step}) => verdictArticle(v, step, facts, failed.length === 0 && unknown.length === 1)))
  }
  if (failed.length + unknown.length === 0) {
    out.push('<h2 id="why-h">Verdict</h2>')
    const asked = report.steps.map(
      s => `<li>${badge(s.result)} ${text(s.title)}${s.note ? `: ${text(s.note)}` : ''}</li>`,
    )
    out.push(asked.length > 0 ? `<ol class="plain">${asked.join('')}</ol>` : '<p>No check was made.</p>')
  }
  return `<section id="why" aria-labelledby="why-h">${out.join('\n')}</section>`
}

function stepSection(step: StepReport, facts: PageFacts): string {
  const done = facts.done(step)
  const list = done
    .map(
      d =>
        `<li class="${text(d.kind)}"><span class="at">${inSeconds(d.at)}</span> <span class="kind">${text(d.kind)}</span> <span>${text(d.text)}</span></li>`,
    )
    .join('')
  const rows = step.checks
    .map(
      v =>
        `<tr><td>${badge(v.result)}</td><td>${v.result === 'fail' || v.result === 'unknown' ? `<a href="#check-${text(v.number)}">${text(v.number)}</a>` : text(v.number)}</td><td>${text(v.title)}</td><td>${text(v.expected)}</td><td>${text(v.seen || v.because)}</td></tr>`,
    )
    .join('')
  const bad = step.result === 'fail' || step.result === 'unknown'
  return `<article class="step"><h3>${badge(step.result)} Step ${text(step.number)}: ${text(step.title)} <small>${seconds(step.tookMs)}${step.note ? ` · ${text(step.note)}` : ''}</small></h3>
${list ? `<h4>What was done, and what happened</h4><ol class="done">${list}</ol>` : ''}
<details${bad ? ' open' : ''}><summary>${step.checks.length} ${step.checks.length === 1 ? 'check' : 'checks'}</summary><div class="scroll"><table class="checks"><thead><tr><th>result</th><th>no.</th><th>check</th><th>expected</th><th>seen</th></tr></thead><tbody>${rows}</tbody></table></div></details></article>`
}

function beforeAfter(report: Report): string {
  if (report.table.length === 0) return ''
  const rows = report.table.map(({node, before, after}) => {
    const same = sameState(before, after)
    const word = same === undefined ? ['unknown', 'not seen'] : same ? ['pass', 'same'] : ['fail', 'DIFFERS']
    return `<tr><th scope="row">n${text(node)}</th><td>${before ? text(hardStateWords(before)) : 'none'}</td><td>${after ? text(hardStateWords(after)) : 'not asked'}</td><td><span class="badge ${word[0]}">${word[1]}</span></td><td>${before ? `<code>${text(before.file)}@${text(before.at)}</code>` : ''}</td></tr>`
  })
  return `<section id="table" aria-labelledby="table-h"><h2 id="table-h">Before and after</h2>
<p class="hint">HardState of the metadata group: as it lay on the disk while the node was dead, and as the node (or, where directories were judged, its log) said that it recovered it.</p>
<div class="scroll"><table><thead><tr><th>node</th><th>before (disk)</th><th>after (node)</th><th></th><th>where</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
}

function figures(report: Report): string {
  const times = Object.entries(report.times).map(
    ([name, ms]) =>
      `<tr><th scope="row">${text(TIME_WORDS[name] ?? name)}</th><td class="n">${text(ms.toLocaleString('en'))} ms</td></tr>`,
  )
  const l = report.load
  const load = l
    ? [
        ['writes sent', l.sent],
        ['acknowledged', l.acknowledged],
        ['refused (surely not appended)', l.failed],
        ['never answered', l.undecided],
        ['read back in the end', l.readBack],
        ['asked for a second', l.rate],
        ...(l.sentPerSecond === undefined ? [] : [['sent a second', l.sentPerSecond] as const]),
      ].map(
        ([name, n]) => `<tr><th scope="row">${text(name)}</th><td class="n">${text(n.toLocaleString('en'))}</td></tr>`,
      )
    : []
  return `<section id="figures" aria-labelledby="figures-h"><h2 id="figures-h">Figures</h2><div class="pair">
<table><caption>Times</caption><tbody>${times.join('')}</tbody></table>
${load.length > 0 ? `<table><caption>Load on topic <code>${text(l?.topic ?? '')}</code></caption><tbody>${load.join('')}</tbody></table>` : '<p>No load ran.</p>'}
</div></section>`
}
