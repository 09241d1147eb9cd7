import {basename, dirname} from 'node:path'
import {Flags, type Interfaces} from '@oclif/core'
import {EXIT, type ExitCode, UsageError} from '../base/errors.ts'
import type {GroupName, Index, NodeId, Term} from '../base/ids.ts'
import {FileWindow} from '../inspect/file-window.ts'
import {readGroup} from '../inspect/group.ts'
import {type KafkaFile, readQuorumState} from '../inspect/kafka/files.ts'
import {groupPlaces} from '../inspect/node.ts'
import type {GroupReading} from '../inspect/reading.ts'
import {walk} from '../inspect/walk.ts'
import {nodeFiles} from '../io/node/read-only-files.ts'
import {hardStateWords} from '../judge/words.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import {connect, readCluster} from '../supervisor/registry.ts'
import {BaseCommand} from './base.ts'
import {groupFlags, groupOf} from './nodes.ts'
import {Printer} from './render/printer.ts'
import {sanitise, shortened} from './render/sanitise.ts'
import {homely} from './status-table.ts'
import {columns} from './terminal.ts'
import {kafkaWords} from './wal/kafka.ts'
import {labelOf} from './wal/label.ts'
import {nodeDirs, type WalSource, walSources} from './wal/sources.ts'

interface State {
  term: Term
  /** Absent: nobody tells it. */
  vote?: NodeId
  commit: Index
}

type Comparison = 'same' | 'ahead' | 'DIFFERS' | 'damaged' | '-'

interface Row {
  label: string
  source: WalSource
  reading: GroupReading
  live?: State
  word: Comparison
}

/** The same of a quorum-state: what lies there, or why it cannot be read. */
interface QuorumRow {
  file: KafkaFile
  node: NodeId | undefined
  state: ReturnType<typeof readQuorumState>
  live?: State
  word: Comparison
}

const LOOKS = 6
const LOOK_EVERY_MS = 50
const LABEL_MAX = 40

export default class HardState extends BaseCommand {
  static override summary = 'Term, vote and commit: on disk beside live. Exit 1 when they differ.'
  static override usage = '[NODE|PATH]... [-t T --partition P] [--history]'
  static override examples = ['chronik hardstate', 'chronik hardstate 2 --history', 'chronik hardstate ./node1/wal']
  static override strict = false
  static override flags = {
    ...groupFlags,
    history: Flags.boolean({summary: 'every HardState record there is, in the order of the file'}),
  }

  protected async execute(flags: Interfaces.InferredFlags<typeof HardState.flags>): Promise<ExitCode> {
    const kafka = kafkaWords(this.words, this.place().dir)
    if (kafka) return this.quorumStates(kafka)
    const group = flags.topic === undefined && flags.partition === undefined ? undefined : groupOf(flags)
    const {name, dir} = this.place()
    const sources = walSources(this.words, {cluster: name, dir, group})
    if (flags.history) return this.history(sources)
    const client = sources.some(s => s.node !== undefined) ? await this.reached() : undefined
    try {
      const rows: Row[] = []
      for (const source of sources) rows.push(await this.row(source, client))
      if (this.asJson) for (const row of rows) this.json(asJson(row))
      else this.out(table(rows))
      return rows.some(r => r.word === 'DIFFERS' || r.word === 'damaged') ? EXIT.failed : EXIT.ok
    } finally {
      client?.close()
    }
  }

  /** Apache Kafka's nodes keep term and vote in quorum-state; the high watermark is on no disk. */
  private async quorumStates(all: readonly KafkaFile[]): Promise<ExitCode> {
    const files = all.filter(f => f.kind === 'quorum-state')
    if (files.length === 0) throw new UsageError('There is no quorum-state.')
    const {dir} = this.place()
    const nodes = [...nodeDirs(dir)]
    const nodeOf = (path: string): NodeId | undefined => nodes.find(([, at]) => path.startsWith(`${at}/`))?.[0]
    const client = files.some(f => nodeOf(f.path) !== undefined) ? await this.reached() : undefined
    try {
      const rows: QuorumRow[] = []
      for (const file of files) rows.push(await this.quorumRow(file, nodeOf(file.path), client))
      if (this.asJson) for (const row of rows) this.json(quorumJson(row))
      else this.out(columns([['NODE', 'ON DISK', 'WHERE', 'LIVE', ''], ...rows.map(quorumCells)]))
      return rows.some(r => r.word === 'DIFFERS' || r.word === 'damaged') ? EXIT.failed : EXIT.ok
    } finally {
      client?.close()
    }
  }

  private async quorumRow(
    file: KafkaFile,
    node: NodeId | undefined,
    client: SupervisorClient | undefined,
  ): Promise<QuorumRow> {
    const group = file.partition.replace(/-(\d+)$/, '/$1')
    return looked(client, async () => {
      const state = readQuorumState(nodeFiles, file.path)
      const live = client && node !== undefined ? await liveState(client, node, group) : undefined
      const disk = typeof state === 'string' ? undefined : {term: state.leaderEpoch, vote: Math.max(0, state.votedId)}
      const agree = disk && disk.term === live?.term && disk.vote === (live.vote ?? disk.vote)
      const word: Comparison = !disk ? 'damaged' : !live ? '-' : agree ? 'same' : 'DIFFERS'
      return {file, node, state, live, word}
    })
  }

  /** The supervisor, when one runs; the disk can be read without. */
  private async reached(): Promise<SupervisorClient | undefined> {
    const place = this.place()
    if (readCluster(place).state !== 'up') return undefined
    try {
      return await this.within(connect(place, this.asker), 'the supervisor')
    } catch (error) {
      this.note(`No live state: ${(error as Error).message}`)
      return undefined
    }
  }

  private async row(source: WalSource, client: SupervisorClient | undefined): Promise<Row> {
    return looked(client, async () => {
      const reading = readGroup(nodeFiles, fresh(source)).reading
      const live =
        client && source.node !== undefined ? await liveState(client, source.node, source.place.group) : undefined
      return {label: labelOf(source), source, reading, live, word: compared(reading, live, source.single)}
    })
  }

  private async history(sources: WalSource[]): Promise<ExitCode> {
    const printer = new Printer()
    if (!this.asJson) await printer.line('NODE  TERM  VOTE  COMMIT  WHERE')
    for (const {node, place} of sources)
      for (const {path, bytes} of place.segments)
        for (const seen of walk(new FileWindow(nodeFiles, path, bytes))) {
          if (seen.seen !== 'record' || seen.said.kind !== 'HardState') continue
          const {term, vote, commit} = seen.said
          const at = {file: path, at: seen.at}
          const cells = [term, vote, commit].map((n, i) => String(n).padStart([4, 4, 6][i]))
          const label = (node === undefined ? '-' : `n${node}`).padEnd(4)
          await printer.line(
            this.asJson
              ? JSON.stringify({...(node === undefined ? {} : {node}), group: place.group, term, vote, commit, ...at})
              : `${label}  ${cells.join('  ')}  ${sanitise(basename(path))}@${seen.at}`,
          )
        }
    await printer.flush()
    return EXIT.ok
  }
}

/** Looks again while disk and node do not agree: it answers from memory what it may be writing just now, and a difference counts when it stays. */
async function looked<R extends {word: Comparison}>(
  client: SupervisorClient | undefined,
  look: () => Promise<R>,
): Promise<R> {
  for (let n = 1; ; n++) {
    const row = await look()
    if ((row.word !== 'DIFFERS' && row.word !== 'damaged') || !client || n === LOOKS) return row
    await new Promise(done => setTimeout(done, LOOK_EVERY_MS))
  }
}

function quorumCells({file, live, node, state, word}: QuorumRow): string[] {
  const damaged = typeof state === 'string'
  const leader = damaged ? `DAMAGED: ${sanitise(state)}` : `leader ${Math.max(0, state.leaderId)}`
  return [
    node === undefined ? shortened(sanitise(homely(dirname(file.path))), LABEL_MAX) : `n${node}`,
    damaged ? 'none' : `term ${state.leaderEpoch} vote ${Math.max(0, state.votedId)} commit -`,
    `${basename(file.path)}@0`,
    live ? hardStateWords(live) : '-',
    word === 'same' || word === 'DIFFERS' ? `${word}, ${leader}` : leader,
  ]
}

function quorumJson({file, live, node, state, word}: QuorumRow): Record<string, unknown> {
  const damaged = typeof state === 'string'
  const disk = damaged
    ? null
    : {
        term: state.leaderEpoch,
        vote: Math.max(0, state.votedId),
        commit: null,
        leader: Math.max(0, state.leaderId),
        file: file.path,
        at: 0,
      }
  return {
    ...(node === undefined ? {} : {node}),
    group: file.partition,
    disk,
    live: live ?? null,
    verdict: word === '-' ? null : word,
    ...(damaged ? {damage: [{file: file.path, at: 0, why: state}]} : {}),
  }
}

function fresh(source: WalSource) {
  const {group, dir} = source.place
  return groupPlaces(nodeFiles, source.root).find(p => p.group === group && p.dir === dir) ?? source.place
}

async function liveState(client: SupervisorClient, node: NodeId, group: GroupName): Promise<State | undefined> {
  const [reading] = await client.ask([node])
  const found = reading?.live?.groups.find(g => g.group === group)
  return found && {term: found.term, vote: found.vote, commit: found.commit}
}

/** same · ahead (the live commit is above the disk's: it is written with the next batch) · DIFFERS. */
function compared({damage, hardState}: GroupReading, live: State | undefined, single: boolean): Comparison {
  if (damage.length > 0 && !single) return 'damaged'
  if (!live) return '-'
  const disk = hardState ?? {term: 0, vote: 0, commit: 0}
  // Kafka's quorum-state holds no commit.
  const commit = disk.commit ?? live.commit
  if (disk.term !== live.term || disk.vote !== (live.vote ?? disk.vote) || live.commit < commit) return 'DIFFERS'
  return live.commit === commit ? 'same' : 'ahead'
}

function table(rows: readonly Row[]): string {
  return columns([
    ['NODE', 'ON DISK', 'WHERE', 'LIVE', ''],
    ...rows.map(({label, reading, live, word}) => {
      const {damage, hardState} = reading
      const first = damage[0]
      return [
        label,
        hardState ? hardStateWords(hardState) : 'none',
        hardState ? `${sanitise(basename(hardState.file))}@${hardState.at}` : '-',
        live ? hardStateWords(live) : '-',
        word === 'ahead'
          ? 'ahead (normal: commit is written lazily)'
          : word === 'damaged' && first
            ? `DAMAGED ${sanitise(basename(first.file))}@${first.at}: ${sanitise(first.why)}`
            : word === '-'
              ? ''
              : word,
      ]
    }),
  ])
}

function asJson({source, reading, live, word}: Row): Record<string, unknown> {
  const {damage, group, hardState} = reading
  const disk = hardState && {
    term: hardState.term,
    vote: hardState.vote,
    commit: hardState.commit,
    file: hardState.file,
    at: hardState.at,
  }
  return {
    ...(source.node === undefined ? {} : {node: source.node}),
    group,
    disk: disk ?? null,
    live: live ?? null,
    verdict: word === '-' ? null : word,
    ...(damage.length > 0 ? {damage: damage.map(({file, at, why}) => ({file, at, why}))} : {}),
  }
}
