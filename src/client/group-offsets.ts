import * as findRequests from '../formats/kafka/generated/find-coordinator-request.ts'
import * as findResponses from '../formats/kafka/generated/find-coordinator-response.ts'
import * as leaveRequests from '../formats/kafka/generated/leave-group-request.ts'
import * as leaveResponses from '../formats/kafka/generated/leave-group-response.ts'
import * as commitRequests from '../formats/kafka/generated/offset-commit-request.ts'
import * as commitResponses from '../formats/kafka/generated/offset-commit-response.ts'
import * as fetchRequests from '../formats/kafka/generated/offset-fetch-request.ts'
import * as fetchResponses from '../formats/kafka/generated/offset-fetch-response.ts'
import {type Call, type KafkaConnection, Unanswered} from './connection.ts'
import type {KafkaCluster} from './metadata.ts'
import {nameOf} from './producer.ts'

const FIND_COORDINATOR: Call<findRequests.FindCoordinatorRequestInit, findResponses.FindCoordinatorResponse> = {
  key: 10,
  version: 3,
  flexible: findRequests.findCoordinatorRequestFlexible,
  write: findRequests.writeFindCoordinatorRequest,
  read: findResponses.readFindCoordinatorResponse,
}

const OFFSET_COMMIT: Call<commitRequests.OffsetCommitRequestInit, commitResponses.OffsetCommitResponse> = {
  key: 8,
  version: 8,
  flexible: commitRequests.offsetCommitRequestFlexible,
  write: commitRequests.writeOffsetCommitRequest,
  read: commitResponses.readOffsetCommitResponse,
}

const OFFSET_FETCH: Call<fetchRequests.OffsetFetchRequestInit, fetchResponses.OffsetFetchResponse> = {
  key: 9,
  version: 7,
  flexible: fetchRequests.offsetFetchRequestFlexible,
  write: fetchRequests.writeOffsetFetchRequest,
  read: fetchResponses.readOffsetFetchResponse,
}

const LEAVE_GROUP: Call<leaveRequests.LeaveGroupRequestInit, leaveResponses.LeaveGroupResponse> = {
  key: 13,
  version: 4,
  flexible: leaveRequests.leaveGroupRequestFlexible,
  write: leaveRequests.writeLeaveGroupRequest,
  read: leaveResponses.readLeaveGroupResponse,
}

/**
 * What somebody who is no member asks of a group that he knows by name: its offsets, which he may commit while it has no members, and to let a member go.
 */
export class GroupOffsets {
  readonly #cluster: KafkaCluster
  readonly #group: string
  readonly #withinMs: number
  #coordinator: KafkaConnection | undefined

  constructor(cluster: KafkaCluster, group: string, withinMs: number) {
    this.#cluster = cluster
    this.#group = group
    this.#withinMs = withinMs
  }

  async commit(topic: string, partition: number, offset: number): Promise<{committed: true} | {error: string}> {
    return this.#ask(async coordinator => {
      const answer = await coordinator.ask(
        OFFSET_COMMIT,
        {
          groupId: this.#group,
          generationIdOrMemberEpoch: -1,
          topics: [{name: topic, partitions: [{partitionIndex: partition, committedOffset: offset}]}],
        },
        this.#withinMs,
      )
      const code = answer.topics[0]?.partitions[0]?.errorCode ?? -1
      return code === 0 ? {committed: true} : {error: nameOf(code)}
    })
  }

  /** -1: nothing was ever committed. */
  async read(topic: string, partition: number): Promise<{offset: number} | {error: string}> {
    return this.#ask(async coordinator => {
      const answer = await coordinator.ask(
        OFFSET_FETCH,
        {groupId: this.#group, topics: [{name: topic, partitionIndexes: [partition]}], requireStable: true},
        this.#withinMs,
      )
      const one = answer.topics[0]?.partitions[0]
      const code = answer.errorCode !== 0 ? answer.errorCode : (one?.errorCode ?? -1)
      return code === 0 && one ? {offset: one.committedOffset} : {error: nameOf(code)}
    })
  }

  /** Takes out a member that will say nothing any more: the others need not wait for its session to end. */
  async leave(memberId: string): Promise<{left: true} | {error: string}> {
    return this.#ask(async coordinator => {
      const answer = await coordinator.ask(LEAVE_GROUP, {groupId: this.#group, members: [{memberId}]}, this.#withinMs)
      const code = answer.errorCode !== 0 ? answer.errorCode : (answer.members[0]?.errorCode ?? -1)
      return code === 0 ? {left: true} : {error: nameOf(code)}
    })
  }

  async #ask<T extends object>(
    run: (coordinator: KafkaConnection) => Promise<T | {error: string}>,
  ): Promise<T | {error: string}> {
    try {
      this.#coordinator ??= await this.#find()
      if (!this.#coordinator) return {error: 'no coordinator'}
      const done = await run(this.#coordinator)
      if ('error' in done) this.#coordinator = undefined
      return done
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      this.#coordinator = undefined
      return {error: error.message}
    }
  }

  async #find(): Promise<KafkaConnection | undefined> {
    const answer = await this.#cluster.any().ask(FIND_COORDINATOR, {key: this.#group, keyType: 0}, this.#withinMs)
    return answer.errorCode === 0 ? this.#cluster.to({host: answer.host, port: answer.port}) : undefined
  }
}
