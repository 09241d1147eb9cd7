/** Why a name is no legal topic name (Kafka's rule), or undefined. The name becomes a folder's: this comes before anything else. */
export function topicNameError(name: string): string | undefined {
  if (name.length === 0 || name.length > 249) return `a topic name has 1 to 249 characters, this has ${name.length}`
  if (name === '.' || name === '..') return `"${name}" cannot be a topic name`
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return 'a topic name holds only letters, digits, ".", "_" and "-"'
  return undefined
}
