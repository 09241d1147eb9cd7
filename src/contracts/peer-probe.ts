import {concat, fromUtf8, toHex, utf8} from '../base/bytes.ts'
import {crc32} from '../base/crc32.ts'
import {hmacSha256, sameSecret} from '../base/hash.ts'
import type {NodeId} from '../base/ids.ts'
import type {NodeConfig} from './node-config.ts'

/** The kind of a peer's frame (its first payload byte) that is a probe, in both directions. */
export const PROBE_KIND = 4
const HEADER = 8

/**
 * Whoever knows the cluster's secret may ask, as the first frame on a connection to a node's Raft port, whether it is reached: the answer is the nonce
 * and the node's name, then the connection is closed. So a link is measured end to end, on the way that a peer's messages take.
 */
export interface ProbeAnswer {
  nonce: string
  node: NodeId
  incarnation: string
}

interface ProbeQuestion {
  magic: 'chronik-probe'
  nonce: string
  proof: string
}

type Known = Pick<NodeConfig, 'clusterId' | 'secret'>

/** The whole frame: u32 length and u32 CRC-32 of the payload, big-endian; kind; JSON. */
export function probeFrame(of: Known, to: NodeId, nonce: string): Uint8Array {
  const question: ProbeQuestion = {magic: 'chronik-probe', nonce, proof: proofOf(of, to, nonce)}
  const payload = concat([Uint8Array.of(PROBE_KIND), utf8(JSON.stringify(question))])
  const header = new DataView(new ArrayBuffer(HEADER))
  header.setUint32(0, payload.length)
  header.setUint32(4, crc32(payload))
  return concat([new Uint8Array(header.buffer), payload])
}

/** The nonce of a question to this node; undefined when it is none, or of somebody who does not know the secret. */
export function probeNonce(of: Known, self: NodeId, body: Uint8Array): string | undefined {
  try {
    const {magic, nonce, proof} = JSON.parse(fromUtf8(body)) as ProbeQuestion
    if (magic !== 'chronik-probe' || typeof nonce !== 'string' || nonce.length > 64) return undefined
    return sameSecret(String(proof), proofOf(of, self, nonce)) ? nonce : undefined
  } catch {
    return undefined
  }
}

/** The answer in what came back so far; undefined when it is not whole yet. Throws when it is none. */
export function probeAnswer(bytes: Uint8Array): ProbeAnswer | undefined {
  if (bytes.length < HEADER) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (bytes.length < HEADER + length) return undefined
  return JSON.parse(fromUtf8(bytes.subarray(HEADER + 1, HEADER + length))) as ProbeAnswer
}

function proofOf({clusterId, secret}: Known, to: NodeId, nonce: string): string {
  return toHex(hmacSha256(utf8(secret), utf8(JSON.stringify(['probe', clusterId, to, nonce]))))
}
