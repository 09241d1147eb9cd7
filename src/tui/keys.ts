import {METADATA_GROUP} from '../base/ids.ts'
import {type Action, actionToCommand} from '../contracts/action.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import {focused, groupsOf, isRunning} from './focused.ts'
import {type Command, emptied, type Model, type Pane, type PaneName} from './model.ts'
import {checksOf} from './verify-model.ts'
import {stateWord} from './words.ts'

/** What the world has to do because of a key. */
export type Order =
  | {order: 'act'; id: number; action: Action}
  | {order: 'run'; id: number; words: string[]}
  | {order: 'endRun'}
  | {order: 'up'; id: number}
  | {order: 'down'; id: number}
  | {order: 'load'; on: boolean}
  | {order: 'verify'}
  | {order: 'leave'; stop: boolean}

export interface Pressed {
  model: Model
  orders: Order[]
}

/** A key as a word (`up`, `enter`, `escape`, `ctrl-c`, …) or the character itself. */
export type Key = string

const TYPED_MAX = 500

export function pressed(model: Model, key: Key, page: number): Pressed {
  if (key === 'ctrl-c') return leave(model, true)
  if (model.typing) return typed(model, key)
  if (model.question) return answered(model, key)
  if (model.help) return key === 'q' ? leave(model) : only({...model, help: false})
  const own = model.focus === 'verify' ? verifyKey(model, key, page) : undefined
  return own ?? command(model, key, page)
}

function only(model: Model, ...orders: Order[]): Pressed {
  return {model, orders}
}

/** A line under the table that no command stands behind: why a key does nothing, or what it did here. */
function said(model: Model, text: string): Pressed {
  return only({...model, command: {id: model.command.id + 1, line: '', result: text, state: 'said'}})
}

function begun(model: Model, line: string): {model: Model; id: number} {
  const command: Command = {id: model.command.id + 1, line, result: '', state: 'running'}
  return {model: {...model, command}, id: command.id}
}

function act(model: Model, action: Action): Pressed {
  const started = begun(model, actionToCommand(action) + model.here)
  return only(started.model, {order: 'act', id: started.id, action})
}

function leave(model: Model, byCtrlC = false): Pressed {
  // Ctrl-C twice means it.
  if (!model.asksOnLeave || model.gone || (byCtrlC && model.question === 'leave'))
    return only(model, {order: 'leave', stop: false})
  return only({...model, question: 'leave', typing: undefined, help: false})
}

function typed(model: Model, key: Key): Pressed {
  const typing = model.typing
  if (!typing) return only(model)
  const set = (text: string): Pressed => only({...model, typing: {...typing, text: text.slice(0, TYPED_MAX)}})
  if (key === 'escape') return only({...model, typing: undefined})
  if (key === 'backspace')
    return typing.text === '' ? only({...model, typing: undefined}) : set([...typing.text].slice(0, -1).join(''))
  if (key === 'ctrl-u') return set('')
  if (key !== 'enter') return [...key].length === 1 && key >= ' ' ? set(typing.text + key) : only(model)
  const done: Model = {...model, typing: undefined}
  switch (typing.what) {
    case 'filter':
      return only(withPane(done, pane => ({...pane, filter: typing.text})))
    case 'mark':
      return alive(done, 'm', () => act(done, {do: 'mark', text: typing.text.trim() || 'mark'}))
    case 'command':
      return run(done, typing.text)
  }
}

function run(model: Model, text: string): Pressed {
  const words = wordsOf(text)
  if (words === undefined) return said(model, ': a quote is not closed')
  if (words[0] === 'chronik') words.shift()
  if (words.length === 0) return only(model)
  if (words[0] === 'dashboard' || words[0] === 'dash') return said(model, ': this is the dashboard')
  const started = begun(model, `chronik ${text.trim().replace(/^chronik\s+/, '')}`)
  const panes = {...model.panes, output: emptied(model.panes.output)}
  return only({...started.model, panes, focus: 'output'}, {order: 'run', id: started.id, words})
}

/** Words as a shell would cut them: quotes hold together, a backslash takes the next character as it is. */
export function wordsOf(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quote) {
      if (c === quote) quote = ''
      else if (c === '\\' && quote === '"' && i + 1 < text.length) word += text[++i]
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (c === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]
    else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + c
  }
  if (quote) return undefined
  if (word !== undefined) words.push(word)
  return words
}

function answered(model: Model, key: Key): Pressed {
  const done: Model = {...model, question: undefined}
  if (key === 'escape') return only(done)
  if (model.question === 'leave') {
    if (key === 'enter') return only(done, {order: 'leave', stop: false})
    if (key === 'd') return only(done, {order: 'leave', stop: true})
    return only(model)
  }
  if (key !== 'enter' && key !== 'y') return key === 'n' || key === 'q' ? only(done) : only(model)
  if (model.question === 'down') {
    const started = begun(done, `chronik cluster down${model.here}`)
    return only(started.model, {order: 'down', id: started.id})
  }
  const started = begun(done, verifyLine(model))
  return only({...started.model, command: {...started.model.command, state: 'done'}}, {order: 'verify'})
}

export function verifyLine(model: Model): string {
  return `chronik verify recovery ${model.here.trim() || `-c ${model.name}`}`
}

function verifyKey(model: Model, key: Key, page: number): Pressed | undefined {
  const view = model.verify
  if (!view) return undefined
  const checks = checksOf(view)
  const set = (change: Partial<typeof view>): Pressed => only({...model, verify: {...view, ...change}})
  const move = (by: number): Pressed =>
    view.open
      ? set({scroll: Math.max(0, view.scroll + by)})
      : set({chosen: Math.min(Math.max(0, view.chosen + by), Math.max(0, checks.length - 1))})
  switch (key) {
    case 'up':
    case 'k':
      return move(-1)
    case 'down':
    case 'j':
      return move(1)
    case 'pageup':
      return move(-page)
    case 'pagedown':
      return move(page)
    case 'enter':
      return checks.length === 0 ? only(model) : set({open: true, scroll: 0})
    case 'escape':
      if (view.open) return set({open: false, scroll: 0})
      return only({...model, focus: 'events'})
    default:
      return undefined
  }
}

function command(model: Model, key: Key, page: number): Pressed {
  if (/^[1-9]$/.test(key)) return select(model, Number(key))
  switch (key) {
    case 'q':
      return leave(model)
    case 'up':
    case 'k':
      return step(model, -1)
    case 'down':
    case 'j':
      return step(model, 1)
    case 'pageup':
      return only(scrolled(model, -page))
    case 'pagedown':
      return only(scrolled(model, page))
    case 'f':
      return only(
        withPane(model, pane => (pane.held === undefined ? {...pane, held: pane.last} : {...pane, held: undefined})),
      )
    case 'e':
      return only({...model, focus: 'events'})
    case 'w':
      return only({...model, focus: 'wal'})
    case 'l':
      return only({...model, focus: 'log'})
    case 'z':
      return only({...model, zoomed: !model.zoomed})
    case 'escape':
      return escaped(model)
    case '?':
      return only({...model, help: true})
    case ':':
      return only({...model, typing: {what: 'command', text: ''}})
    case '/':
      return model.focus === 'verify'
        ? said(model, '/: filters events, WAL and logs')
        : only({...model, typing: {what: 'filter', text: paneOf(model).filter}})
    case 'm':
      return alive(model, key, () => only({...model, typing: {what: 'mark', text: ''}}))
    case 'g':
      return group(model)
    case 'u':
      return up(model)
    case 'v':
      return verify(model)
    case 'b':
      return load(model)
    case 'P':
      return alive(model, key, shown => cutOffOrHeal(model, shown))
    case 'D':
      return alive(model, key, () => only({...model, question: 'down'}))
    case 'H':
      return alive(model, key, () => act(model, {do: 'heal'}))
    case 'L':
      return alive(model, key, shown =>
        shown.leader === 0
          ? said(model, `L: ${shown.group} has no leader now`)
          : act(model, {do: 'kill', who: {role: 'leader', ...inGroup(model)}}),
      )
    case 'K':
    case 'x':
    case 's':
    case 'r':
    case 'p':
      return alive(model, key, shown => onNode(model, key, shown))
    default:
      return only(model)
  }
}

/** Needs a supervisor to ask. */
function alive(model: Model, key: Key, then: (shown: ClusterSnapshot) => Pressed): Pressed {
  const shown = focused(model)
  if (model.gone) return said(model, `${key}: ${model.name} is ${model.gone.word}; u brings it up`)
  return shown ? then(shown) : said(model, `${key}: nothing is known of ${model.name} yet`)
}

function inGroup(model: Model): {group?: string} {
  return model.group === METADATA_GROUP ? {} : {group: model.group}
}

function onNode(model: Model, key: Key, shown: ClusterSnapshot): Pressed {
  const node = shown.nodes.find(n => n.id === model.selected)
  if (!node) return said(model, `${key}: select a node first (1-9)`)
  const who = {nodes: [node.id]}
  const running = isRunning(node)
  const is = (): string => `n${node.id} is ${stateWord(node)}${node.state === 'paused' ? '' : ' already'}`
  switch (key) {
    case 'K':
      return running ? act(model, {do: 'kill', who}) : said(model, `K: ${is()}`)
    case 'x':
      return running ? act(model, {do: 'stop', who}) : said(model, `x: ${is()}`)
    case 's':
      if (!running) return act(model, {do: 'start', who})
      return said(
        model,
        node.state === 'paused' ? `s: n${node.id} is paused; p resumes it` : `s: n${node.id} is already ${node.state}`,
      )
    case 'r':
      return running
        ? act(model, {do: 'restart', who})
        : said(model, `r: n${node.id} is ${stateWord(node)}; s starts it`)
    default:
      return pauseOrResume(model, node)
  }
}

function pauseOrResume(model: Model, node: NodeView): Pressed {
  const who = {nodes: [node.id]}
  if (node.state === 'paused') return act(model, {do: 'resume', who})
  return isRunning(node)
    ? act(model, {do: 'pause', who})
    : said(model, `p: n${node.id} is ${stateWord(node)}; s starts it`)
}

/** The command is written down to be completed (`--one-way in`, `--clients`, `--for 10s`); Enter runs it. */
function cutOffOrHeal(model: Model, shown: ClusterSnapshot): Pressed {
  const node = shown.nodes.find(n => n.id === model.selected)
  if (!node) return said(model, 'P: select a node first (1-9)')
  const fault = shown.faults?.find(f => f.kind === 'partition' && f.nodes.includes(node.id))
  return only({...model, typing: {what: 'command', text: fault ? `heal ${fault.name}` : `partition ${node.id} `}})
}

function select(model: Model, id: number): Pressed {
  const {snapshot} = model
  if (snapshot && !snapshot.nodes.some(n => n.id === id))
    return said(model, `${id}: ${model.name} has ${snapshot.nodes.length} nodes`)
  return only(snapshot ? {...model, selected: id} : model)
}

function step(model: Model, by: number): Pressed {
  const ids = model.snapshot?.nodes.map(n => n.id) ?? []
  const at = ids.indexOf(model.selected)
  const next = ids[Math.min(Math.max(0, at + by), ids.length - 1)]
  return only(next === undefined ? model : {...model, selected: next})
}

function group(model: Model): Pressed {
  return alive(model, 'g', () => {
    const groups = model.snapshot ? groupsOf(model.snapshot) : []
    if (groups.length < 2) return said(model, `g: ${model.group} is the only group; topics add more`)
    const next = groups[(groups.indexOf(model.group) + 1) % groups.length]
    return only({...model, group: next, history: {}})
  })
}

function up(model: Model): Pressed {
  if (!model.gone) return said(model, `u: ${model.name} is up${model.snapshot?.up === 0 ? '; s starts a node' : ''}`)
  const started = begun(model, `chronik cluster up${model.here}`)
  return only(started.model, {order: 'up', id: started.id})
}

function verify(model: Model): Pressed {
  if (model.verify?.state === 'running') return only({...model, focus: 'verify'})
  return alive(model, 'v', shown =>
    shown.heldBy ? said(model, `v: ${model.name} is held by ${shown.heldBy}`) : only({...model, question: 'verify'}),
  )
}

function load(model: Model): Pressed {
  if (model.ownLoad !== undefined) {
    const told = said(model, 'load is ending: what it wrote is read back once more')
    return {...told, orders: [{order: 'load', on: false}]}
  }
  return alive(model, 'b', () => {
    const other = model.loads[0]
    if (other) return said(model, `b: load runs already (pid ${other.pid}), and it is not of this dashboard`)
    const told = said(model, 'load starts: 50 writes/s, acks=all, read back continuously')
    return {model: {...told.model, ownLoad: 'starting'}, orders: [{order: 'load', on: true}]}
  })
}

function escaped(model: Model): Pressed {
  if (model.focus === 'output') {
    const running = model.command.state === 'running'
    return only({...model, focus: 'events'}, ...(running ? [{order: 'endRun'} as const] : []))
  }
  if (paneOf(model).filter !== '') return only(withPane(model, pane => ({...pane, filter: ''})))
  return only(model.zoomed ? {...model, zoomed: false} : model)
}

function paneOf(model: Model): Pane {
  return model.panes[model.focus === 'verify' ? 'events' : model.focus]
}

function withPane(model: Model, change: (pane: Pane) => Pane): Model {
  const name: Exclude<PaneName, 'verify'> = model.focus === 'verify' ? 'events' : model.focus
  return {...model, panes: {...model.panes, [name]: change(model.panes[name])}}
}

/** Rows of a pane that its filter lets through. */
export function shownRows(pane: Pane): Pane['rows'] {
  if (pane.filter === '') return pane.rows
  const wanted = pane.filter.toLowerCase()
  return pane.rows.filter(row => row.text.toLowerCase().includes(wanted))
}

/** Up: stops following. Down to the end: stays held until f, as the title says. */
function scrolled(model: Model, by: number): Model {
  return withPane(model, pane => {
    const rows = shownRows(pane)
    if (rows.length === 0) return pane
    const bottom = pane.held === undefined ? rows.length - 1 : lastUpTo(rows, pane.held)
    const least = Math.min(rows.length - 1, Math.abs(by) - 1)
    const next = Math.min(rows.length - 1, Math.max(least, bottom + by))
    return {...pane, held: rows[next].number}
  })
}

/** Index of the last row whose number is not above `number`. */
export function lastUpTo(rows: Pane['rows'], number: number): number {
  let at = rows.length - 1
  while (at > 0 && rows[at].number > number) at--
  return at
}
