import {ChronikError, EXIT} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import type {AttachedOptions, ExecVerb} from '../../contracts/attached.ts'
import type {EngineOptions} from '../../contracts/engine.ts'
import type {AttachedEngine} from '../engine.ts'
import {ForeignAttendance} from './attendance.ts'
import {commandFor, runCommand} from './command.ts'

const WITHIN_MS = 60_000
/** Files may be many. */
const FETCH_MS = 90_000
const SAID_MAX = 200

/** Nodes that somebody else started, here or elsewhere. */
export const attached: AttachedEngine = {
  name: 'attached',
  attend(node, life, {options}) {
    const {nodes, runs, shift = 0} = optionsOf(options)
    const self = nodes.find(n => n.node === node.node) ?? {node: node.node, ...node.kafka}
    return new ForeignAttendance(node, life, {runs, self, shift})
  },
  async order(verb, node, {options}, {dir, signal}) {
    const why = whyNot(verb, options)
    if (why !== undefined) throw new ChronikError('CHRONIK_NO_COMMAND', EXIT.labState, `n/a here: ${why}.`)
    const {exec, cwd, shift = 0} = optionsOf(options)
    const broker = node.node - shift
    const command = commandFor(exec[verb] ?? '', {node: broker, ...node.kafka, ...(dir === undefined ? {} : {dir})})
    const ran = await runCommand(command, {cwd, withinMs: verb === 'fetch' ? FETCH_MS : WITHIN_MS, signal})
    return {...ran, command}
  },
}

/** Why a verb cannot be done, with what it would need; undefined when it can. */
export function whyNot(verb: ExecVerb, options: EngineOptions): string | undefined {
  if (optionsOf(options).exec[verb] !== undefined) return undefined
  return `the lab did not start these nodes, and was given no command for ${verb} (cluster attach --exec ${verb}='CMD')`
}

/** How a command ended, for people: `exit 255 after 12 ms: ssh: connect to host …` */
export function ranWords({code, why, ms, output}: {code?: number; why?: string; ms: number; output: string}): string {
  const said = oneLine(output.trim().split('\n').at(-1) ?? '').slice(0, SAID_MAX)
  return `${why ?? `exit ${code}`} after ${Math.round(ms)} ms${said ? `: ${said}` : ''}`
}

function optionsOf({attached: found}: EngineOptions): AttachedOptions {
  return found ?? {nodes: [], exec: {}, cwd: '/'}
}
