// Made by scripts/kafka-codecs.mjs from ../schemas/InitProducerIdRequest.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const initProducerIdRequestFlexible = 2
export const initProducerIdRequestVersions = {first: 0, last: 6} as const

export interface InitProducerIdRequest {
  transactionalId: string | null
  transactionTimeoutMs: number
  producerId: number
  producerEpoch: number
  enable2Pc: boolean
  keepPreparedTxn: boolean
}

export interface InitProducerIdRequestInit {
  transactionalId?: string | null
  transactionTimeoutMs?: number
  producerId?: number
  producerEpoch?: number
  enable2Pc?: boolean
  keepPreparedTxn?: boolean
}

function defaultInitProducerIdRequest(): InitProducerIdRequest {
  return {transactionalId: "", transactionTimeoutMs: 0, producerId: -1, producerEpoch: -1, enable2Pc: false, keepPreparedTxn: false}
}

export function readInitProducerIdRequest(r: WireReader, v: number): InitProducerIdRequest {
  const m = defaultInitProducerIdRequest()
  const f = v >= 2
  m.transactionalId = r.nullableString(f)
  m.transactionTimeoutMs = r.int32()
  if (v >= 3) m.producerId = r.int64()
  if (v >= 3) m.producerEpoch = r.int16()
  if (v >= 6) m.enable2Pc = r.bool()
  if (v >= 6) m.keepPreparedTxn = r.bool()
  if (f) r.tagged()
  return m
}

export function writeInitProducerIdRequest(w: WireWriter, init: InitProducerIdRequestInit, v: number): void {
  const f = v >= 2
  {
    const transactionalId = init.transactionalId === undefined ? "" : init.transactionalId
    w.string(transactionalId, f)
  }
  {
    const transactionTimeoutMs = init.transactionTimeoutMs === undefined ? 0 : init.transactionTimeoutMs
    w.int32(transactionTimeoutMs)
  }
  if (v >= 3) {
    const producerId = init.producerId === undefined ? -1 : init.producerId
    w.int64(producerId)
  }
  if (v >= 3) {
    const producerEpoch = init.producerEpoch === undefined ? -1 : init.producerEpoch
    w.int16(producerEpoch)
  }
  if (v >= 6) {
    const enable2Pc = init.enable2Pc === undefined ? false : init.enable2Pc
    w.bool(enable2Pc)
  }
  if (v >= 6) {
    const keepPreparedTxn = init.keepPreparedTxn === undefined ? false : init.keepPreparedTxn
    w.bool(keepPreparedTxn)
  }
  if (f) w.tagged()
}
