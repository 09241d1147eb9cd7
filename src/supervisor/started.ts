import {ChronikError, EXIT} from '../base/errors.ts'
import {oneLine} from '../base/one-line.ts'
import type {RecoveryReport} from '../contracts/node-state.ts'
import type {HardStateFound} from '../inspect/reading.ts'
import type {NodeHandle} from './node-handle.ts'

/** A node that did not come up: when, how, and what it printed last. */
export function diedStarting(n: NodeHandle, {code, message: why}: {code: string; message: string}): ChronikError {
  const said = n
    .lastLines(3)
    .map(line => oneLine(line).slice(0, 300))
    .join('\n  ')
  const how = n.state === 'CRASHED' && n.detail ? n.detail : why
  const reason = how === why ? '' : ` (${why})`
  return new ChronikError(
    'CHRONIK_NODE_FAILED',
    EXIT.environment,
    `n${n.config.node} CRASHED after ${Math.round(n.endedAfterMs)} ms: ${how}${reason}. Its last lines (node${n.config.node}.log@${n.logFrom}):\n  ${said}`,
    code === 'CHRONIK_REFUSED' ? {next: `chronik repair ${n.config.node}`} : {},
  )
}

/** What a person is told of a node that was started: how far it is, and what it recovered beside what the second reader saw on its disk before. */
export function startedLines(
  n: NodeHandle,
  group: string,
  seen: {
    /** How the waiting for it ended; undefined: it is not caught up yet. */
    end: 'caught up' | 'gone' | 'refused' | 'no quorum' | undefined
    upMs: number
    afterMs: number
    onDisk: HardStateFound | undefined
  },
): string[] {
  const {node} = n.config
  const {end, upMs, afterMs, onDisk} = seen
  const state = n.group(group)
  const recovered: Partial<RecoveryReport> | undefined = state?.recovery ?? n.told()?.hardState
  const lines: string[] = []
  if (end === 'gone') lines.push(`n${node} up after ${upMs} ms, then ${n.state} (${n.detail ?? ''})`)
  else if (n.otherDisk) lines.push(`n${node} up after ${upMs} ms with another disk: the others refuse it`)
  else if (n.state === 'refused') lines.push(`n${node} refuses ${n.detail ?? 'a group'}`)
  else
    lines.push(
      `n${node} up after ${upMs} ms, ${state?.role ?? 'unknown'} at term ${state?.term ?? '?'}, ${end === 'caught up' ? `caught up (0 behind) after ${afterMs} ms` : `not caught up yet${end === 'no quorum' ? ': too few nodes run for a quorum' : ''}`}`,
    )
  if (!recovered) return lines
  const same = (['term', 'vote', 'commit'] as const).every(
    f => recovered[f] === undefined || onDisk?.[f] === undefined || recovered[f] === onDisk[f],
  )
  const disk = !onDisk
    ? ''
    : same
      ? ` = what lay on its disk (${place(onDisk)})`
      : ` DIFFERS from its disk: ${stateWords(onDisk)} (${place(onDisk)})`
  lines.push(`  recovered ${stateWords(recovered)}${disk}`)
  return lines
}

/** `term 3 vote 1 commit 31`, as far as it is known. */
function stateWords(s: Pick<Partial<RecoveryReport>, 'term' | 'vote' | 'commit'>): string {
  return (['term', 'vote', 'commit'] as const).flatMap(f => (s[f] === undefined ? [] : [`${f} ${s[f]}`])).join(' ')
}

function place({file, at}: {file: string; at: number}): string {
  return `${file.slice(file.lastIndexOf('/') + 1)}@${at}`
}
