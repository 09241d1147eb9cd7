import type {NodeId} from '../../base/ids.ts'
import type {Check} from '../check.ts'
import type {DiskReading, GroupReading} from '../evidence.ts'
import {type Cite, fail, pass, unknown} from '../verdict.ts'
import {count, placeCite, placeWords, some} from '../words.ts'
import {distinct} from './disk.ts'

interface Damaged {
  disk: DiskReading
  group: GroupReading
}

function name(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

export const damageRefused: Check = {
  id: 'P2',
  title: 'a damaged log is refused, never cut silently',
  needs: ['disks', 'starts', 'readings'],
  judge: ({disks, starts, readings}, about) => {
    const expected =
      'each log whose copy is damaged is refused by the next life of its node, which names the same file and byte'
    const damaged = disks.flatMap(disk =>
      disk.after === '' ? [] : disk.groups.filter(g => g.damage.length > 0).map((group): Damaged => ({disk, group})),
    )
    if (damaged.length === 0) return unknown({expected, seen: 'no damaged log', because: 'nothing was damaged'})
    const wrong: Array<{node: NodeId; of: Damaged; text: string}> = []
    const silent: string[] = []
    const recut: string[] = []
    for (const of of damaged) {
      const {disk, group} = of
      const start = starts.find(s => s.node === disk.node && s.previous === disk.after)
      const life = start ? readings.filter(r => r.live?.incarnation === start.incarnation) : []
      const refused = life.flatMap(r => r.live?.refused.find(g => g.group === group.group) ?? [])[0]
      const opened = life.flatMap(r => r.live?.groups.find(g => g.group === group.group) ?? [])[0]
      const [{file, at}] = group.damage
      const cut = life.flatMap(r => r.told?.cuts ?? []).find(c => c.place === placeWords(group.damage[0]))
      if (cut && about.engine?.rules.cutsAndFetchesAgain) {
        recut.push(`n${disk.node} cut its log at ${cut.place} and fetched the rest again`)
        continue
      }
      const where = `n${disk.node} ${group.group}, damaged at ${placeWords(group.damage[0])}`
      if (refused && (name(refused.file) !== name(file) || refused.at !== at))
        wrong.push({node: disk.node, of, text: `${where}: refused at ${name(refused.file)}@${refused.at}`})
      else if (!refused && opened)
        wrong.push({
          node: disk.node,
          of,
          text: `${where}: opened with ${opened.recovery?.entries ?? 'its'} entries${opened.recovery?.born ? ', begun anew' : ''}`,
        })
      else if (!refused) silent.push(where)
    }
    if (wrong.length > 0)
      return fail({
        expected,
        seen: some(wrong.map(w => w.text)),
        because: 'entries that others rely on may be gone, and nobody is told',
        nodes: distinct(wrong.map(w => w.node)),
        lines: wrong.slice(0, 5).map(w => ({label: 'node', text: w.text})),
        cites: wrong
          .slice(0, 10)
          .map(({of: {disk, group}}): Cite => placeCite(disk.node, disk.dir, group.damage[0], group.damage[0].why)),
      })
    if (silent.length > 0)
      return unknown({
        expected,
        seen: some(silent.map(s => `${s}: nothing was told of it`)),
        because: 'what became of it has to be told by the node itself',
      })
    return pass({
      expected,
      seen:
        recut.length > 0
          ? `${some(recut)} (this engine's rule)`
          : `${count(damaged.length, 'damaged log')}, each refused where it is damaged`,
      nodes: distinct(damaged.map(d => d.disk.node)),
    })
  },
}
