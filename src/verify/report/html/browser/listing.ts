import type {TimelineData} from '../data.ts'
import {html, inSeconds} from './dom.ts'

const ROWS_MAX = 400

interface Row {
  at: number
  node?: number
  kind: string
  text: string
}

/** What lies in view, in words: the journal, HardState writes, log lines. */
export class Listing {
  readonly element: HTMLElement
  readonly #rows: Row[]
  readonly #body = html('tbody')
  readonly #count = html('p', {class: 'hint'})
  readonly #off = new Set<string>(['log'])
  #view: [number, number] = [0, 0]

  constructor(data: TimelineData) {
    const rows: Row[] = [
      ...data.events.map(e => ({at: e.at, node: e.node, kind: e.kind, text: e.text})),
      ...data.hardStates.map(h => ({
        at: h.at,
        node: h.node,
        kind: 'HardState',
        text: `term ${h.term} vote ${h.vote} commit ${h.commit}${h.where ? `   ${h.where}` : ''}`,
      })),
      ...data.logs.flatMap(l => l.lines.map(([at, text]) => ({at, node: l.node, kind: 'log', text}))),
      ...data.marks.map(m => ({at: m.at, kind: m.result, text: `${m.number} ${m.title}`})),
    ]
    this.#rows = rows.sort((a, b) => a.at - b.at)
    const kinds = [...new Set(this.#rows.map(r => r.kind))].sort()
    this.element = html(
      'div',
      {class: 'listing'},
      html(
        'div',
        {class: 'filters', role: 'group', 'aria-label': 'What the list shows'},
        ...kinds.map(k => this.#filter(k)),
      ),
      this.#count,
      html(
        'div',
        {class: 'scroll rows', tabindex: 0, role: 'region', 'aria-label': 'What happened in the stretch in view'},
        html(
          'table',
          {},
          html(
            'thead',
            {},
            html('tr', {}, ...['time', 'node', 'kind', 'what'].map(w => html('th', {scope: 'col'}, w))),
          ),
          this.#body,
        ),
      ),
    )
  }

  show(from: number, to: number): void {
    this.#view = [from, to]
    const inView = this.#rows.filter(r => r.at >= from && r.at <= to && !this.#off.has(r.kind))
    const rows = inView
      .slice(0, ROWS_MAX)
      .map(r =>
        html(
          'tr',
          {class: r.kind.replace(/[^a-zA-Z]/g, '')},
          html('td', {}, inSeconds(r.at)),
          html('td', {}, r.node === undefined ? '' : `n${r.node}`),
          html('td', {}, r.kind),
          html('td', {}, r.text),
        ),
      )
    this.#body.replaceChildren(...rows)
    const cut = inView.length > ROWS_MAX ? `; the first ${ROWS_MAX} are shown, zoom in for the others` : ''
    this.#count.textContent = `${inSeconds(from)} to ${inSeconds(to)}: ${inView.length} lines${cut}`
  }

  #filter(kind: string): HTMLElement {
    const box = html('input', {type: 'checkbox'})
    box.checked = !this.#off.has(kind)
    box.addEventListener('change', () => {
      if (box.checked) this.#off.delete(kind)
      else this.#off.add(kind)
      this.show(...this.#view)
    })
    return html('label', {}, box, ` ${kind}`)
  }
}
