import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {readHistory} from '../../src/judge/history.ts'
import {LoadGroup} from '../../src/verify/load/group.ts'
import {HistoryFile} from '../../src/verify/load/history-file.ts'
import {KafkaClients} from '../../src/verify/load/kafkajs.ts'
import {readHistoryFile} from '../../src/verify/load/read-history.ts'
import {Nodes, until} from '../helpers/nodes.ts'

let dir: string
let nodes: Nodes | undefined
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chronik-group-'))
})
afterEach(async () => {
  await nodes?.remove()
  rmSync(dir, {recursive: true, force: true})
})

describe('a consumer group of the load', {timeout: 60_000}, () => {
  it('what the member reads it commits; what is asked of it is in the history, which reads back the same', async () => {
    nodes = await Nodes.create({count: 1, settings: {'min.insync.replicas': 1}})
    await nodes.startAll()
    const clients = new KafkaClients(() => nodes?.configs.map(c => `${c.kafka.host}:${c.kafka.port}`) ?? [])
    const history = new HistoryFile(join(dir, 'history.jsonl'), () => performance.now())
    try {
      await clients.createTopic('grouped', 1, 1)
      const producer = await clients.producer('test', true)
      const messages = ['a', 'b', 'c'].map(value => ({value, partition: 0}))
      await producer.send({topic: 'grouped', acks: -1, messages})
      const now = (): number => performance.now()
      const group = new LoadGroup('the-group', {history, clients, now, topic: 'grouped', partitions: 1})
      await group.start()
      const {operations} = history
      await until(async () => operations.some(o => o.do === 'committed' && o.offset === 3) || undefined, {
        what: 'an answer of 3',
        withinMs: 20_000,
      })
      await group.stop(5_000)
      expect(operations.filter(o => o.do === 'commit').at(-1)).toMatchObject({
        offset: 3,
        result: 'ok',
        group: 'the-group',
      })
      expect(operations.at(-1)).toMatchObject({do: 'committed', offset: 3, result: 'ok'})
      const read = operations.filter(o => o.do === 'read').flatMap(o => o.records ?? [])
      expect(read.map(r => r.value)).toEqual(['a', 'b', 'c'])
      const {questions, anomalies} = readHistory(operations)
      expect(questions.groupOffsets).toBeGreaterThan(0)
      expect(anomalies.filter(a => a.kind === 'group-offset-regress')).toEqual([])
      expect(readHistoryFile(join(dir, 'history.jsonl')).map(o => [o.do, o.offset])).toEqual(
        operations.map(o => [o.do, o.offset]),
      )
    } finally {
      await clients.closeAll()
      history.close()
    }
  })
})
