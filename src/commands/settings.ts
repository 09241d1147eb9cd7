import {UsageError} from '../base/errors.ts'
import {DEFAULT_SETTINGS, type NodeSettings} from '../contracts/node-config.ts'
import {wholeNumber} from './base.ts'
import {nearest} from './help/nearest.ts'

/** Where -1 is no bound. */
const UNBOUNDED = new Set(['retention.ms', 'retention.bytes'])

/** What is a word, and which. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  timing: ['normal', 'calm'],
  links: ['relay', 'direct'],
  'wal.profile': Object.keys({low: 0, medium: 0, high: 0, ultra: 0} satisfies Record<NodeSettings['wal.profile'], 0>),
}

const listed = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`

/** `--set K=V`…: defaults of the engine and of topics. Unknown names and values are refused before anything is created. */
export function settingsOf(pairs: readonly string[]): Partial<NodeSettings> {
  const settings = new Map<string, unknown>()
  for (const pair of pairs) {
    const cut = pair.indexOf('=')
    if (cut <= 0) throw new UsageError(`--set ${pair}: write NAME=VALUE`)
    const name = pair.slice(0, cut)
    if (settings.has(name)) throw new UsageError(`--set ${name} is given twice`)
    settings.set(name, typed(name, pair.slice(cut + 1)))
  }
  return Object.fromEntries(settings) as Partial<NodeSettings>
}

function typed(name: string, value: string): unknown {
  if (!Object.hasOwn(DEFAULT_SETTINGS, name)) {
    const like = nearest(name, Object.keys(DEFAULT_SETTINGS))
    throw new UsageError(
      like
        ? `No setting "${name}". Did you mean: --set ${like}=${value}`
        : `No setting "${name}". There are: ${Object.keys(DEFAULT_SETTINGS).join(' ')}`,
    )
  }
  const usual = DEFAULT_SETTINGS[name as keyof NodeSettings]
  const words = WORDS[name]
  if (words) {
    if (!words.includes(value)) throw new UsageError(`--set ${name}=${value}: ${listed(words)}`)
    return value
  }
  if (typeof usual === 'boolean') {
    if (value !== 'true' && value !== 'false') throw new UsageError(`--set ${name}=${value}: true or false`)
    return value === 'true'
  }
  try {
    return UNBOUNDED.has(name) && value === '-1' ? -1 : wholeNumber(value, 1, 2_147_483_647)
  } catch (error) {
    throw new UsageError(`--set ${name}: ${(error as Error).message}`)
  }
}

/** Those of the pairs that are no setting of chronik, by their names: an engine may have them. */
export function unknownSettings(pairs: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const pair of pairs) {
    const cut = pair.indexOf('=')
    const name = pair.slice(0, Math.max(cut, 0))
    if (cut > 0 && !Object.hasOwn(DEFAULT_SETTINGS, name) && /^[a-z][\w.]{1,100}$/.test(name))
      found[name] = pair.slice(cut + 1)
  }
  return found
}
