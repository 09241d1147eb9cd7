import type {BrokerParts} from '../broker/parts.ts'

/** A bug on purpose: the broker's replaceable parts with one changed. Nothing but the path of the node program tells that it is on. */
export interface Plant {
  id: string
  /** kebab-case; the id is accepted as well. */
  name: string
  /** What it does, in one line. */
  change: string
  /** The check of `chronik verify` that has to catch it; in simulation too, unless `caughtInSim` says otherwise. */
  caughtBy: string
  /** The checks of which one has to catch it in simulation. */
  caughtInSim?: readonly string[]
  /** The scenarios of the simulator under which it is sought. */
  scenarios: readonly string[]
  parts(sound: BrokerParts): BrokerParts
}
