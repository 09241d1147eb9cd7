import {describe, expect, it} from 'vitest'
import {several, widthOf} from '../../src/verify/several.ts'

/** Tasks that end when they are told to. */
function tasks(names: string[], width: number, stop = () => false) {
  const begun: string[] = []
  const ends = new Map<string, {end(): void; fail(error: Error): void}>()
  const done = several(names, width, stop, (name, number) => {
    begun.push(name)
    return new Promise<string>((resolve, reject) => {
      ends.set(name, {end: () => resolve(`${number} ${name}`), fail: reject})
    })
  })
  const turn = async (name: string, how: 'end' | Error = 'end'): Promise<void> => {
    if (how === 'end') ends.get(name)?.end()
    else ends.get(name)?.fail(how)
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return {begun, done, turn}
}

describe('several suites in one call', () => {
  it('half as many at once as there are cores, and at least one', () => {
    expect([1, 2, 3, 4, 9, 16].map(widthOf)).toEqual([1, 1, 1, 2, 4, 8])
  })

  it('no more than so many at a time, begun in their order, told in their order whichever ends first', async () => {
    const {begun, done, turn} = tasks(['wal', 'raft', 'chaos'], 2)
    expect(begun).toEqual(['wal', 'raft'])
    await turn('raft')
    expect(begun).toEqual(['wal', 'raft', 'chaos'])
    await turn('chaos')
    await turn('wal')
    expect(await done).toEqual(['0 wal', '1 raft', '2 chaos'])
  })

  it('one after the other with a width of one; when it is to stop no more is begun', async () => {
    let over = false
    const {begun, done, turn} = tasks(['wal', 'raft', 'chaos'], 1, () => over)
    expect(begun).toEqual(['wal'])
    await turn('wal')
    over = true
    await turn('raft')
    expect(await done).toEqual(['0 wal', '1 raft'])
    expect(begun).toEqual(['wal', 'raft'])
  })

  it('one that is broken is told when the others have ended', async () => {
    const {done, turn} = tasks(['wal', 'raft'], 2)
    let told = false
    const failed = done.catch((error: Error) => {
      told = true
      return error.message
    })
    await turn('wal', new Error('no room'))
    expect(told).toBe(false)
    await turn('raft')
    expect(await failed).toBe('no room')
  })
})
