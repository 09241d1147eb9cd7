import type {Hook} from '@oclif/core'
import {UsageError} from '../../base/errors.ts'
import {oneLine} from '../../base/one-line.ts'
import {nearest} from '../help/nearest.ts'

/** An unknown word: the nearest command that exists, exit 2, never a question. */
const hook: Hook.CommandNotFound = async options => {
  const words = options.id.split(':')
  const known = options.config.commands
    .filter(command => !command.hidden)
    .flatMap(command => [command.id, ...command.aliases])
    .map(id => id.split(':'))
  const {typed, like} = nearestCommand(words, known)
  throw new UsageError(
    like ? `No command "${oneLine(typed)}". Did you mean: chronik ${like}` : `No command "${oneLine(typed)}".`,
    like ? undefined : 'chronik help',
  )
}

/** Word for word: the first that is wrong decides what is shown, and is replaced by the nearest that could stand there. */
export function nearestCommand(
  words: readonly string[],
  known: ReadonlyArray<readonly string[]>,
): {typed: string; like?: string} {
  const right: string[] = []
  let candidates = known
  for (const [at, word] of words.entries()) {
    const here = [...new Set(candidates.flatMap(c => (c.length > at ? [c[at]] : [])))]
    if (!here.includes(word)) {
      // A word that exists only below a noun (`up`) is found there.
      const below = at === 0 ? known.find(c => c.length === 2 && c[1] === word) : undefined
      const like = below?.join(' ') ?? nearest(word, here)
      const typed = [...right, word].join(' ')
      if (like === undefined) return {typed}
      const whole = [...right, like]
      // A noun alone is no command: what was typed behind it is looked at as well.
      const rest = known.filter(c => whole.every((w, i) => c[i] === w) && c.length === whole.length + 1)
      const next = words[at + 1]
      const tail =
        next === undefined
          ? undefined
          : nearest(
              next,
              rest.map(c => c[whole.length]),
            )
      return {typed, like: [...whole, ...(tail === undefined ? [] : [tail])].join(' ')}
    }
    right.push(word)
    candidates = candidates.filter(c => c[at] === word)
  }
  return {typed: words.join(' ')}
}

export default hook
