import {oneLine} from '../base/one-line.ts'
import {ANOTHER_DISK, type ClusterSnapshot} from '../contracts/supervisor-protocol.ts'
import {shellWord} from '../supervisor/registry.ts'

/** What nodes refuse to open, a line each, and the command that shows the place; of `nodes` alone when they are given. */
export function refusals(s: ClusterSnapshot, nodes?: readonly number[]): string[] {
  const serving = s.leader === 0 ? 0 : s.nodes.filter(n => n.state === 'up').length
  const others =
    serving === 0
      ? ''
      : serving === 1
        ? ' The other one serves.'
        : ` The other ${serving === 2 ? 'two' : serving} serve.`
  return s.nodes
    .filter(n => n.state === 'refused' && (nodes?.includes(n.id) ?? true))
    .flatMap(n => {
      if (n.detail === ANOTHER_DISK)
        return [
          `n${n.id} came back with another disk (directory ${(n.live?.directoryId ?? '').slice(0, 8)}): the others refuse it.${others} Try: chronik cluster replace ${n.id}`,
        ]
      return (n.live?.refused ?? []).map(({group, file, at, why}) => {
        const path = file.startsWith('/') ? file : `${n.dataDir}/${file}`
        const name = file.slice(file.lastIndexOf('/') + 1)
        return `n${n.id} refuses ${oneLine(group)}: ${oneLine(name)}@${at} ${oneLine(why)}.${others} Try: ${serving === 0 ? `chronik wal dump ${shellWord(path)} --at ${at} --hex` : `chronik repair ${n.id}`}`
      })
    })
}
