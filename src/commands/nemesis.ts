import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import {NEMESIS_FAULTS, type NemesisFault} from '../supervisor/nemesis.ts'
import {connect} from '../supervisor/registry.ts'
import {nemesis} from '../verify/lab-nemesis.ts'
import {after} from '../verify/load/after.ts'
import {drawSeed} from '../verify/run.ts'
import {BaseCommand, duration} from './base.ts'
import {nearest} from './help/nearest.ts'

const EVERY_MS = 3_000
const FOR_MS = 30_000
const EVERY_MS_MIN = 100
const USUAL = 'kill,pause,partition,link'

export default class Nemesis extends BaseCommand {
  static override summary = 'Draw faults with a seed, one after another; heals in the end.'
  static override usage = '[--faults LIST] [--every DUR] [--for DUR] [--seed S]'
  static override examples = ['chronik nemesis --faults kill,partition --for 1m', 'chronik nemesis --seed 7f3a91']
  static override flags = {
    faults: Flags.string({helpValue: 'LIST', default: USUAL, summary: `of ${NEMESIS_FAULTS.join(' ')}`}),
    every: duration({default: EVERY_MS, summary: 'from one to the next (3s)'}),
    for: duration({default: FOR_MS, summary: 'in all (30s)'}),
    seed: Flags.string({helpValue: 'S', summary: 'the same seed, the same faults'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Nemesis.flags>): Promise<ExitCode> {
    const faults = listed(flags.faults)
    if (flags.every < EVERY_MS_MIN) throw new UsageError(`--every ${flags.every}ms: at least ${EVERY_MS_MIN}ms`)
    const seed = flags.seed ?? drawSeed()
    if (!/^[0-9a-f]{1,16}$/.test(seed)) throw new UsageError(`--seed ${seed}: 1 to 16 of 0-9 a-f`)
    const client = await connect(this.place(), this.asker)
    const stop = new AbortController()
    this.onInterrupt((_signal, times) => {
      stop.abort()
      if (times > 1) this.leave(EXIT.interrupted, '\nInterrupted twice: faults may be left. See: chronik fault ls')
    })
    const again = `chronik nemesis --faults ${faults.join(',')} --every ${flags.every}ms --for ${flags.for}ms --seed ${seed}`
    let done = 0
    try {
      const {nodes} = await client.snapshot()
      await client.act({do: 'mark', text: `nemesis begins: ${again}`})
      const {healed} = await nemesis({faults, everyMs: flags.every, forMs: flags.for}, seed, {
        nodes: nodes.map(n => n.id),
        now: () => performance.now(),
        pause: ms => after(ms, stop.signal),
        over: () => stop.signal.aborted,
        act: action => client.act(action),
        did: ({command, lines}, atMs) => {
          done++
          this.#tell(atMs, command, lines)
        },
      })
      if (!this.asJson) this.out(healed.lines.join('\n'))
      await client.act({do: 'mark', text: `nemesis ends after ${done} faults`})
    } finally {
      client.close()
    }
    const said = `${done} faults, seed ${seed}; again: ${this.hint(again)}`
    if (this.asJson) this.json({faults: done, seed, again, interrupted: stop.signal.aborted})
    else this.out(said)
    return stop.signal.aborted ? EXIT.interrupted : EXIT.ok
  }

  #tell(atMs: number, command: string, lines: readonly string[]): void {
    if (this.asJson) this.json({atMs, command, lines})
    else
      this.out(
        `${(atMs / 1_000).toFixed(1).padStart(6)} s  ${command}\n${lines.map(line => `            ${line}`).join('\n')}`,
      )
  }
}

function listed(text: string): NemesisFault[] {
  const known: readonly string[] = NEMESIS_FAULTS
  const words = [...new Set(text.split(',').filter(Boolean))]
  if (words.length === 0) throw new UsageError(`--faults: some of ${known.join(',')}`)
  const wrong = words.find(word => !known.includes(word))
  if (wrong !== undefined) {
    const like = nearest(wrong, known)
    throw new UsageError(`--faults ${wrong}: there are ${known.join(' ')}.${like ? ` Did you mean: ${like}` : ''}`)
  }
  return words as NemesisFault[]
}
