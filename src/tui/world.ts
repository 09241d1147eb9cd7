import type {NodeId} from '../base/ids.ts'
import type {SupervisorClient} from '../supervisor/client.ts'
import type {HostLine} from '../verify/host-protocol.ts'
import type {Tone} from './lines.ts'

/** Gives the rows that came since the last call. */
export type Feed = () => Array<{text: string; tone?: Tone}>

/** A child of the dashboard. */
export interface Running {
  done: Promise<{ok: boolean; last: string}>
  end(): void
}

export interface RunningVerify {
  runPath: string
  done: Promise<{end: string; tone: Tone}>
  interrupt(): void
}

/** What the dashboard needs besides its terminal; `commands/dashboard.ts` gives it. */
export interface World {
  /** A conversation with the supervisor; throws when there is none. */
  connect(): Promise<SupervisorClient>
  /** Is there a supervisor now, and if not: was it stopped, did it die, is all of it gone? */
  standing(): 'starting' | 'up' | 'stopped' | 'LOST' | 'none'
  walFeed(group: string): Feed
  logFeed(node: NodeId): Feed
  /** Any chronik command on this cluster. */
  run(words: readonly string[], onLine: (text: string) => void): Running
  /** `chronik load` as a child that ends with this process. */
  load(): Running & {pid: number | undefined}
  /** `chronik verify recovery` on this cluster. */
  verify(tell: (line: HostLine) => void): RunningVerify
  /** Ends the cluster; data is kept. */
  down(client: SupervisorClient): Promise<string>
}
