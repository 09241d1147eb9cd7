import {decide} from '../wal/rules.ts'
import type {Plant} from './plant.ts'

/** A log whose last batch is torn is refused, though nobody was promised that batch. Seen in etcd#5230 and ra#170. */
export const w05: Plant = {
  id: 'W05',
  name: 'torn-tail-is-fatal',
  change: 'a log whose last batch is torn is refused',
  caughtBy: 'L8',
  scenarios: ['storage'],
  parts: sound => ({
    ...sound,
    wal: {
      ...sound.wal,
      decide: facts => {
        const rule = decide(facts)
        return rule.name === 'torn-batch' ? {...rule, does: {do: 'refuse', at: 'last end'}} : rule
      },
    },
  }),
}
