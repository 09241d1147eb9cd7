import {randomBytes} from 'node:crypto'
import net from 'node:net'
import {concat} from '../base/bytes.ts'
import {systemCode} from '../base/errors.ts'
import type {NodeId} from '../base/ids.ts'
import type {NodeConfig} from '../contracts/node-config.ts'
import {probeAnswer, probeFrame} from '../contracts/peer-probe.ts'
import type {Place, Relay} from './relay.ts'

const LOOK_MS = 5

/** What was seen of one link, end to end. */
export type Probed =
  /** A question got its answer, after so long. */
  | {seen: 'answer'; ms: number}
  /** It went in and was swallowed on its way. */
  | {seen: 'swallowed'}
  /** Nobody takes connections at the far end. */
  | {seen: 'refused'}
  /** Nothing was seen in time, or the connection broke. */
  | {seen: 'nothing'}

interface Question {
  bytes: Uint8Array
  /** Is this the answer? Undefined: not whole yet. */
  answered(bytes: Uint8Array): boolean | undefined
}

/** Asks a node, on the way that another node's messages take. */
export function probePeer(relay: Relay, of: NodeConfig, to: NodeId, withinMs: number): Promise<Probed> {
  const nonce = randomBytes(8).toString('hex')
  return probe(relay, withinMs, {
    bytes: probeFrame(of, to, nonce),
    answered: bytes => {
      const answer = probeAnswer(bytes)
      return answer && answer.nonce === nonce && answer.node === to
    },
  })
}

/** Asks a node as a Kafka client would: ApiVersions, version 0, without a client id. */
export function probeKafka(relay: Relay, withinMs: number): Promise<Probed> {
  const correlation = randomBytes(4)
  const bytes = concat([Uint8Array.of(0, 0, 0, 10, 0, 18, 0, 0), correlation, Uint8Array.of(0xff, 0xff)])
  return probe(relay, withinMs, {
    bytes,
    answered: got => (got.length < 8 ? undefined : correlation.equals(got.subarray(4, 8))),
  })
}

function probe(relay: Relay, withinMs: number, question: Question): Promise<Probed> {
  const swallowed = (): number => relay.forth.swallowedBytes + relay.back.swallowedBytes
  const before = swallowed()
  return new Promise<Probed>(settle => {
    const resolve = (probed: Probed): void => void settle(probed)
    const begun = performance.now()
    const socket = dial(relay.at)
    let got: Uint8Array = new Uint8Array(0)
    const end = (probed: Probed): void => {
      clearTimeout(timer)
      clearInterval(look)
      socket.destroy()
      resolve(probed)
    }
    const timer = setTimeout(() => end({seen: 'nothing'}), withinMs)
    const look = setInterval(() => {
      if (swallowed() > before) end({seen: 'swallowed'})
    }, LOOK_MS)
    socket.once('connect', () => socket.write(question.bytes))
    socket.on('data', bytes => {
      got = concat([got, bytes])
      const answered = attempt(() => question.answered(got))
      if (answered !== undefined) end(answered ? {seen: 'answer', ms: performance.now() - begun} : {seen: 'nothing'})
    })
    socket.on('error', error => {
      const nobody = ['ECONNREFUSED', 'ENOENT'].includes(systemCode(error) ?? '')
      end({seen: nobody ? 'refused' : 'nothing'})
    })
    socket.on('close', () => end({seen: 'nothing'}))
  })
}

function dial(at: Place): net.Socket {
  return 'path' in at ? net.connect(at.path) : net.connect({host: at.host, port: at.port, noDelay: true})
}

function attempt(run: () => boolean | undefined): boolean | undefined {
  try {
    return run()
  } catch {
    return false
  }
}
