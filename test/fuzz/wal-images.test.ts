import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {byInspect} from '../../scripts/conformance/by-inspect.ts'
import {byRecovery, logOptions} from '../../scripts/conformance/by-recovery.ts'
import {differences} from '../../scripts/conformance/compare.ts'
import {imagesBelow, readExpected} from '../../scripts/conformance/image.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {projectRoot} from '../helpers/chronik.ts'
import {MemoryDisk} from '../helpers/memory-disk.ts'
import {viewOf} from '../wal/group-images.ts'
import {FUZZ_RUNS, mutated, withRightCrcs} from './mutate.ts'

const SEED = 20_301
const DIR = 'g'

interface Image {
  name: string
  files: Array<{name: string; bytes: Uint8Array}>
  logId?: Uint8Array
}

function images(): Image[] {
  return imagesBelow(join(projectRoot, 'test/fixtures/wal-images')).map(image => {
    const files: Image['files'] = []
    const look = (at: string, name: string): void => {
      for (const entry of readdirSync(at, {withFileTypes: true}))
        if (entry.isDirectory()) look(join(at, entry.name), `${name}${entry.name}/`)
        else files.push({name: `${name}${entry.name}`, bytes: readFileSync(join(at, entry.name))})
    }
    try {
      look(join(image.dir, 'image'), '')
    } catch (error) {
      if ((error as {code?: string}).code !== 'ENOENT') throw error
    }
    return {name: image.name, files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), logId: readExpected(image).logId}
  })
}

describe('fuzz', () => {
  it('damaged directories of a group: the broker and inspect, which share no reader, make the same of each', async () => {
    const random = new SeededRandom(SEED)
    const corpus = images().filter(i => i.files.length > 0)
    const ends = {ok: 0, refused: 0}
    for (let n = 0; n < FUZZ_RUNS / 20; n++) {
      const image = corpus[random.below(corpus.length)]
      const disk = new MemoryDisk()
      const hit = random.below(image.files.length)
      for (const [i, {name, bytes}] of image.files.entries()) {
        const other = image.files[random.below(image.files.length)].bytes
        const lost = i === hit && random.below(12) === 0
        if (lost) continue
        let now = i === hit || random.below(6) === 0 ? mutated(random, bytes, other) : bytes
        if (i === hit && random.below(2) === 0) now = withRightCrcs(new Uint8Array(now))
        disk.put(`${DIR}/${name}`, now)
      }
      const seen = byInspect(viewOf(disk), DIR, image.logId)
      const recovered = await byRecovery(logOptions(disk, DIR, image.logId))
      // With several damages each may name another; where one alone decides, the images of the conformance test say which.
      const unlike = differences(seen, recovered).filter(l => seen.verdict === 'ok' || l.startsWith('verdict'))
      expect(unlike, `run ${n} of seed ${SEED}: ${image.name}`).toEqual([])
      ends[seen.verdict]++
      if (seen.verdict === 'ok' && recovered.verdict === 'ok' && image.logId) {
        const again = byInspect(viewOf(disk), DIR, image.logId)
        expect(again.verdict === 'ok' && again.cut, `run ${n} of seed ${SEED}: ${image.name}, after recovery`).toEqual(
          [],
        )
      }
    }
    expect(Math.min(ends.ok, ends.refused)).toBeGreaterThan(FUZZ_RUNS / 200)
  }, 3_600_000)
})
