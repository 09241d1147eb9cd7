import {z} from 'zod'

// `report.json`, schema 1, field by field. docs/report.schema.json is made from this; strict, so that a field that is not described fails.
const count = z.number().int().nonnegative()
const ms = z.number()
const result = z.enum(['pass', 'fail', 'unknown', 'not applicable'])
const exitCode = z.union([0, 1, 2, 3, 4, 5, 70, 74, 130].map(code => z.literal(code)))
// Kafka holds no commit on its disk, and does not always say its vote.
const hardState = {term: count, vote: count.optional(), commit: count.optional()}
const place = {file: z.string(), at: count, bytes: count}

const cite = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('place'),
    node: count.optional(),
    ...place,
    note: z.string().optional(),
  }),
  z.strictObject({kind: z.literal('event'), event: count, note: z.string().optional()}),
  z.strictObject({kind: z.literal('operation'), operation: count, note: z.string().optional()}),
  z.strictObject({
    kind: z.literal('reading'),
    node: count,
    incarnation: z.string(),
    source: z.string(),
    pushed: z.boolean(),
    note: z.string().optional(),
  }),
])

const check = z.strictObject({
  number: z.string().regex(/^\d+\.\d+$/),
  check: z.string(),
  title: z.string(),
  result,
  nodes: z.array(count),
  expected: z.string(),
  seen: z.string(),
  because: z.string(),
  lines: z.array(z.strictObject({label: z.string(), text: z.string()})),
  cites: z.array(cite),
  again: z.string(),
})

const step = z.strictObject({
  number: count,
  title: z.string(),
  result,
  atMs: ms.optional(),
  tookMs: ms,
  note: z.string(),
  checks: z.array(check),
})

export const reportSchema = z.strictObject({
  schema: z.literal(1),
  chronik: z.string(),
  run: z.string(),
  suite: z.string(),
  phase: count.optional(),
  proves: z.string(),
  startedAt: z.string(),
  tookMs: ms,
  result,
  exitCode,
  counts: z.strictObject({passed: count, failed: count, unknown: count, notApplicable: count}),
  interrupted: z.boolean(),
  interruptedIn: count.optional(),
  cluster: z
    .strictObject({
      scratch: z.boolean(),
      name: z.string(),
      nodes: count,
      engine: z.string(),
      directories: z.strictObject({before: z.string(), after: z.string()}).optional(),
    })
    .optional(),
  seed: z.string(),
  plant: z.string().optional(),
  powerLoss: z.literal(true).optional(),
  machine: z.strictObject({platform: z.string(), arch: z.string(), node: z.string(), cpus: count}),
  steps: z.array(step),
  table: z.array(
    z.strictObject({
      node: count,
      before: z.strictObject({...hardState, ...place}).optional(),
      after: z.strictObject(hardState).optional(),
    }),
  ),
  times: z.record(z.string(), ms),
  load: z
    .strictObject({
      topic: z.string(),
      rate: z.number(),
      sentPerSecond: count.optional(),
      sent: count,
      acknowledged: count,
      failed: count,
      undecided: count,
      readBack: count,
    })
    .optional(),
  error: z
    .strictObject({code: z.string(), message: z.string(), exitCode: z.number(), next: z.string().optional()})
    .optional(),
  again: z.string(),
  stopped: count.optional(),
})
