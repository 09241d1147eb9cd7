import type {Offset} from '../../base/ids.ts'
import type {Operation} from '../evidence.ts'
import type {Anomalies} from './anomaly.ts'
import type {Columns} from './columns.ts'

/**
 * A group's offset of one partition is a register: `commit` writes it, `committed` reads it. An answer must be what the last commit that was complete before
 * the question wrote, or what one that was under way at the same time may have written; and what was answered once is over only when another commit comes.
 */
export function groupOffsets(c: Columns, ends: ReadonlyMap<string, Offset>, anomalies: Anomalies): void {
  for (const [name, places] of c.groups) {
    const key = name.slice(name.indexOf(' ') + 1)
    const commits = places.map(at => c.history[at]).filter(o => o.do === 'commit' && o.result !== 'fail')
    const done = commits
      .filter(o => o.result === 'ok' && o.endedAtMs !== undefined)
      .sort((a, b) => (a.endedAtMs as number) - (b.endedAtMs as number))
    const ended = new Map<Offset, number>()
    for (const o of commits)
      if (o.offset !== undefined) ended.set(o.offset, Math.max(ended.get(o.offset) ?? 0, endOf(o)))
    let complete = 0
    let last: Operation | undefined
    /** Of the last question that was looked at. */
    let right = true
    const wrong: Array<{o: Operation; answer: Offset; before: Operation | undefined}> = []
    const questions = places
      .map(at => c.history[at])
      .filter(o => o.do === 'committed' && o.result === 'ok')
      .sort((a, b) => a.invokedAtMs - b.invokedAtMs)
    const answers = [...questions].sort((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))
    const refuted = new Set<Operation>()
    let told: Operation | undefined
    let heard = 0
    for (const o of questions) {
      for (; complete < done.length && (done[complete].endedAtMs as number) < o.invokedAtMs; complete++)
        if (!last || done[complete].invokedAtMs > last.invokedAtMs) last = done[complete]
      const answer = o.offset ?? -1
      right = allowed(answer, o, last, commits)
      if (!right) {
        wrong.push({o, answer, before: last})
        refuted.add(o)
      }
      for (; heard < answers.length && (answers[heard].endedAtMs ?? 0) < o.invokedAtMs; heard++)
        if (!refuted.has(answers[heard]) && !(told && told.invokedAtMs > answers[heard].invokedAtMs))
          told = answers[heard]
      const earlier = told?.offset ?? -1
      if (right && told && earlier >= 0 && earlier !== answer && (ended.get(answer) ?? -1) < told.invokedAtMs) {
        const {number} = told
        anomalies.add('group-offset-regress', () => ({
          key,
          offset: answer,
          text: `${o.group} was told offset ${earlier} in ${key}, and then ${answer < 0 ? 'that there is none' : answer}, which nobody had committed since`,
          operations: [number, o.number],
        }))
      }
    }
    for (const {o, answer, before} of wrong) {
      const late = right && before !== undefined && (answer < 0 || commits.some(c => c.offset === answer))
      anomalies.add(late ? 'stale-group-offset' : 'group-offset-regress', () => ({
        key,
        offset: answer,
        text: before
          ? `${o.group} had committed ${before.offset} in ${key}, and was then told ${answer < 0 ? 'that there is none' : answer}`
          : `${o.group} was told offset ${answer} in ${key}, which nobody had committed`,
        operations: [...(before ? [before.number] : []), o.number],
      }))
    }
    const end = ends.get(key)
    const final = questions.at(-1)
    if (end !== undefined && final && (final.offset ?? -1) > end)
      anomalies.add('offset-beyond-log', () => ({
        key,
        offset: final.offset,
        text: `${final.group} stands at offset ${final.offset} of ${key}, which ends at ${end}`,
        operations: [final.number],
      }))
  }
}

function endOf({endedAtMs, result}: Operation): number {
  return result === 'ok' ? (endedAtMs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
}

function allowed(
  answer: Offset,
  question: Operation,
  last: Operation | undefined,
  commits: readonly Operation[],
): boolean {
  if (last ? last.offset === answer : answer < 0) return true
  const until = question.endedAtMs ?? Number.POSITIVE_INFINITY
  for (let n = commits.length - 1; n >= 0; n--) {
    const o = commits[n]
    if (o.offset === answer && o.invokedAtMs <= until && (!last || endOf(o) >= last.invokedAtMs)) return true
  }
  return false
}
