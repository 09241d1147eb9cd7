import {formatAge} from '../base/units.ts'
import type {ClusterSnapshot, NodeView} from '../contracts/supervisor-protocol.ts'
import type {Tone} from './lines.ts'

/** `up`, `KILLED by you`, `CRASHED SIGSEGV`: the word first, what stands behind it after. */
export function stateText(node: NodeView): string {
  const word = node.state === 'killed' ? 'KILLED' : node.state
  return node.detail ? `${word} ${node.detail}` : word
}

/** The word alone. */
export function stateWord(node: NodeView): string {
  return node.state === 'killed' ? 'KILLED' : node.state
}

export function roleWord(node: NodeView): string {
  switch (node.role) {
    case undefined:
      return '-'
    case 'leader':
      return 'LEADER'
    case 'pre-candidate':
      return 'pre-vote'
    default:
      return node.role
  }
}

export function stateTone(node: NodeView): Tone | undefined {
  if (node.state === 'up') return node.role === 'leader' ? 'strong' : undefined
  return node.state === 'starting' || node.state === 'paused' ? 'warn' : 'bad'
}

export function healthWords(s: ClusterSnapshot): string {
  return s.health === 'DEGRADED' ? `DEGRADED ${s.up} of ${s.nodes.length}` : s.health
}

/** 12:41:07, in the time zone of this machine. */
export function clock(wallMs: number): string {
  return new Date(wallMs).toTimeString().slice(0, 8)
}

/** 2m 11s: how long a cluster has been up. */
export function upFor(ms: number): string {
  return formatAge(ms).replace(/(?<=[hm])(?=\d)/, ' ')
}

/** `9s ago`, `4m ago`: one unit, for a narrow column. */
export function ago(ms: number): string {
  return `${formatAge(ms).replace(/(?<=[hm]).*/, '')} ago`
}

/** What an action did, in as few words as a row takes: `n3 was leader of G; killed; n2 leads term 4 after 161 ms`. */
export function brief(lines: readonly string[]): string {
  return lines
    .map(line =>
      line
        .replace(/^(n\d+ was leader of \S+) at term .*$/, '$1')
        .replace(/^SIGKILL to pid \d+: gone after .*$/, 'killed')
        .replace(/ {2,}quorum \d+ of \d+$/, '')
        .trim(),
    )
    .filter((line, i, all) => line !== all[i - 1])
    .join('; ')
}
