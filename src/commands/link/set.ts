import {Flags, type Interfaces} from '@oclif/core'
import {type ExitCode, UsageError} from '../../base/errors.ts'
import type {LinkShape} from '../../contracts/action.ts'
import {duration} from '../base.ts'
import {FaultCommand} from '../fault.ts'
import {nodeOf} from '../nodes.ts'

const UNITS: Record<string, number> = {B: 1, KB: 1e3, MB: 1e6, GB: 1e9}

export default class LinkSet extends FaultCommand {
  static override summary = 'Make the link from one node to another slow, lossy or narrow: that direction alone.'
  static override usage = 'A:B [--latency DUR] [--jitter DUR] [--loss PCT] [--bandwidth RATE] [--for DUR]'
  static override examples = [
    'chronik link set 1:2 --latency 100ms --jitter 20ms',
    'chronik link set 3:1 --loss 10 --for 30s',
    'chronik link set 2:3 --bandwidth 100KB/s',
  ]
  static override flags = {
    latency: duration({summary: 'every byte comes so much later'}),
    jitter: duration({summary: 'and up to so much later still'}),
    loss: Flags.string({helpValue: 'PCT', summary: 'of 100 segments so many are lost, and sent again as TCP does'}),
    bandwidth: Flags.string({helpValue: 'RATE', summary: 'at most so much passes: 100KB/s, 1MB/s'}),
    for: duration({summary: 'heal after this long'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof LinkSet.flags>): Promise<ExitCode> {
    const [word, ...more] = this.words
    const ends = /^([^:]+):([^:]+)$/.exec(word ?? '')
    if (!ends || more.length > 0) throw new UsageError('Which link? From which node to which: 1:2', 'chronik link ls')
    const {latency, jitter, loss, bandwidth, for: forMs} = flags
    const shape: LinkShape = {
      ...(latency === undefined ? {} : {latencyMs: Math.round(latency)}),
      ...(jitter === undefined ? {} : {jitterMs: Math.round(jitter)}),
      ...(loss === undefined ? {} : {lossPercent: percent(loss)}),
      ...(bandwidth === undefined ? {} : {bytesPerSecond: rate(bandwidth)}),
    }
    if (Object.keys(shape).length === 0)
      throw new UsageError(
        'What shall it do? --latency, --jitter, --loss, --bandwidth',
        `chronik link set ${word} --latency 100ms`,
      )
    return this.perform({
      do: 'link',
      from: nodeOf(ends[1], 'link set'),
      to: nodeOf(ends[2], 'link set'),
      shape,
      ...(forMs === undefined ? {} : {forMs}),
    })
  }
}

function percent(text: string): number {
  const value = /^(\d{1,3}(?:\.\d{1,4})?)%?$/.exec(text)
  if (!value || Number(value[1]) > 100) throw new UsageError(`--loss ${text}: a part of 100, such as 10 or 0.5`)
  return Number(value[1])
}

/** `100KB/s` → bytes a second; powers of 1,000. */
function rate(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(B|KB|MB|GB)\/s$/.exec(text)
  const value = match ? Math.round(Number(match[1]) * UNITS[match[2]]) : 0
  if (value < 1) throw new UsageError(`--bandwidth ${text}: write 100KB/s or 1MB/s`)
  return value
}
