import {Flags, type Interfaces} from '@oclif/core'
import {ChronikError, EXIT, type ExitCode} from '../../base/errors.ts'
import {METADATA_GROUP} from '../../base/ids.ts'
import {seenAs} from '../../contracts/seen-as.ts'
import type {ClusterSnapshot} from '../../contracts/supervisor-protocol.ts'
import type {SupervisorClient} from '../../supervisor/client.ts'
import {connect} from '../../supervisor/registry.ts'
import {BaseCommand} from '../base.ts'
import {groupFlags, groupOf} from '../nodes.ts'
import {spelled} from '../spelling.ts'
import {statusJson, statusTable} from '../status-table.ts'

export default class ClusterStatus extends BaseCommand {
  static override summary = 'Each node: state, role, term, vote, commit, lag.'
  static override usage = '[-t T --partition P] [--watch] [--wide]'
  static override examples = ['chronik status', 'chronik status -t orders --partition 1', 'chronik status --watch']
  static override aliases = ['status']
  static override flags = {
    ...groupFlags,
    watch: Flags.boolean({summary: 'again with every change, until Ctrl-C'}),
    wide: Flags.boolean({summary: 'group commit (mean batch and sync), addresses and faults as well'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof ClusterStatus.flags>): Promise<ExitCode> {
    const group = groupOf(flags)
    const place = this.place()
    const client = await connect(place, this.asker)
    try {
      if (flags.watch) return await this.watch(client, group, flags.wide)
      const first = await this.within(client.snapshot(), 'status')
      this.show(await this.focused(client, first, group), flags.wide)
      return EXIT.ok
    } finally {
      client.close()
    }
  }

  private async focused(client: SupervisorClient, snapshot: ClusterSnapshot, group: string): Promise<ClusterSnapshot> {
    if (group === METADATA_GROUP) return snapshot
    const seen = seenAs(snapshot, await this.within(client.ask(), 'status'), group)
    if (seen.nodes.every(n => n.role === undefined))
      throw new ChronikError('CHRONIK_NO_GROUP', EXIT.labState, `No node that is up has ${group}.`, {
        next: 'chronik topic ls',
      })
    return seen
  }

  private show(snapshot: ClusterSnapshot, wide: boolean): void {
    if (this.asJson) this.json(statusJson(snapshot))
    else this.out(spelled(statusTable(snapshot, Date.now(), {wide, colour: this.colour})))
  }

  /** Redraws in place on a terminal; in a pipe each picture follows the one before. */
  private async watch(client: SupervisorClient, group: string, wide: boolean): Promise<ExitCode> {
    const inPlace = process.stdout.isTTY === true && !this.asJson
    let before = ''
    let latest: ClusterSnapshot | undefined
    const draw = async (snapshot: ClusterSnapshot): Promise<void> => {
      latest = snapshot
      const seen = await this.focused(client, snapshot, group)
      if (latest !== snapshot) return
      const text = JSON.stringify(
        statusJson({...seen, nodes: seen.nodes.map(n => ({...n, uptimeMs: inPlace ? n.uptimeMs : 0}))}),
      )
      if (text === before) return
      if (inPlace) process.stdout.write('\u001b[H\u001b[2J')
      else if (before && !this.asJson) this.out('')
      before = text
      this.show(seen, wide)
    }
    this.onInterrupt(() => {
      this.leave(
        EXIT.ok,
        this.quiet
          ? undefined
          : `\n${latest?.cluster ?? 'The cluster'} goes on. To stop it: ${this.hint('chronik cluster down')}`,
      )
    })
    const changed = (s: ClusterSnapshot): void => {
      draw(s).catch(() => undefined)
    }
    await draw(await client.subscribe({changed}))
    await client.closed
    throw new ChronikError(
      'CHRONIK_CLUSTER_GONE',
      EXIT.labState,
      `${latest?.cluster ?? 'The cluster'} is no longer up.`,
      {
        next: 'chronik cluster up',
      },
    )
  }
}
