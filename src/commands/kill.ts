import {constants} from 'node:os'
import {Flags, type Interfaces} from '@oclif/core'
import {type ExitCode, UsageError} from '../base/errors.ts'
import {CRASH_POINTS} from '../io/crash-points.ts'
import {whenHolds} from '../supervisor/when.ts'
import {duration, whole} from './base.ts'
import {FaultCommand} from './fault.ts'
import {nearest} from './help/nearest.ts'
import {nodeFlags, requiredSelector} from './nodes.ts'

export default class Kill extends FaultCommand {
  static override summary = 'SIGKILL nodes; says how long the election took.'
  static override usage =
    'NODES [-s SIGNAL] [--power-loss [--seed S | --lose-all]] [--at POINT] [--when EXPR] [--for DUR] [--repeat N]'
  static override examples = [
    'chronik kill --leader',
    'chronik kill 2 --for 5s',
    'chronik kill --leader -t orders --partition 1',
    'chronik kill --all --power-loss',
    'chronik kill 2 --at metadata-wal.sync.before',
    "chronik kill --leader --when 'hardstate.term>=3'",
  ]
  static override flags = {
    ...nodeFlags,
    signal: Flags.string({char: 's', helpValue: 'SIGNAL', summary: 'another signal than SIGKILL'}),
    'power-loss': Flags.boolean({
      summary: 'a part of what was not synced goes too (cluster up --disk lossy)',
      exclusive: ['signal'],
    }),
    seed: Flags.string({helpValue: 'S', summary: 'of what goes', dependsOn: ['power-loss']}),
    'lose-all': Flags.boolean({summary: 'all of it goes', dependsOn: ['power-loss'], exclusive: ['seed']}),
    for: duration({summary: 'start them again after this long'}),
    at: Flags.string({helpValue: 'POINT', summary: 'it dies by itself at that point (fault points lists them)'}),
    when: Flags.string({helpValue: 'EXPR', summary: 'as soon as that holds: hardstate.term>=3, entry.index=120'}),
    repeat: whole({min: 1, max: 1_000, summary: 'so many times, each drawn anew (needs --for)'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof Kill.flags>): Promise<ExitCode> {
    const who = requiredSelector(this.words, flags, 'kill')
    if (flags.repeat !== undefined && flags.repeat > 1 && flags.for === undefined)
      throw new UsageError(
        '--repeat needs --for: each time the nodes have to come back first',
        'chronik kill --leader --for 3s --repeat 5',
      )
    if (flags.seed !== undefined && !/^[0-9a-f]{1,16}$/.test(flags.seed))
      throw new UsageError(`--seed ${flags.seed}: 1 to 16 of 0-9 a-f`)
    const {at, when} = flags
    if (at !== undefined && (flags.signal !== undefined || flags['power-loss']))
      throw new UsageError('--at is a death by SIGKILL: without --signal and --power-loss')
    if (at !== undefined) knownPoint(at)
    if (when !== undefined) whenHolds(when)
    // The supervisor gives up first, and says what became of it.
    const waits = at === undefined && when === undefined ? {} : {waitMs: this.timeoutMs}
    const signal = flags.signal === undefined ? undefined : signalName(flags.signal)
    return this.perform(
      {
        do: 'kill',
        who,
        ...(signal ? {signal} : {}),
        ...(flags['power-loss'] ? {powerLoss: true} : {}),
        ...(flags.seed === undefined ? {} : {seed: flags.seed}),
        ...(flags['lose-all'] ? {losesAll: true} : {}),
        ...(flags.for === undefined ? {} : {forMs: flags.for}),
        ...(flags.repeat === undefined ? {} : {repeat: flags.repeat}),
        ...(at === undefined ? {} : {at}),
        ...(when === undefined ? {} : {when}),
        patienceMs: this.patienceMs,
        ...waits,
      },
      ((flags.for ?? 0) + (waits.waitMs ?? 0)) * (flags.repeat ?? 1),
    )
  }
}

function knownPoint(name: string): void {
  const names = CRASH_POINTS.map(p => p.name)
  if (names.includes(name)) return
  const like = nearest(name, names)
  throw new UsageError(`No point "${name}".${like ? ` Did you mean: ${like}` : ''}`, 'chronik fault points')
}

/** `SIGTERM`, `term` and `15` are the same signal. */
function signalName(text: string): string {
  const names = Object.keys(constants.signals)
  const byNumber = /^\d+$/.test(text)
    ? names.find(name => constants.signals[name as NodeJS.Signals] === Number(text))
    : undefined
  const upper = text.toUpperCase()
  const found = byNumber ?? names.find(name => name === upper || name === `SIG${upper}`)
  if (found) return found
  const like = nearest(upper.startsWith('SIG') ? upper : `SIG${upper}`, names)
  throw new UsageError(`No signal "${text}".${like ? ` Did you mean: ${like}` : ''}`)
}
