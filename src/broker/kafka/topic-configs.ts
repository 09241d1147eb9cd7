import type {NodeSettings} from '../../contracts/node-config.ts'

/** A whole number from `min` on. */
function whole(min: number): (value: string) => boolean {
  return value => /^-?\d{1,15}$/.test(value) && Number(value) >= min
}

/** Topic configurations that can be set, and what each may be. */
const KNOWN: Record<string, (value: string) => boolean> = {
  'min.insync.replicas': whole(1),
  'retention.ms': whole(-1),
  'retention.bytes': whole(-1),
  'cleanup.policy': value => ['delete', 'compact', 'compact,delete', 'delete,compact'].includes(value),
  'segment.bytes': whole(1_024),
  'segment.ms': whole(1),
  'max.message.bytes': whole(0),
}

/** Why a configuration cannot be set, or undefined. */
export function topicConfigError(name: string, value: string | null): string | undefined {
  const sound = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
  if (!sound) return `unknown topic configuration ${name.slice(0, 100)}`
  if (value === null || !sound(value))
    return `${name} cannot be ${value === null ? 'null' : `"${value.slice(0, 100)}"`}`
  return undefined
}

/** Bytes that a record batch of the topic may have. */
export function maxMessageBytes(configs: Readonly<Record<string, string>>, settings: NodeSettings): number {
  return Number(configs['max.message.bytes'] ?? settings['message.max.bytes'])
}

export interface TopicConfig {
  name: string
  value: string
  /** Set for this topic; else the node's default. */
  own: boolean
}

/** What is in force for a topic. */
export function topicConfigs(configs: Readonly<Record<string, string>>, settings: NodeSettings): TopicConfig[] {
  const defaults: Record<string, string> = {
    'cleanup.policy': 'delete',
    'max.message.bytes': String(settings['message.max.bytes']),
    'min.insync.replicas': String(settings['min.insync.replicas']),
    'retention.bytes': String(settings['retention.bytes']),
    'retention.ms': String(settings['retention.ms']),
    'segment.bytes': String(settings['segment.bytes']),
    'segment.ms': String(settings['segment.ms']),
  }
  return Object.keys({...defaults, ...configs})
    .sort()
    .map(name => ({name, value: configs[name] ?? defaults[name], own: Object.hasOwn(configs, name)}))
}
