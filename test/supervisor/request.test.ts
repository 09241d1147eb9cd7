import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {Action} from '../../src/contracts/action.ts'
import {requestOf} from '../../src/supervisor/request.ts'

const said = (value: unknown) => requestOf(JSON.stringify(value))

describe('requests to the supervisor', () => {
  const actions: Action[] = [
    {do: 'kill', who: {role: 'leader', group: 'orders/1'}, signal: 'SIGTERM', forMs: 5_000, repeat: 3},
    {do: 'kill', who: {role: 'all'}, powerLoss: true, seed: '7f3a91'},
    {do: 'kill', who: {role: 'all'}, powerLoss: true, losesAll: true},
    {do: 'stop', who: {nodes: [1, 2]}, forMs: 1},
    {do: 'start'},
    {do: 'start', who: {nodes: [3]}, patienceMs: 0},
    {do: 'restart', who: {role: 'all'}, rolling: true},
    {do: 'pause', who: {role: 'minority'}},
    {do: 'resume'},
    {do: 'heal', start: true},
    {do: 'damage', how: 'flip', who: {nodes: [2], group: 'orders/1'}, path: 'wal_1_0.log', byte: 4_096},
    {do: 'heal', faults: ['f12']},
    {do: 'kill', who: {nodes: [2]}, at: 'metadata-wal.sync.before', when: 'role=leader', waitMs: 5_000},
    {do: 'clock', who: {nodes: [2]}, byMs: -3_600_000, forMs: 1_000},
    {do: 'disk', who: {role: 'leader'}, trouble: {roomBytes: 0, eio: {on: 'sync', times: 1}, syncDelayMs: 200}},
    {do: 'partition', who: {role: 'leader'}, oneWay: 'in', clients: true, forMs: 5_000},
    {do: 'partition', groups: [[1, 2], [3]]},
    {do: 'link', from: 1, to: 2, shape: {latencyMs: 100, jitterMs: 5, lossPercent: 0.5, bytesPerSecond: 1_000}},
    {do: 'repair', who: {nodes: [2]}},
    {do: 'mark', text: 'before'},
  ]

  it.each(actions)('taken as it is: %j', action => {
    const request = {id: 7, call: 'act', action}
    expect(said(request)).toEqual(request)
  })

  it.each([
    {id: 1, call: 'hello', protocol: 9, version: '9.0.0', who: {name: 'x', pid: 1}, later: ['more']},
    {id: 1, call: 'shutdown', mode: 'stop'},
    {id: 1, call: 'snapshot'},
    {id: 1, call: 'subscribe', from: 3},
    {id: 1, call: 'ask', nodes: [1]},
    {id: 1, call: 'report', kind: 'load', text: 'x', data: {acked: 3}},
    {id: 1, call: 'hold', why: 'verify'},
    {id: 1, call: 'release'},
  ])('taken as it is: %j', request => {
    expect(said(request)).toEqual(request)
  })

  it.each([
    ['no JSON', undefined, '{'],
    ['no object', undefined, '[]'],
    ['no object', undefined, 'null'],
    ['no id', undefined, '{"call":"snapshot"}'],
    ['no id', undefined, '{"id":-1,"call":"snapshot"}'],
    ['no id', undefined, '{"id":1e309,"call":"snapshot"}'],
    ['The supervisor does not know this call.', 1, '{"id":1,"call":"constructor"}'],
    ['The supervisor does not know this call.', 1, '{"id":1,"call":["act"]}'],
    ['The supervisor does not understand this act.', 1, '{"id":1,"call":"act"}'],
    ['The supervisor does not understand this act.', 1, '{"id":1,"call":"act","action":{"do":"toString"}}'],
    ['The supervisor does not understand this act.', 1, '{"id":1,"call":"act","action":{"do":"kill"}}'],
    [
      'The supervisor does not understand this act.',
      1,
      '{"id":1,"call":"act","action":{"do":"kill","who":{"nodes":["1"]}}}',
    ],
    [
      'The supervisor does not understand this act.',
      1,
      '{"id":1,"call":"act","action":{"do":"kill","who":{"role":"nobody"}}}',
    ],
    [
      'The supervisor does not understand this act.',
      1,
      '{"id":1,"call":"act","action":{"do":"kill","who":{"nodes":[1]},"signal":"SIGKILL; rm"}}',
    ],
    [
      'The supervisor does not understand this act.',
      1,
      '{"id":1,"call":"act","action":{"do":"mark","text":"a","also":1}}',
    ],
    [
      'The supervisor does not understand this act.',
      1,
      `{"id":1,"call":"act","action":{"do":"pause","who":{"nodes":[1]},"forMs":1e300}}`,
    ],
    ['The supervisor does not understand this shutdown.', 1, '{"id":1,"call":"shutdown","mode":"burn"}'],
    ['The supervisor does not understand this hello.', 1, '{"id":1,"call":"hello","who":{"name":{},"pid":1}}'],
    ['The supervisor does not understand this report.', 1, '{"id":1,"call":"report","kind":"node","text":"x"}'],
    ['The supervisor does not understand this ask.', 1, '{"id":1,"call":"ask","nodes":[1.5]}'],
  ])('hardening 13: %s', (wrong, id, line) => {
    expect(requestOf(line)).toEqual(id === undefined ? {wrong} : {wrong, id})
  })

  it('hardening 13: nothing that is sent makes the reader throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map(v => JSON.stringify({id: 1, call: 'act', action: v})),
        ),
        line => {
          const request = requestOf(line)
          return 'wrong' in request || typeof request.id === 'number'
        },
      ),
      {numRuns: 2_000},
    )
  })
})
