import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {z} from 'zod'
import {projectRoot} from '../helpers/chronik.ts'
import {reportSchema} from './report-schema.ts'
import {sample} from './sample-report.ts'

const file = join(projectRoot, 'docs', 'report.schema.json')

describe('the schema of report.json', () => {
  it('docs/report.schema.json says what is tested here (CHRONIK_REWRITE=1 writes it anew)', () => {
    const made = `${JSON.stringify(z.toJSONSchema(reportSchema), null, 2)}\n`
    if (process.env.CHRONIK_REWRITE) writeFileSync(file, made)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(made))
  })

  it.each(['pass', 'fail'] as const)('a report that ended in %s keeps to it', kind => {
    expect(reportSchema.safeParse(sample(kind)).error).toBeUndefined()
  })

  it('a field that is not described, and one that is missing, are found', () => {
    expect(reportSchema.safeParse({...sample('pass'), extra: 1}).success).toBe(false)
    const {seed: _, ...without} = sample('pass')
    expect(reportSchema.safeParse(without).success).toBe(false)
  })
})
