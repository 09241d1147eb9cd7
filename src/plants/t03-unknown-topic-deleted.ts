import type {Plant} from './plant.ts'

/** Topic directories that the metadata does not know yet when a node starts are taken for orphans and deleted. Seen in nats#7556 and #5382. */
export const t03: Plant = {
  id: 'T03',
  name: 'unknown-topic-deleted',
  change: 'topic directories that the metadata does not know when a node starts are deleted',
  caughtBy: 'D7',
  caughtInSim: ['D7', 'P2'],
  scenarios: ['newborn'],
  parts: sound => ({
    ...sound,
    metadata: {
      ...sound.metadata,
      strangers: async (disk, dirs) => {
        for (const dir of dirs)
          for (const name of await disk.list(dir)) {
            // Beside the partitions lies topic.json.
            if (!/^\d+$/.test(name)) continue
            const inner = await disk.list(`${dir}/${name}`)
            for (const file of inner) if (file.endsWith('.log')) await disk.remove(`${dir}/${name}/${file}`)
          }
      },
    },
  }),
}
