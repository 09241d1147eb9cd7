import {sanitise, shortened} from '../render/sanitise.ts'
import {homely} from '../status-table.ts'
import type {WalSource} from './sources.ts'

const LABEL_MAX = 40

/** `n2`, or the path that was typed. */
export function labelOf({node, root}: WalSource): string {
  return node === undefined ? shortened(sanitise(homely(root)), LABEL_MAX) : `n${node}`
}
