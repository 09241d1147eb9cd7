import type {WireReader, WireWriter} from '../../formats/kafka/wire.ts'
import type {Backend} from '../backend.ts'

/** One request as a handler sees it. */
export interface Request {
  version: number
  correlationId: number
  clientId: string | null
  body: WireReader
  /** `ip:port` of the client. */
  remote: string
}

/** The only way to tell of a failure where no answer is expected (acks=0): the connection ends, and the client looks anew. */
export const CLOSE = 'close'

/** Writes the body of a response; undefined: none is sent (acks=0). */
export type Answer = ((w: WireWriter) => void) | typeof CLOSE | undefined

export interface Api {
  key: number
  name: string
  /** Versions that are handled: what ApiVersions advertises, and nothing else. */
  first: number
  last: number
  /** Advertised without being handled, where clients break when it is missing. */
  advertisedFirst?: number
  /** First version with compact types and tagged fields (KIP-482) in request and response header. */
  flexible: number
  handle(request: Request, backend: Backend): Promise<Answer>
}

/** The part of a message's definition that an API table needs. */
export interface Versions {
  first: number
  last: number
}

/** How an API comes about: read the request, answer it, write the response in the same version. */
export function api<Q, P extends object>(of: {
  key: number
  name: string
  versions: Versions
  advertisedFirst?: number
  flexible: number
  read(r: WireReader, v: number): Q
  write(w: WireWriter, response: P, v: number): void
  answer(
    request: Q,
    context: {backend: Backend; version: number; clientId: string | null; remote: string},
  ): Promise<P | typeof CLOSE | undefined>
}): Api {
  return {
    key: of.key,
    name: of.name,
    first: of.versions.first,
    last: of.versions.last,
    advertisedFirst: of.advertisedFirst,
    flexible: of.flexible,
    async handle(request, backend) {
      const {version, clientId, remote} = request
      const response = await of.answer(of.read(request.body, version), {backend, version, clientId, remote})
      if (response === CLOSE) return CLOSE
      return response && (w => of.write(w, response as P, version))
    },
  }
}
