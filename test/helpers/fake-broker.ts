import net from 'node:net'
import {viewOf} from '../../src/base/bytes.ts'
import {writeApiVersionsResponse} from '../../src/formats/kafka/generated/api-versions-response.ts'
import {WireReader, WireWriter} from '../../src/formats/kafka/wire.ts'
import type {Address} from '../../src/io/ports.ts'
import {APIS, type ApiName} from './kafka-apis.ts'

type Init<N extends ApiName> = Parameters<(typeof APIS)[N]['writeResponse']>[1]

/** What it says to each API, given its own address; asked anew for every request. */
export type Answers = {[N in ApiName]?: (at: Address) => Init<N> | Promise<Init<N>>}

export interface FakeBroker {
  at: Address
  close(): void
}

/** Answers ApiVersions, and what it is told, and nothing else; one request of a connection after the other. `listed`: the keys that it claims to answer. */
export async function fakeBroker(answers: Answers, listed?: readonly number[]): Promise<FakeBroker> {
  const names = Object.keys(answers) as ApiName[]
  const apiKeys = (listed ?? [APIS.ApiVersions.key, ...names.map(name => APIS[name].key)]).map(apiKey => {
    const known = Object.values(APIS).find(api => api.key === apiKey)
    return {apiKey, minVersion: 0, maxVersion: known?.versions.last ?? 0}
  })
  const answer = async (request: Uint8Array): Promise<Uint8Array | undefined> => {
    const r = new WireReader(request)
    const [key, version, correlation] = [r.int16(), r.int16(), r.int32()]
    const w = new WireWriter(1_024)
    w.int32(0)
    w.int32(correlation)
    const name = names.find(n => APIS[n].key === key)
    if (key === APIS.ApiVersions.key) writeApiVersionsResponse(w, {apiKeys}, version)
    else if (name) {
      if (version >= APIS[name].flexible) w.tagged()
      const write = APIS[name].writeResponse as (w: WireWriter, init: unknown, v: number) => void
      write(w, await answers[name]?.(at), version)
    } else return undefined
    const frame = w.written()
    viewOf(frame).setInt32(0, frame.length - 4)
    return frame
  }
  const server = net.createServer(socket => {
    let before: Promise<unknown> = Promise.resolve()
    let left = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', bytes => {
      left = Buffer.concat([left, bytes])
      while (left.length >= 4 && left.length >= 4 + left.readUInt32BE()) {
        const end = 4 + left.readUInt32BE()
        const request = left.subarray(4, end)
        left = left.subarray(end)
        before = before.then(async () => {
          const frame = await answer(request)
          if (frame && !socket.destroyed) socket.write(frame)
        })
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as net.AddressInfo
  const at = {host: '127.0.0.1', port}
  return {at, close: () => server.close()}
}
