import type {Plant} from './plant.ts'

/** A metadata command that fails on one node is logged there and skipped. Seen in KAFKA-14203. */
export const t01: Plant = {
  id: 'T01',
  name: 'metadata-error-skipped',
  change: 'a topic whose creation fails on one node is skipped there',
  caughtBy: 'L9',
  scenarios: ['births'],
  parts: sound => ({
    ...sound,
    metadata: {
      ...sound.metadata,
      apply: (image, command, node) =>
        command.do === 'create-topic' && node === 2 && command.topicId < '2'
          ? {done: false, why: 'exists'}
          : image.apply(command),
    },
  }),
}
