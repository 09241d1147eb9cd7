import {cpSync, existsSync, mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {NodeDisk} from '../../src/io/node/disk.ts'
import {nodeFiles} from '../../src/io/node/read-only-files.ts'
import {byInspect} from './by-inspect.ts'
import {byRecovery, logOptions} from './by-recovery.ts'
import {differences} from './compare.ts'
import {type Image, type Outcome, readExpected} from './image.ts'

export interface Mismatch {
  reader: 'image' | 'inspect' | 'recovery' | 'inspect, after the recovery'
  lines: string[]
}

/**
 * One image: copied to `scratch`, read by `inspect`, opened with the broker's recovery, and what that left read by `inspect` again: the
 * same state with nothing to cut. The image itself is never touched.
 */
export async function conform(image: Image, scratch: string): Promise<Mismatch[]> {
  const root = join(scratch, 'image')
  try {
    const {logId, outcome} = readExpected(image)
    mkdirSync(join(root, 'g'), {recursive: true})
    if (existsSync(join(image.dir, 'image'))) cpSync(join(image.dir, 'image'), join(root, 'g'), {recursive: true})
    const dir = join(root, 'g')
    const mismatches: Mismatch[] = []
    const against = (reader: Mismatch['reader'], got: Outcome, wanted = outcome): void => {
      const lines = differences(wanted, got)
      if (lines.length > 0) mismatches.push({reader, lines})
    }
    against('inspect', byInspect(nodeFiles, dir, logId))
    const recovered = await byRecovery(logOptions(new NodeDisk(root), 'g', logId))
    against('recovery', recovered)
    if (outcome.verdict === 'ok' && recovered.verdict === 'ok' && logId) {
      const after = byInspect(nodeFiles, dir, logId)
      // A head that recovery wrote anew repeats the marker with count 0, an installed one too.
      const installed = after.verdict === 'ok' && after.state.marker.installed && outcome.state.marker.installed
      const state = {...outcome.state, marker: {...outcome.state.marker, installed}}
      against('inspect, after the recovery', after, {...outcome, state, cut: [], completesRotation: false})
    }
    return mismatches
  } catch (error) {
    return [{reader: 'image', lines: [(error as Error).message]}]
  } finally {
    rmSync(root, {recursive: true, force: true})
  }
}
