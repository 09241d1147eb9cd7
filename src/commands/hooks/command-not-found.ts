import type {Hook} from '@oclif/core'
import {UsageError} from '../../base/errors.ts'
import {nearest} from '../help/nearest.ts'

/** An unknown word: the nearest command that exists, exit 2, never a question. */
const hook: Hook.CommandNotFound = async options => {
  const typed = options.id.replaceAll(':', ' ')
  const known = options.config.commands
    .filter(command => !command.hidden)
    .flatMap(command => [command.id, ...command.aliases])
    .map(id => id.replaceAll(':', ' '))
  const like = nearest(typed, known)
  throw new UsageError(
    like ? `No command "${typed}". Did you mean: chronik ${like}` : `No command "${typed}".`,
    like ? undefined : 'chronik help',
  )
}

export default hook
