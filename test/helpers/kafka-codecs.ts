import {type Codecs, loadCodec, plainCodecs} from '../../src/inspect/kafka/codecs.ts'

/** Every codec that this machine has. */
export async function allCodecs(): Promise<Codecs> {
  const codecs = plainCodecs()
  for (const name of ['snappy', 'lz4', 'zstd'] as const) await loadCodec(codecs, name)
  return codecs
}
