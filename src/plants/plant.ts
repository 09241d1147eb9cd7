import type {BrokerParts} from '../broker/parts.ts'

/** A bug on purpose: the broker's replaceable parts with one changed. Nothing but the path of the node program tells that it is on. */
export interface Plant {
  id: string
  /** kebab-case; the id is accepted as well. */
  name: string
  /** What it does, in one line. */
  change: string
  /** The check that has to catch it. */
  caughtBy: string
  parts(sound: BrokerParts): BrokerParts
}
