import type {BrokerParts} from '../broker/parts.ts'

/** A harmless change to a broker, on purpose: whatever a check says of it is said of a sound broker. */
export interface Control {
  /** kebab-case. */
  name: string
  /** What it does, in one line. */
  change: string
  /** The parts with one changed. */
  parts?(sound: BrokerParts): BrokerParts
  /** Engine and topic defaults that are others, as the user types them. */
  settings?: Readonly<Record<string, number | string>>
}
