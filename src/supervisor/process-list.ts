import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {NodeId} from '../base/ids.ts'
import {isAlive, type ProcessId, signalProcess} from './process-id.ts'

/** A node's process as `processes.json` knows it; without a pid: it was about to be started. */
export interface ListedProcess extends Partial<ProcessId> {
  node: NodeId
}

/** How long what a dead supervisor left may take to notice that by itself. */
const NOTICE_MS = 1_000
const GONE_MS = 5_000
const POLL_MS = 10

/**
 * `processes.json` of a cluster: every process that its supervisor is responsible for, written as an intent before it is started and with pid and
 * start time after. Nodes end when their supervisor does; what cannot notice (a paused one) is found here and ended by the next supervisor.
 */
export class ProcessList {
  readonly #path: string
  readonly #processes = new Map<NodeId, ListedProcess>()

  constructor(dir: string) {
    this.#path = listPath(dir)
  }

  intend(node: NodeId): void {
    this.#processes.set(node, {node})
    this.#write()
  }

  started(node: NodeId, id: ProcessId): void {
    this.#processes.set(node, {node, ...id})
    this.#write()
  }

  gone(node: NodeId): void {
    this.#processes.delete(node)
    this.#write()
  }

  #write(): void {
    try {
      if (this.#processes.size === 0) rmSync(this.#path, {force: true})
      else {
        writeFileSync(`${this.#path}.tmp`, `${JSON.stringify([...this.#processes.values()])}\n`, {mode: 0o600})
        renameSync(`${this.#path}.tmp`, this.#path)
      }
    } catch {
      // A full disk: nodes still end with their supervisor, only a paused one could be missed.
    }
  }
}

const listPath = (dir: string): string => join(dir, 'processes.json')

/** What a supervisor that is no more has left running or was about to start. */
export function listedProcesses(dir: string): ListedProcess[] {
  try {
    const list = JSON.parse(readFileSync(listPath(dir), 'utf8')) as ListedProcess[]
    return Array.isArray(list) ? list.filter(p => Number.isInteger(p?.node)) : []
  } catch {
    return []
  }
}

const known = (p: ListedProcess): p is ListedProcess & ProcessId =>
  Number.isInteger(p.pid) && typeof p.startTime === 'string' && p.startTime !== ''

/** Of a list, the very processes that are still there. */
export function stillThere(list: readonly ListedProcess[]): Array<ListedProcess & ProcessId> {
  return list.filter(known).filter(isAlive)
}

/**
 * Ends what the last supervisor of this folder left: whatever does not end by itself in a second gets SIGKILL, by pid and start time. Gives those
 * that needed it. Whoever calls this holds the lock.
 */
export async function endLeftOvers(dir: string): Promise<ListedProcess[]> {
  const list = listedProcesses(dir)
  await waitUntil(() => stillThere(list).length === 0, NOTICE_MS)
  const ended = stillThere(list).filter(p => signalProcess(p, 'SIGKILL'))
  await waitUntil(() => stillThere(ended).length === 0, GONE_MS)
  rmSync(listPath(dir), {force: true})
  return ended
}

async function waitUntil(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!holds() && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, POLL_MS))
}
