import type {TimelineData} from '../data.ts'
import {html, inSeconds, svg} from './dom.ts'

const LEFT = 76
const RIGHT = 14
const LANE = 26
const NODE_LANE = 38
const PLOT = 84
const GAP = 10
const SPAN_MIN_MS = 5

const ROLE_WORDS: Record<string, string> = {
  leader: 'LEADER',
  follower: 'follower',
  candidate: 'candidate',
  'pre-candidate': 'pre-candidate',
  down: 'DOWN',
  paused: 'PAUSED',
  starting: 'starting',
}

/** The lanes and plots over one axis of time, and what moves it. */
export class Chart {
  readonly element: HTMLElement
  readonly #data: TimelineData
  readonly #onView: (from: number, to: number) => void
  readonly #svg: SVGElement
  readonly #readout: HTMLElement
  #from = 0
  #to = 1
  #width = 900
  #height = 0
  #drag: {x: number; at: number} | undefined

  constructor(data: TimelineData, onView: (from: number, to: number) => void) {
    this.#data = data
    this.#onView = onView
    this.#svg = svg('svg', {
      class: 'chart',
      role: 'img',
      tabindex: 0,
      'aria-label':
        'Timeline: steps, faults, what each node was, writes acknowledged, latency. The list below says the same in words.',
    })
    this.#readout = html('p', {class: 'readout'})
    this.element = html('div', {class: 'chartbox'}, this.#tools(), this.#svg, this.#readout, legend())
    this.#listen()
    new ResizeObserver(() => {
      const width = Math.max(320, Math.floor(this.element.clientWidth))
      if (width === this.#width) return
      this.#width = width
      this.#draw()
    }).observe(this.element)
  }

  zoomTo(from: number, to: number): void {
    const {fromMs, toMs} = this.#data
    const span = Math.min(Math.max(to - from, SPAN_MIN_MS), toMs - fromMs)
    this.#from = Math.min(Math.max(from, fromMs), toMs - span)
    this.#to = this.#from + span
    this.#draw()
    this.#onView(this.#from, this.#to)
  }

  /** To the step in which a check was judged. */
  goTo(number: string): void {
    const mark = this.#data.marks.find(m => m.number === number)
    if (!mark) return
    const span = Math.max(mark.at - mark.from, 200)
    this.zoomTo(mark.from - span * 0.08, mark.at + span * 0.12)
  }

  #tools(): HTMLElement {
    const first = this.#data.marks.find(m => m.result === 'fail') ?? this.#data.marks[0]
    const tool = (words: string, does: () => void): HTMLElement => {
      const button = html('button', {type: 'button'}, words)
      button.addEventListener('click', does)
      return button
    }
    const by = (factor: number): void => {
      const middle = (this.#from + this.#to) / 2
      const half = ((this.#to - this.#from) * factor) / 2
      this.zoomTo(middle - half, middle + half)
    }
    const move = (part: number): void => {
      const by = (this.#to - this.#from) * part
      this.zoomTo(this.#from + by, this.#to + by)
    }
    return html(
      'div',
      {class: 'tools', role: 'group', 'aria-label': 'Zoom'},
      ...(first
        ? [
            tool(`${first.result === 'fail' ? 'First failure' : 'First unknown'} (${first.number})`, () =>
              this.goTo(first.number),
            ),
          ]
        : []),
      tool('Everything', () => this.zoomTo(this.#data.fromMs, this.#data.toMs)),
      tool('Zoom in', () => by(0.5)),
      tool('Zoom out', () => by(2)),
      tool('Earlier', () => move(-0.5)),
      tool('Later', () => move(0.5)),
      ...this.#data.steps.map(s => tool(`Step ${s.number}`, () => this.zoomTo(s.from - 50, s.to + 50))),
    )
  }

  #x(ms: number): number {
    return LEFT + ((ms - this.#from) / (this.#to - this.#from)) * (this.#width - LEFT - RIGHT)
  }

  #ms(x: number): number {
    return this.#from + ((x - LEFT) / (this.#width - LEFT - RIGHT)) * (this.#to - this.#from)
  }

  #listen(): void {
    const at = (e: PointerEvent | MouseEvent): number => e.clientX - this.#svg.getBoundingClientRect().left
    this.#svg.addEventListener('pointerdown', e => {
      if (e.button !== 0 || e.pointerType === 'touch') return
      this.#drag = {x: at(e), at: this.#ms(at(e))}
      this.#svg.setPointerCapture(e.pointerId)
    })
    this.#svg.addEventListener('pointermove', e => {
      const x = at(e)
      this.#say(this.#ms(x))
      this.#svg.querySelector('.band')?.remove()
      if (!this.#drag) return
      const [a, b] = [Math.min(this.#drag.x, x), Math.max(this.#drag.x, x)]
      this.#svg.append(svg('rect', {class: 'band', x: a, y: 0, width: b - a, height: this.#height}))
    })
    this.#svg.addEventListener('pointerup', e => {
      const drag = this.#drag
      this.#drag = undefined
      this.#svg.querySelector('.band')?.remove()
      if (drag && Math.abs(at(e) - drag.x) > 6) {
        const to = this.#ms(at(e))
        this.zoomTo(Math.min(drag.at, to), Math.max(drag.at, to))
      } else this.#say(this.#ms(at(e)))
    })
    this.#svg.addEventListener('dblclick', () => this.zoomTo(this.#data.fromMs, this.#data.toMs))
    this.#svg.addEventListener('keydown', e => {
      const span = this.#to - this.#from
      const middle = (this.#from + this.#to) / 2
      if (e.key === 'ArrowLeft') this.zoomTo(this.#from - span * 0.2, this.#to - span * 0.2)
      else if (e.key === 'ArrowRight') this.zoomTo(this.#from + span * 0.2, this.#to + span * 0.2)
      else if (e.key === '+' || e.key === '=') this.zoomTo(middle - span / 4, middle + span / 4)
      else if (e.key === '-') this.zoomTo(middle - span, middle + span)
      else if (e.key === '0') this.zoomTo(this.#data.fromMs, this.#data.toMs)
      else return
      e.preventDefault()
    })
  }

  /** What was at that moment, in words. */
  #say(ms: number): void {
    const d = this.#data
    if (ms < d.fromMs || ms > d.toMs) return
    const roles = d.nodes.map(n => {
      const role = d.roles.find(r => r.node === n && ms >= r.from && ms < r.to)
      return `n${n} ${role ? `${role.role}${role.term === undefined ? '' : ` at term ${role.term}`}` : 'not yet seen'}`
    })
    const faults = d.faults.filter(f => ms >= f.from && ms <= f.to).map(f => f.text)
    const bin = d.acknowledged.counts[Math.floor(ms / d.acknowledged.everyMs)] ?? 0
    const rate = Math.round((bin * 1_000) / d.acknowledged.everyMs)
    this.#readout.textContent = `${inSeconds(ms)}: ${roles.join(', ')}${faults.length > 0 ? `; ${faults.join(', ')}` : ''}; ${rate} writes acknowledged a second`
  }

  #draw(): void {
    const d = this.#data
    this.#svg.replaceChildren()
    let y = 20
    const shapes: SVGElement[] = []
    const top = y
    const lane = (words: string, height: number): number => {
      const at = y
      shapes.push(svg('text', {class: 'lane', x: 4, y: at + Math.min(height, LANE) / 2 + 4}, words))
      y += height + GAP
      return at
    }
    this.#steps(shapes, lane('steps', LANE))
    this.#faults(shapes, lane('faults', LANE))
    for (const n of d.nodes) this.#node(shapes, n, lane(`n${n}`, NODE_LANE))
    if (d.sends.total > 0) {
      this.#rate(shapes, lane('acked/s', PLOT))
      this.#latency(shapes, lane('latency', PLOT))
    }
    this.#height = y
    const grid = this.#grid(top, y)
    const marks = this.#marks(top, y)
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${y}`)
    this.#svg.setAttribute('height', String(y))
    this.#svg.append(...grid, ...shapes, ...marks)
  }

  #grid(top: number, bottom: number): SVGElement[] {
    const span = this.#to - this.#from
    const wanted = span / Math.max(2, (this.#width - LEFT) / 110)
    const power = 10 ** Math.floor(Math.log10(wanted))
    const every = [1, 2, 5, 10].map(f => f * power).find(f => f >= wanted) ?? wanted
    const lines: SVGElement[] = []
    for (let at = Math.ceil(this.#from / every) * every; at <= this.#to; at += every) {
      const x = this.#x(at)
      const digits = every >= 1_000 ? 0 : every >= 100 ? 1 : every >= 10 ? 2 : 3
      lines.push(
        svg('line', {class: 'grid', x1: x, x2: x, y1: top, y2: bottom}),
        svg('text', {class: 'tick', x, y: 13, 'text-anchor': 'middle'}, `${(at / 1_000).toFixed(digits)} s`),
      )
    }
    return lines
  }

  /** A bar with words in it, as far as they fit. */
  #bar(
    y: number,
    height: number,
    from: number,
    to: number,
    className: string,
    words: string,
    title: string,
  ): SVGElement[] {
    if (to < this.#from || from > this.#to) return []
    const a = Math.max(this.#x(from), LEFT)
    const b = Math.min(Math.max(this.#x(to), a + 2), this.#width - RIGHT)
    const bar = svg(
      'g',
      {class: className},
      svg('title', {}, title),
      svg('rect', {x: a, y, width: b - a, height, rx: 3}),
    )
    const fit = Math.floor((b - a - 8) / 6.6)
    if (fit >= 2)
      bar.append(
        svg('text', {x: a + 4, y: y + height / 2 + 4}, words.length > fit ? `${words.slice(0, fit - 1)}…` : words),
      )
    return [bar]
  }

  #steps(into: SVGElement[], y: number): void {
    for (const s of this.#data.steps)
      into.push(
        ...this.#bar(
          y,
          LANE,
          s.from,
          s.to,
          `stepbar ${classOf(s.result)}`,
          `${s.number} ${s.title}`,
          `step ${s.number}: ${s.title}: ${s.result}`,
        ),
      )
  }

  #faults(into: SVGElement[], y: number): void {
    for (const f of this.#data.faults)
      into.push(
        ...this.#bar(
          y,
          LANE,
          f.from,
          f.to,
          'fault',
          f.text,
          `${f.text}, from ${inSeconds(f.from)} to ${inSeconds(f.to)}`,
        ),
      )
  }

  #node(into: SVGElement[], node: number, y: number): void {
    const d = this.#data
    for (const r of d.roles)
      if (r.node === node) {
        const words = `${ROLE_WORDS[r.role] ?? r.role}${r.term === undefined ? '' : ` t${r.term}`}`
        into.push(
          ...this.#bar(
            y,
            LANE - 2,
            r.from,
            r.to,
            `role ${r.role.replace(/[^a-z-]/g, '')}`,
            words,
            `n${node}: ${words}, from ${inSeconds(r.from)}`,
          ),
        )
      }
    const ticks: string[] = []
    for (const [at] of d.logs.find(l => l.node === node)?.lines ?? [])
      if (at >= this.#from && at <= this.#to) ticks.push(`M${this.#x(at).toFixed(1)} ${y + LANE + 5}v6`)
    if (ticks.length > 0) into.push(svg('path', {class: 'logtick', d: ticks.join('')}))
    for (const h of d.hardStates) {
      if (h.node !== node || h.at < this.#from || h.at > this.#to) continue
      const x = this.#x(h.at)
      const title = `n${node} HardState: term ${h.term} vote ${h.vote} commit ${h.commit}${h.where ? `, ${h.where}` : ''}`
      into.push(svg('path', {class: 'hard', d: `M${x} ${y + LANE - 3}l5 6l-5 6l-5 -6z`}, svg('title', {}, title)))
    }
  }

  #rate(into: SVGElement[], y: number): void {
    const {everyMs, counts} = this.#data.acknowledged
    const perSecond = counts.map(n => (n * 1_000) / everyMs)
    const most = Math.max(1, ...perSecond)
    const points: string[] = []
    for (const [i, rate] of perSecond.entries()) {
      const [from, to] = [i * everyMs, (i + 1) * everyMs]
      if (to < this.#from || from > this.#to) continue
      const a = Math.max(this.#x(from), LEFT)
      const b = Math.min(this.#x(to), this.#width - RIGHT)
      const height = (rate / most) * PLOT
      if (height > 0) points.push(`M${a.toFixed(1)} ${y + PLOT}v${(-height).toFixed(1)}H${b.toFixed(1)}V${y + PLOT}z`)
    }
    into.push(
      svg('path', {class: 'rate', d: points.join('')}),
      ...this.#scale(y, `top ${Math.round(most).toLocaleString('en')}`, '0'),
    )
  }

  /** Each send where it began, as high as it took (logarithmic, 0.1 ms up); crosses: never answered, or not known how it ended. */
  #latency(into: SVGElement[], y: number): void {
    const {at, took, end} = this.#data.sends
    const most = Math.max(10, ...took)
    const height = (ms: number): number => (Math.log10(Math.max(ms, 0.1) * 10) / Math.log10(most * 10)) * (PLOT - 8)
    const dots: string[] = []
    const crosses: string[] = []
    for (let i = 0; i < at.length; i++) {
      if (at[i] < this.#from || at[i] > this.#to) continue
      const x = this.#x(at[i])
      const h = y + PLOT - (took[i] < 0 ? PLOT - 4 : height(took[i]))
      if (end[i] === 0) dots.push(`M${x.toFixed(1)} ${h.toFixed(1)}h0`)
      else crosses.push(`M${(x - 4).toFixed(1)} ${(h - 4).toFixed(1)}l8 8m0 -8l-8 8`)
    }
    into.push(
      svg('path', {class: 'dots', d: dots.join('')}),
      svg(
        'path',
        {class: 'crosses', d: crosses.join('')},
        svg('title', {}, 'writes that were refused or never answered'),
      ),
      ...this.#scale(y, most >= 1_000 ? `top ${(most / 1_000).toFixed(1)} s` : `top ${Math.round(most)} ms`, '0.1 ms'),
    )
  }

  #scale(y: number, high: string, low: string): SVGElement[] {
    return [
      svg('line', {class: 'base', x1: LEFT, x2: this.#width - RIGHT, y1: y + PLOT, y2: y + PLOT}),
      svg('text', {class: 'tick', x: 4, y: y + 32}, high),
      svg('text', {class: 'tick', x: LEFT - 6, y: y + PLOT, 'text-anchor': 'end'}, low),
    ]
  }

  /** Where faults began, over all lanes; and where checks that did not pass were judged. */
  #marks(top: number, bottom: number): SVGElement[] {
    const inView = (at: number): boolean => at >= this.#from && at <= this.#to
    const lines = this.#data.faults
      .filter(f => inView(f.from))
      .map(f => svg('line', {class: 'faultline', x1: this.#x(f.from), x2: this.#x(f.from), y1: top, y2: bottom}))
    let lastX = Number.NEGATIVE_INFINITY
    const marks = this.#data.marks
      .filter(m => inView(m.at))
      .flatMap(m => {
        const x = this.#x(m.at)
        const words = `${m.result === 'fail' ? 'FAIL' : '????'} ${m.number}`
        const label = x - lastX > 60 ? [svg('text', {x: x - 3, y: bottom - 3, 'text-anchor': 'end'}, words)] : []
        if (label.length > 0) lastX = x
        return [
          svg(
            'g',
            {class: `mark ${classOf(m.result)}`},
            svg('title', {}, `${words} ${m.title}`),
            svg('line', {x1: x, x2: x, y1: top, y2: bottom}),
            ...label,
          ),
        ]
      })
    return [...lines, ...marks]
  }
}

function classOf(result: string): string {
  return result === 'pass' ? 'pass' : result === 'fail' ? 'fail' : result === 'unknown' ? 'unknown' : 'na'
}

function legend(): HTMLElement {
  const item = (name: string, words: string): HTMLElement =>
    html('li', {}, html('span', {class: `key ${name}`}), ` ${words}`)
  return html(
    'ul',
    {class: 'legend'},
    item('leader', 'leader'),
    item('follower', 'follower'),
    item('candidate', 'candidate'),
    item('down', 'down or paused'),
    item('hardkey', 'HardState written (term, vote, commit)'),
    item('logkey', 'a line of its log'),
    item('faultkey', 'a fault begins'),
    item('failkey', 'a check failed here'),
  )
}
