import type {Address, Connection, Listener} from '../../io/ports.ts'
import type {Backend} from '../backend.ts'
import {Client, type ClientHost} from './client.ts'
import {GroupCoordinator} from './coordinator/coordinator.ts'
import {Dispatch} from './dispatch.ts'
import {ByteBudget, SERVER_LIMITS, type ServerLimits} from './limits.ts'

/** Clients can make the node log; so many lines are written in an interval, then their number alone. */
const LINES_AN_INTERVAL = 20
const INTERVAL_MS = 10_000

export interface KafkaServer {
  address: Address
  connections(): number
  /** Bytes that requests and unsent answers hold now. */
  heldBytes(): number
  close(): void
}

export async function startKafkaServer(
  backend: Backend,
  listenAt: Address | {path: string},
  limits: Partial<ServerLimits> = {},
): Promise<KafkaServer> {
  const server = new Server(backend, {...SERVER_LIMITS, ...limits})
  return server.listen(listenAt)
}

class Server implements ClientHost {
  readonly #backend: Backend
  readonly #clients = new Set<Client>()
  readonly #ofAddress = new Map<string, number>()
  readonly limits: ServerLimits
  readonly budget: ByteBudget
  readonly dispatch: Dispatch
  #intervalFrom = Number.NEGATIVE_INFINITY
  #lines = 0

  constructor(backend: Backend, limits: ServerLimits) {
    this.#backend = backend
    this.limits = limits
    this.budget = new ByteBudget(limits.heldBytesMax)
    this.dispatch = new Dispatch(backend, new GroupCoordinator(backend))
  }

  get clock() {
    return this.#backend.io.clock
  }

  async listen(at: Address | {path: string}): Promise<KafkaServer> {
    const {network} = this.#backend.io
    const listener: Listener = await network.listen(
      at,
      connection => this.#accept(connection),
      trouble => this.log(`new connections wait: ${trouble.message}`),
    )
    return {
      address: listener.address as Address,
      connections: () => this.#clients.size,
      heldBytes: () => this.budget.held,
      close: () => {
        listener.close()
        for (const client of this.#clients) client.connection.reset()
      },
    }
  }

  #accept(connection: Connection): void {
    const {connectionsMax, connectionsPerAddressMax} = this.limits
    const address = connection.remote.slice(0, connection.remote.lastIndexOf(':'))
    const of = this.#ofAddress.get(address) ?? 0
    if (this.#clients.size >= connectionsMax || of >= connectionsPerAddressMax) {
      connection.reset()
      this.log(
        this.#clients.size >= connectionsMax
          ? `client ${connection.remote} refused: ${connectionsMax} connections are open`
          : `client ${connection.remote} refused: ${connectionsPerAddressMax} connections of its address are open`,
      )
      return
    }
    this.#ofAddress.set(address, of + 1)
    this.#clients.add(new Client(this, connection))
  }

  gone(client: Client): void {
    if (!this.#clients.delete(client)) return
    const left = (this.#ofAddress.get(client.address) ?? 1) - 1
    if (left > 0) this.#ofAddress.set(client.address, left)
    else this.#ofAddress.delete(client.address)
  }

  log(line: string): void {
    const now = this.clock.monotonicMs()
    if (now - this.#intervalFrom > INTERVAL_MS) {
      if (this.#lines > LINES_AN_INTERVAL)
        this.#backend.io.log('WARN', `${this.#lines - LINES_AN_INTERVAL} more lines about clients were left out`)
      this.#intervalFrom = now
      this.#lines = 0
    }
    this.#lines++
    if (this.#lines <= LINES_AN_INTERVAL) this.#backend.io.log('WARN', line)
  }
}
