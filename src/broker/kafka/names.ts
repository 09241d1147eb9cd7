import {isTopicName} from '../../base/ids.ts'

/** Why a name is no legal topic name, or undefined. */
export function topicNameError(name: string): string | undefined {
  if (isTopicName(name)) return undefined
  if (name.length === 0 || name.length > 249) return `a topic name has 1 to 249 characters, this has ${name.length}`
  if (name === '.' || name === '..') return `"${name}" cannot be a topic name`
  return 'a topic name holds only letters, digits, ".", "_" and "-"'
}
