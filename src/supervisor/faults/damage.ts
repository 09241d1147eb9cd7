import {ChronikError, EXIT} from '../../base/errors.ts'
import type {Action, ActionResult, Asker} from '../../contracts/action.ts'
import type {Journal} from '../journal.ts'
import type {NodeHandle} from '../node-handle.ts'
import {shellWord} from '../registry.ts'
import {damageFile, damageLines, undoDamage} from './damage-file.ts'

interface Where {
  dir: string
  journal: Journal
}

/** Damages one file of each of these nodes. Nothing is done when one of them runs: it holds the file open, and may have it in memory. */
export function damage(
  who: readonly NodeHandle[],
  action: Extract<Action, {do: 'damage'}>,
  by: Asker,
  {dir, journal}: Where,
): ActionResult {
  const running = who.find(n => n.running)
  if (running) {
    const {node} = running.config
    throw new ChronikError(
      'CHRONIK_RUNNING',
      EXIT.labState,
      `n${node} is ${running.state}: only files of a node that does not run are damaged.`,
      {next: `chronik kill ${node}`},
    )
  }
  const {how, path, byte} = action
  const done: ActionResult = {did: [], lines: [], next: []}
  for (const n of who) {
    const {node, dataDir} = n.config
    const damaged = damageFile(dir, node, dataDir, how, {group: action.who.group, path, byte}, journal.number + 1)
    const lines = damageLines(node, damaged)
    const event = journal.add('fault', `${lines[0]} by ${by.name} (pid ${by.pid})`, {node, data: {...damaged}})
    done.did.push({node, effect: `damaged: ${how}`, note: damaged.kept, event: event.number})
    done.lines.push(...lines)
    // Of a torn file the record that was cut is what is left to look at.
    const at = how === 'tear' ? (damaged.hit?.at ?? 0) : damaged.at
    if (how !== 'drop-file') done.next.push(`chronik wal dump ${shellWord(damaged.file)} --at ${at} --hex`)
    done.next.push(`chronik start ${node}`)
  }
  return done
}

/** Undoes what was done to the files of those of these nodes that do not run. A line each. */
export function undoDamages(who: readonly NodeHandle[], by: Asker, {dir, journal}: Where): string[] {
  return who
    .filter(n => !n.running)
    .flatMap(n => {
      const {node} = n.config
      const lines = undoDamage(dir, node)
      for (const line of lines) journal.add('healed', `${line}, by ${by.name} (pid ${by.pid})`, {node})
      return lines
    })
}
