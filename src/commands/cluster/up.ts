import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../../base/errors.ts'
import {formatDuration} from '../../base/units.ts'
import {dryRun, up} from '../../supervisor/up.ts'
import {plantNamed} from '../../verify/plants.ts'
import {BaseCommand, whole} from '../base.ts'
import {chosenEngine, engineFlags} from '../engine-choice.ts'
import {refusals} from '../refusals.ts'
import {upTable} from '../status-table.ts'

export default class ClusterUp extends BaseCommand {
  static override summary = 'Create a cluster, or start again what `down` stopped; returns when a leader serves.'
  static override usage =
    '[-n N] [-e ENGINE [--binary PATH | --kafka-home DIR]] [--base-port P | --new-ports] [--set K=V]... [--seed S] [--disk plain|lossy] [--plant NAME] [--dry-run] [--no-wait]'
  static override examples = ['chronik cluster up', 'chronik cluster up -c five -n 5 --set timing=calm']
  static override flags = {
    nodes: whole({char: 'n', min: 1, max: 9, summary: 'how many nodes (3)'}),
    ...engineFlags,
    'base-port': whole({
      helpValue: 'P',
      min: 1_024,
      max: 65_000,
      summary: 'Kafka ports from P, Raft ports from P + 100 (9092)',
    }),
    'new-ports': Flags.boolean({summary: 'any free ports', exclusive: ['base-port']}),
    set: Flags.string({
      helpValue: 'K=V',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'a default of engine or topics: timing=calm, wal.profile=medium',
    }),
    seed: Flags.string({helpValue: 'S', summary: 'of everything that is drawn'}),
    disk: Flags.option({
      options: ['plain', 'lossy'] as const,
      summary: 'lossy: power can be cut (kill --power-loss)',
    })(),
    plant: Flags.string({helpValue: 'NAME', summary: 'run a build with that bug: chronik verify ls --plants'}),
    'dry-run': Flags.boolean({summary: 'show the plan; create nothing'}),
    'no-wait': Flags.boolean({summary: 'return when the processes run'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof ClusterUp.flags>): Promise<ExitCode> {
    if (flags.seed !== undefined && !/^[0-9a-f]{1,16}$/.test(flags.seed))
      throw new UsageError(`--seed ${flags.seed}: 1 to 16 of 0-9 a-f`)
    const {engine, engineOptions, settings} = await chosenEngine(flags)
    const plant = flags.plant === undefined ? undefined : await plantNamed(flags.plant)
    const abort = new AbortController()
    const progress = new ProgressLine(
      text => this.note(text),
      process.stderr.isTTY === true && !this.quiet && !this.asJson,
    )
    this.onInterrupt((_signal, times) => {
      if (times === 1) {
        progress.end()
        this.note('Interrupted: stopping what was started …')
        abort.abort()
      } else this.leave(EXIT.interrupted, 'Interrupted twice; what still runs: chronik doctor')
    })
    const request = {
      place: this.place(),
      nodes: flags.nodes,
      engine,
      engineOptions,
      plant,
      disk: flags.disk,
      seed: flags.seed,
      basePort: flags['base-port'],
      newPorts: flags['new-ports'],
      settings,
      wait: !flags['no-wait'],
      onProgress: (line: string) => progress.add(line),
      onWait: (line: string) => {
        progress.end()
        if (!this.quiet && !this.asJson) process.stderr.write(`${line}\n`)
      },
      signal: abort.signal,
    }
    if (flags['dry-run']) {
      const plan = await dryRun(request)
      if (this.asJson) this.json({dryRun: true, plan})
      else this.out(plan.join('\n'))
      return EXIT.ok
    }
    const started = up(request, this.asker)
    try {
      const result = await started.catch((error: unknown) => {
        progress.end()
        if (abort.signal.aborted) this.leave(EXIT.interrupted, 'Interrupted: nothing was left running.')
        throw error
      })
      progress.end(result.alreadyUp ? undefined : formatDuration(result.tookMs))
      for (const line of result.notes) if (!this.quiet && !this.asJson) process.stderr.write(`${this.hint(line)}\n`)
      if (this.asJson)
        this.json({
          cluster: result.snapshot.cluster,
          created: result.created,
          alreadyUp: result.alreadyUp,
          tookMs: result.tookMs,
          bootstrap: result.snapshot.bootstrap,
          dir: result.snapshot.dir,
          nodes: result.snapshot.nodes.map(n => ({
            id: n.id,
            pid: n.pid ?? null,
            kafka: `${n.kafka.host}:${n.kafka.port}`,
            raft: `${n.raft.host}:${n.raft.port}`,
          })),
        })
      else this.out(upTable(result.snapshot))
      this.next('chronik kill --leader', 'chronik verify recovery')
      result.client.close()
      const refused = refusals(result.snapshot)
      if (!this.asJson) for (const line of refused) process.stderr.write(`${this.hint(line)}\n`)
      return refused.length > 0 ? EXIT.environment : EXIT.ok
    } finally {
      progress.end()
    }
  }
}

/** `  n1 started  n2 started  leader elected        0.8 s`: grows on one line of a terminal. */
class ProgressLine {
  readonly #say: (text: string) => void
  readonly #live: boolean
  #width = 0

  constructor(say: (text: string) => void, live: boolean) {
    this.#say = say
    this.#live = live
  }

  add(text: string): void {
    if (!this.#live) return
    if (text.length > 40) {
      this.end()
      this.#say(text)
      return
    }
    if (this.#width + 2 + text.length > 70) this.end()
    process.stderr.write(`  ${text}`)
    this.#width += 2 + text.length
  }

  end(took?: string): void {
    if (this.#width === 0) return
    process.stderr.write(took ? `${took.padStart(Math.max(took.length + 2, 78 - this.#width))}\n` : '\n')
    this.#width = 0
  }
}
