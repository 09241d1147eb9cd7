import type {Command, Config} from '@oclif/core'
import {WIDTH, wrap} from '../terminal.ts'

/** What the manifest knows of a command: enough for its help, without importing it. */
type Known = Pick<
  Command.Loadable,
  'id' | 'summary' | 'description' | 'flags' | 'usage' | 'examples' | 'aliases' | 'hidden'
>

const COMMON = ['cluster', 'dir', 'json', 'quiet', 'yes', 'timeout', 'no-color', 'help']

/** The help of one command: usage, what it does, its own flags, examples, and the flags that all commands share in two lines. */
export function commandHelp(command: Known): string {
  const name = command.id.replaceAll(':', ' ')
  const usage = [command.usage ?? ''].flat().map(line => `chronik ${name} ${line}`.trimEnd())
  const parts = [wrapUsage(usage[0]), ...usage.slice(1).map(line => wrapUsage(line))]
  const lines = [parts.join('\n'), '', wrap(command.summary ?? '', 0)]
  if (command.description) lines.push('', ...command.description.split('\n').map(line => wrap(line, 0)))
  const own = Object.entries(command.flags ?? {}).filter(([flag, f]) => !COMMON.includes(flag) && !f.hidden)
  if (own.length > 0) {
    const heads = own.map(([flag, f]) => {
      const value = f.type === 'option' ? ` ${f.helpValue ?? 'VALUE'}${f.multiple ? ' …' : ''}` : ''
      return `  ${f.char ? `-${f.char}, ` : '    '}--${flag}${value}`
    })
    const column = Math.min(30, Math.max(...heads.map(h => h.length)) + 2)
    lines.push('')
    own.forEach(([, f], i) => {
      const text = wrap(f.summary ?? f.description ?? '', column)
      lines.push(heads[i].length + 2 > column ? `${heads[i]}\n${text}` : heads[i].padEnd(column) + text.slice(column))
    })
  }
  const examples = [command.examples ?? []].flat().map(e => (typeof e === 'string' ? e : e.command))
  if (examples.length > 0) lines.push('', ...examples.map(e => `  ${e}`))
  if (command.aliases?.length)
    lines.push('', `Also: chronik ${command.aliases.join(', chronik ').replaceAll(':', ' ')}`)
  if (COMMON.slice(0, 3).every(flag => command.flags?.[flag])) lines.push('', EVERYWHERE)
  return `${lines.join('\n')}\n`
}

const EVERYWHERE = `Everywhere: -c, --cluster NAME   --dir DIR   --json   -q, --quiet   -y, --yes
            --timeout DUR (30s)   --no-color   -h, --help`

/** The commands under a noun (`cluster`, `wal`, …). */
export function topicHelp(config: Config, topic: string): string | undefined {
  const found = config.commands
    .filter(c => !c.hidden && c.id.startsWith(`${topic}:`))
    .map(c => ({name: `chronik ${c.id.replaceAll(':', ' ')}`, summary: c.summary ?? ''}))
  if (found.length === 0) return undefined
  const width = Math.max(...found.map(f => f.name.length)) + 3
  const about = config.topics.find(t => t.name === topic)?.description
  const rows = found.map(f => `  ${f.name.padEnd(width)}${wrap(f.summary, width + 2).slice(width + 2)}`)
  return `${about ? `${about}\n\n` : ''}${rows.join('\n')}\n`
}

/** A usage line is broken between its bracketed parts. */
function wrapUsage(usage: string): string {
  const parts = usage.match(/\[[^\]]*\](?:\.\.\.)?|\S+/g) ?? []
  const lines: string[] = []
  let line = ''
  for (const part of parts) {
    if (line && line.length + 1 + part.length > WIDTH) {
      lines.push(line)
      line = `    ${part}`
    } else line = line ? `${line} ${part}` : part
  }
  lines.push(line)
  return lines.join('\n')
}
