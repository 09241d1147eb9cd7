import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {Home, projectRoot} from '../helpers/chronik.ts'

const path = join(projectRoot, 'README.md')
const home = new Home()
const rewrite = process.env.REWRITE_README === '1'

afterAll(() => home.remove(), 60_000)

/** A ```console block: lines that begin with `$ ` are typed, the others are what came back. */
interface Turn {
  typed: string
  printed: string
}

function blocks(readme: string): Array<{text: string; turns: Turn[]}> {
  return [...readme.matchAll(/```console\n([\s\S]*?)```/g)].map(([, text]) => ({
    text,
    turns: text
      .split(/^\$ /m)
      .filter(Boolean)
      .map(turn => ({typed: turn.slice(0, turn.indexOf('\n')), printed: turn.slice(turn.indexOf('\n') + 1)})),
  }))
}

/** Figures, paths and seeds differ from run to run, and the width of a figure moves what stands beside it; nothing else does. */
function masked(text: string): string {
  return sortedNodes(
    text
      .replace(/~?\/[\w./~-]+/g, 'PATH')
      .replace(/\b(seed|--seed) [0-9a-f]+/g, '$1 SEED')
      .replace(/\d[\d,.]*/g, '0')
      .replace(/[ \t]+/g, ' ')
      .replace(/ $/gm, ''),
  )
}

/** Which node leads is a matter of luck: lines of nodes that stand together are put in one order. */
function sortedNodes(text: string): string {
  return text.replace(/(?:^n0 .*\n)+/gm, lines => `${lines.trimEnd().split('\n').sort().join('\n')}\n`)
}

describe('readme', () => {
  it('its transcripts are what the commands print', async () => {
    let readme = readFileSync(path, 'utf8')
    const found = blocks(readme)
    expect(found.length).toBeGreaterThan(0)
    const got: string[] = []
    const wanted: string[] = []
    for (const block of found) {
      let now = ''
      let last = 0
      for (const {typed} of block.turns) {
        if (typed === 'echo $?') {
          now += `$ ${typed}\n${last}\n`
          continue
        }
        const head = /\| head -(\d+)$/.exec(typed)?.[1]
        const [command, ...args] = typed
          .replace(/\s+\|.*$/, '')
          .replace(/\s+#.*$/, '')
          .split(/\s+/)
        expect(command, typed).toBe('chronik')
        const done = await home.run(args)
        last = done.code ?? 130
        const printed = done.stdout.split('\n').slice(0, head === undefined ? undefined : Number(head))
        const text = `${printed.join('\n').trimEnd()}\n`.replaceAll(home.dir, '~')
        now += `$ ${typed}\n${text}${last === 0 || done.stdout ? '' : done.stderr}`
      }
      readme = readme.replace(block.text, () => now)
      got.push(masked(now))
      wanted.push(masked(block.text))
    }
    if (rewrite) writeFileSync(path, readme)
    else expect(got).toEqual(wanted)
  }, 180_000)
})
