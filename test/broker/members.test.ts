import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {membersInWords} from '../../src/base/members-in-words.ts'
import {SeededRandom} from '../../src/base/random.ts'
import {nextChange} from '../../src/broker/members.ts'
import {MetadataImage} from '../../src/broker/metadata/image.ts'
import {ConfChangeTransition, ConfChangeType, type ConfState, NO_CONF_STATE} from '../../src/formats/eraftpb.ts'
import {decodeMetadataCommand, encodeMetadataCommand, type MetadataCommand} from '../../src/formats/metadata-command.ts'

const state = (voters: number[], more: Partial<ConfState> = {}): ConfState => ({...NO_CONF_STATE, voters, ...more})
const never = (): boolean => false
const always = (): boolean => true

describe('members', () => {
  it('members: who is to come learns first, one joint change makes it a voter and takes out who is to go', () => {
    expect(nextChange(state([1, 2, 3]), [1, 2, 4], always)?.changes).toEqual([
      {type: ConfChangeType.AddLearnerNode, nodeId: 4},
    ])
    const learning = state([1, 2, 3], {learners: [4]})
    expect(nextChange(learning, [1, 2, 4], never)).toBeUndefined()
    expect(nextChange(learning, [1, 2, 4], always)).toMatchObject({
      transition: ConfChangeTransition.JointImplicit,
      changes: [
        {type: ConfChangeType.AddNode, nodeId: 4},
        {type: ConfChangeType.RemoveNode, nodeId: 3},
      ],
    })
    expect(membersInWords(learning)).toBe('1 2 3, learning 4')
  })

  it('members: a joint configuration is left before anything follows; nothing is done when all is as wanted', () => {
    expect(nextChange(state([1, 2, 4], {votersOutgoing: [1, 2, 3]}), [1, 2], always)).toBeUndefined()
    expect(nextChange(state([1, 2, 3]), [3, 2, 1], always)).toBeUndefined()
    expect(nextChange(state([1, 2]), [], always)).toBeUndefined()
  })

  it('members: a learner that is not wanted any more goes first', () => {
    expect(nextChange(state([1, 2], {learners: [3]}), [1], always)?.changes).toEqual([
      {type: ConfChangeType.RemoveNode, nodeId: 3},
    ])
  })
})

describe('metadata: members', () => {
  const registered = (...nodes: number[]): MetadataImage => {
    const image = new MetadataImage([1, 2, 3])
    for (const node of nodes)
      image.apply({id: 'a', do: 'register-broker', node, directoryId: `d${node}`, host: 'h', port: node})
    return image
  }
  const withTopic = (image: MetadataImage): MetadataImage => {
    image.apply({id: 'a', do: 'create-topic', topic: 't', topicId: 'i', replicas: [[2, 3, 1]], configs: {}})
    return image
  }

  it('metadata: a node that leaves is no voter and no replica; another takes its place', () => {
    const image = registered(1, 2, 3)
    expect(image.apply({id: 'a', do: 'admit-broker', node: 4, directoryId: 'd4'})).toEqual({done: true})
    expect(image.voters).toEqual([1, 2, 3, 4])
    image.apply({id: 'a', do: 'register-broker', node: 4, directoryId: 'd4', host: 'h', port: 4})
    withTopic(image).apply({id: 'a', do: 'retire-broker', node: 2, returns: false})
    expect(image.voters).toEqual([1, 3, 4])
    expect(image.topics.get('t')).toMatchObject({replicas: [[4, 3, 1]], born: [[2, 3, 1]]})
    const again = {id: 'a', do: 'register-broker', node: 2, directoryId: 'd2', host: 'h', port: 2} as const
    expect(image.apply(again)).toEqual({done: false, why: 'retired'})
  })

  it('metadata: a node that returns with another disk is admitted with that one alone, and gets its replicas again', () => {
    const image = withTopic(registered(1, 2, 3))
    image.apply({id: 'a', do: 'retire-broker', node: 2, returns: true})
    expect(image.topics.get('t')?.replicas).toEqual([[3, 1]])
    expect(image.directoryOf(2)).toBe('d2')
    image.apply({id: 'a', do: 'admit-broker', node: 2, directoryId: 'new'})
    expect(image.topics.get('t')?.replicas).toEqual([[3, 1, 2]])
    const old = {id: 'a', do: 'register-broker', node: 2, directoryId: 'd2', host: 'h', port: 2} as const
    expect(image.apply(old)).toEqual({done: false, why: 'other directory'})
    expect(image.apply({...old, directoryId: 'new'})).toEqual({done: true})
    const copy = new MetadataImage([1, 2, 3])
    copy.restore(image.canonical())
    expect(copy.hash()).toBe(image.hash())
    expect(copy.voters).toEqual([1, 2, 3])
  })

  it('metadata: an order that comes late strikes nothing that came since: it names the disk that it was for', () => {
    const image = withTopic(registered(1, 2, 3))
    const retire = {id: 'a', do: 'retire-broker', node: 2, returns: true, directoryId: 'd2'} as const
    const admit = {id: 'a', do: 'admit-broker', node: 2, directoryId: 'new'} as const
    expect([retire, retire, admit, admit].map(c => image.apply(c).done)).toEqual([true, true, true, true])
    const whole = image.canonical()
    for (const late of [retire, {...admit, directoryId: 'd2'}])
      expect(image.apply(late)).toEqual({done: false, why: 'other directory'})
    expect(image.canonical()).toEqual(whole)
    image.apply({id: 'a', do: 'register-broker', node: 2, directoryId: 'new', host: 'h', port: 2})
    expect(image.apply(retire)).toEqual({done: false, why: 'other directory'})
    expect(image.apply({...retire, directoryId: 'new'})).toEqual({done: true})
    expect(image.apply(admit)).toEqual({done: false, why: 'retired'})
    expect(image.voters).toEqual([1, 3])
  })

  it('metadata: a node that is replaced once more does not wait for an admission that was given up', () => {
    const image = withTopic(registered(1, 2, 3))
    const retire = {id: 'a', do: 'retire-broker', node: 2, returns: true} as const
    const admit = {id: 'a', do: 'admit-broker', node: 2} as const
    image.apply({...retire, directoryId: 'd2'})
    expect(image.apply({...retire, directoryId: 'given up'})).toEqual({done: true})
    expect(image.apply({...admit, directoryId: 'given up'})).toEqual({done: false, why: 'retired'})
    expect(image.apply({...admit, directoryId: 'last'})).toEqual({done: true})
  })

  it('metadata: who takes which replica is the same in an image that came from a snapshot', () => {
    const image = registered(1, 2, 3)
    for (const node of [4, 5]) {
      image.apply({id: 'a', do: 'admit-broker', node, directoryId: `d${node}`})
      image.apply({id: 'a', do: 'register-broker', node, directoryId: `d${node}`, host: 'h', port: node})
    }
    for (const [topic, replicas] of [
      ['z', [1, 2, 4]],
      ['a', [1, 2, 3]],
    ] as const)
      image.apply({id: 'a', do: 'create-topic', topic, topicId: topic, replicas: [[...replicas]], configs: {}})
    const copy = new MetadataImage([1, 2, 3])
    copy.restore(image.canonical())
    for (const one of [image, copy]) one.apply({id: 'a', do: 'retire-broker', node: 1, returns: false})
    expect(copy.hash()).toBe(image.hash())
  })

  it('metadata: each replica goes to who has the fewest at that moment, as one who counts anew for each says; all are counted once', () => {
    fc.assert(
      fc.property(fc.integer({min: 2, max: 7}), fc.integer({min: 0, max: 1e9}), (nodes, seed) => {
        const image = registered(...Array.from({length: nodes}, (_, i) => i + 1))
        const random = new SeededRandom(seed)
        const draw = (): number[] =>
          Array.from({length: nodes}, (_, i) => i + 1).filter(node => node === 1 || random.below(2) === 0)
        for (const topic of ['b', 'c', 'a'])
          image.apply({
            id: 'a',
            do: 'create-topic',
            topic,
            topicId: topic,
            replicas: Array.from({length: 4}, draw),
            configs: {},
          })
        const expected = new Map([...image.topics].map(([name, t]) => [name, t.replicas.map(r => [...r])]))
        for (const name of ['a', 'b', 'c'])
          for (const replicas of expected.get(name) as number[][]) {
            const count = (node: number): number => [...expected.values()].flat(2).filter(r => r === node).length
            const [heir] = Array.from({length: nodes - 1}, (_, i) => i + 2)
              .filter(node => !replicas.includes(node))
              .sort((a, b) => count(a) - count(b) || a - b)
            if (heir !== undefined) replicas[replicas.indexOf(1)] = heir
            else if (replicas.length > 1) replicas.splice(replicas.indexOf(1), 1)
          }
        let counted = 0
        const values = image.topics.values.bind(image.topics)
        image.topics.values = () => {
          counted++
          return values()
        }
        image.apply({id: 'a', do: 'retire-broker', node: 1, returns: false})
        expect(new Map([...image.topics].map(([name, t]) => [name, t.replicas]))).toEqual(expected)
        // To count, and to move.
        expect(counted).toBe(2)
      }),
    )
  })

  it('metadata: a voter that never registered can leave; a node that nobody knows cannot', () => {
    const image = registered(1, 2)
    expect(image.apply({id: 'a', do: 'retire-broker', node: 3, returns: true})).toEqual({done: true})
    expect(image.voters).toEqual([1, 2])
    expect(image.directoryOf(3)).toBe('')
    expect(image.apply({id: 'a', do: 'retire-broker', node: 9, returns: true})).toMatchObject({done: false})
  })

  it('metadata: a topic that was assigned before a node left is not given to it', () => {
    const image = registered(1, 2, 3)
    image.apply({id: 'a', do: 'retire-broker', node: 2, returns: true})
    expect(withTopic(image).topics.get('t')?.replicas).toEqual([[3, 1]])
  })

  it('metadata: the last voter does not leave', () => {
    const image = new MetadataImage([1])
    image.apply({id: 'a', do: 'register-broker', node: 1, directoryId: 'd', host: 'h', port: 1})
    expect(image.apply({id: 'a', do: 'retire-broker', node: 1, returns: false})).toMatchObject({done: false})
  })

  it.each<MetadataCommand>([
    {id: 'a', do: 'admit-broker', node: 4, directoryId: 'd'},
    {id: 'a', do: 'retire-broker', node: 4, returns: true},
    {id: 'a', do: 'retire-broker', node: 4, returns: true, directoryId: 'd'},
  ])('metadata: $do survives its encoding', command => {
    expect(decodeMetadataCommand(encodeMetadataCommand(command))).toEqual(command)
  })
})
