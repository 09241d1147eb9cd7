import type {BrokerParts} from '../broker/parts.ts'

/** A planted bug: a copy of the broker's replaceable parts with one changed. Suites, checks and judge never learn of it. */
export interface Plant {
  /** As in the table of planted bugs: `W01`. */
  id: string
  /** Its name in kebab case; both are accepted. */
  name: string
  /** What is changed, in one line. */
  change: string
  /** The public bug, or the kind of bug, that it stands for. */
  real: string
  /** What has to happen for it to show. */
  needs: string
  /** Ids of the checks of which one has to fail. */
  caughtBy: readonly string[]
  plant(parts: BrokerParts): BrokerParts
}
