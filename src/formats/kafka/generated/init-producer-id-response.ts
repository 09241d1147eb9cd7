// Made by scripts/kafka-codecs.mjs from ../schemas/InitProducerIdResponse.json.
import type {WireReader, WireWriter} from '../wire.ts'

export const initProducerIdResponseFlexible = 2
export const initProducerIdResponseVersions = {first: 0, last: 6} as const

export interface InitProducerIdResponse {
  throttleTimeMs: number
  errorCode: number
  producerId: number
  producerEpoch: number
  ongoingTxnProducerId: number
  ongoingTxnProducerEpoch: number
}

export interface InitProducerIdResponseInit {
  throttleTimeMs?: number
  errorCode?: number
  producerId?: number
  producerEpoch?: number
  ongoingTxnProducerId?: number
  ongoingTxnProducerEpoch?: number
}

function defaultInitProducerIdResponse(): InitProducerIdResponse {
  return {throttleTimeMs: 0, errorCode: 0, producerId: -1, producerEpoch: 0, ongoingTxnProducerId: -1, ongoingTxnProducerEpoch: -1}
}

export function readInitProducerIdResponse(r: WireReader, v: number): InitProducerIdResponse {
  const m = defaultInitProducerIdResponse()
  const f = v >= 2
  m.throttleTimeMs = r.int32()
  m.errorCode = r.int16()
  m.producerId = r.int64()
  m.producerEpoch = r.int16()
  if (v >= 6) m.ongoingTxnProducerId = r.int64()
  if (v >= 6) m.ongoingTxnProducerEpoch = r.int16()
  if (f) r.tagged()
  return m
}

export function writeInitProducerIdResponse(w: WireWriter, init: InitProducerIdResponseInit, v: number): void {
  const f = v >= 2
  {
    const throttleTimeMs = init.throttleTimeMs === undefined ? 0 : init.throttleTimeMs
    w.int32(throttleTimeMs)
  }
  {
    const errorCode = init.errorCode === undefined ? 0 : init.errorCode
    w.int16(errorCode)
  }
  {
    const producerId = init.producerId === undefined ? -1 : init.producerId
    w.int64(producerId)
  }
  {
    const producerEpoch = init.producerEpoch === undefined ? 0 : init.producerEpoch
    w.int16(producerEpoch)
  }
  if (v >= 6) {
    const ongoingTxnProducerId = init.ongoingTxnProducerId === undefined ? -1 : init.ongoingTxnProducerId
    w.int64(ongoingTxnProducerId)
  }
  if (v >= 6) {
    const ongoingTxnProducerEpoch = init.ongoingTxnProducerEpoch === undefined ? -1 : init.ongoingTxnProducerEpoch
    w.int16(ongoingTxnProducerEpoch)
  }
  if (f) w.tagged()
}
