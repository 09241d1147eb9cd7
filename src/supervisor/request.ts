import {DAMAGES} from '../contracts/damage.ts'
import type {SupervisorRequest} from '../contracts/supervisor-protocol.ts'

const TEXT_MAX = 2_000
const NODES_MAX = 10_000
const MS_MAX = 2_147_483_647
const ROLES = ['leader', 'follower', 'followers', 'random', 'minority', 'majority', 'all']

type Fields = Record<string, unknown>
type Rule = (value: unknown) => boolean

const text: Rule = v => typeof v === 'string' && v.length <= TEXT_MAX
const flag: Rule = v => typeof v === 'boolean'
const whole =
  (min: number, max: number): Rule =>
  (v): v is number =>
    Number.isSafeInteger(v) && (v as number) >= min && (v as number) <= max
const ms = whole(0, MS_MAX)
const oneOf =
  (...words: string[]): Rule =>
  v =>
    typeof v === 'string' && words.includes(v)
const nodes: Rule = v => Array.isArray(v) && v.length <= NODES_MAX && v.every(whole(1, NODES_MAX))
const node = whole(1, NODES_MAX)
const faultNames: Rule = v =>
  Array.isArray(v) && v.length <= 1_000 && v.every(name => typeof name === 'string' && /^f\d{1,12}$/.test(name))
const plain: Rule = v => typeof v === 'object' && v !== null && !Array.isArray(v)

/** Exactly these fields; those whose name ends in `?` may be left out. */
function shape(fields: Record<string, Rule>): Rule {
  const rules = new Map(
    Object.entries(fields).map(([name, rule]) => [name.replace(/\?$/, ''), {rule, may: name.endsWith('?')}]),
  )
  return value => {
    if (!plain(value)) return false
    const given = value as Fields
    for (const name of Object.keys(given)) if (!rules.has(name)) return false
    for (const [name, {rule, may}] of rules) if (given[name] === undefined ? !may : !rule(given[name])) return false
    return true
  }
}

const share: Rule = v => typeof v === 'number' && v >= 0 && v <= 100
const linkShape = shape({
  'latencyMs?': ms,
  'jitterMs?': ms,
  'lossPercent?': share,
  'bytesPerSecond?': whole(1, Number.MAX_SAFE_INTEGER),
})
const diskOrder = shape({
  'roomBytes?': whole(0, Number.MAX_SAFE_INTEGER),
  'eio?': shape({on: oneOf('read', 'write', 'sync'), 'times?': whole(1, 1_000_000)}),
  'syncDelayMs?': ms,
})
const byNodes = shape({nodes, 'group?': text})
const byRole = shape({role: oneOf(...ROLES), 'group?': text})
const who: Rule = v => byNodes(v) || byRole(v)
const asker = shape({name: text, pid: whole(0, MS_MAX)})

const ACTIONS: Record<string, Rule> = {
  kill: shape({
    do: text,
    who,
    'signal?': v => typeof v === 'string' && /^SIG[A-Z0-9]{2,10}$/.test(v),
    'powerLoss?': flag,
    'losesAll?': flag,
    'seed?': v => typeof v === 'string' && /^[0-9a-f]{1,16}$/.test(v),
    'forMs?': ms,
    'repeat?': whole(1, 1_000),
    'at?': text,
    'when?': text,
    'waitMs?': ms,
    'patienceMs?': ms,
  }),
  stop: shape({do: text, who, 'forMs?': ms}),
  start: shape({do: text, 'who?': who, 'patienceMs?': ms}),
  restart: shape({do: text, who, 'rolling?': flag}),
  pause: shape({do: text, who, 'forMs?': ms}),
  resume: shape({do: text, 'who?': who}),
  damage: shape({do: text, how: oneOf(...DAMAGES), who, 'path?': text, 'byte?': whole(0, Number.MAX_SAFE_INTEGER)}),
  partition: shape({
    do: text,
    'who?': who,
    'groups?': v => Array.isArray(v) && v.length <= NODES_MAX && v.every(nodes),
    'oneWay?': oneOf('in', 'out'),
    'clients?': flag,
    'forMs?': ms,
  }),
  clock: shape({do: text, who, byMs: whole(-MS_MAX, MS_MAX), 'forMs?': ms}),
  disk: shape({do: text, who, trouble: diskOrder, 'forMs?': ms}),
  link: shape({do: text, from: node, to: node, shape: linkShape, 'forMs?': ms}),
  heal: shape({do: text, 'who?': who, 'faults?': faultNames, 'start?': flag}),
  repair: shape({do: text, who}),
  add: shape({do: text}),
  remove: shape({do: text, node}),
  replace: shape({do: text, node}),
  mark: shape({do: text, text}),
}
const action: Rule = v => {
  const name = (v as {do?: unknown} | null)?.do
  return typeof name === 'string' && Object.hasOwn(ACTIONS, name) && ACTIONS[name](v)
}

const id = whole(0, Number.MAX_SAFE_INTEGER)
const CALLS: Record<string, Rule> = {
  // Another version may say more: the first word is taken as far as it is understood.
  hello: v => plain(v) && id((v as Fields).id) && ((v as Fields).who === undefined || asker((v as Fields).who)),
  shutdown: v => plain(v) && id((v as Fields).id) && oneOf('stop', 'kill')((v as Fields).mode),
  snapshot: shape({id, call: text}),
  subscribe: shape({id, call: text, 'from?': id}),
  ask: shape({id, call: text, 'nodes?': nodes}),
  act: shape({id, call: text, action}),
  links: shape({id, call: text}),
  report: shape({id, call: text, kind: oneOf('load', 'verify', 'mark'), text, 'data?': plain}),
  hold: shape({id, call: text, why: text}),
  release: shape({id, call: text}),
}

/** What a line asks for; or what is wrong with it, with the number under which that can be answered (undefined: not even that). */
export function requestOf(line: string): SupervisorRequest | {wrong: string; id?: number} {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return {wrong: 'no JSON'}
  }
  if (!plain(value)) return {wrong: 'no object'}
  const {id: number, call} = value as Fields
  if (!id(number)) return {wrong: 'no id'}
  const at = {id: number as number}
  if (typeof call !== 'string' || !Object.hasOwn(CALLS, call))
    return {...at, wrong: 'The supervisor does not know this call.'}
  if (!CALLS[call](value)) return {...at, wrong: `The supervisor does not understand this ${call}.`}
  return value as SupervisorRequest
}
