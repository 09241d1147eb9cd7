import type {NodeId} from '../../base/ids.ts'
import type {MetadataCommand} from '../../formats/metadata-command.ts'
import type {Disk} from '../../io/ports.ts'
import type {Applied, MetadataImage} from './image.ts'

/** Decisions about metadata that a planted bug may replace. */
export interface MetadataRules {
  apply(image: MetadataImage, command: MetadataCommand, node: NodeId): Applied
  /** May a node come with this directory, when it is known with that one? */
  mayCome(known: string | undefined, directoryId: string): boolean
  /** Called once a life, for the topic directories that the first image does not know; undefined: they stay, unopened. */
  strangers: ((disk: Disk, dirs: readonly string[]) => Promise<void>) | undefined
}

export const defaultMetadataRules: MetadataRules = {
  apply: (image, command) => image.apply(command),
  mayCome: (known, directoryId) => known === undefined || known === directoryId,
  strangers: undefined,
}
