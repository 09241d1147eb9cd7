import {equalBytes, utf8} from '../base/bytes.ts'
import type {Campaign, Core} from './core.ts'
import {hex} from './core.ts'
import {messageName, newMessage} from './messages.ts'
import {broadcastAppend} from './replication.ts'
import {becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate} from './roles.ts'
import {allVoters} from './tracker.ts'
import {type Message, MessageType} from './types.ts'

/** Campaigns and votes. Raft paper 5.2 and 5.4.1; pre-vote: thesis 9.6; a leader's lease against disruption: thesis 4.2.3. */

const {MsgVote, MsgPreVote, MsgVoteResp, MsgPreVoteResp} = MessageType

/** Marks the vote requests of a campaign that the leader asked for: they are heard in spite of its lease. */
const TRANSFER = utf8('CampaignTransfer')

/** Is this the request of a campaign that the leader itself asked for? */
export function handsOver({context}: Message): boolean {
  return context !== undefined && equalBytes(context, TRANSFER)
}

/** Starts an election, unless this node leads, may not be elected, or does not know its configuration yet. */
export function hup(core: Core, campaign: Campaign): void {
  core.waitingCampaign = undefined
  if (core.role === 'leader') {
    core.debug?.(`${core.name} ignoring MsgHup because already leader`)
    return
  }
  if (!core.promotable) {
    core.warn?.(`${core.name} is unpromotable and can not campaign`)
    return
  }
  const unapplied = core.log.hasUnappliedChange()
  if (unapplied === 'pending') {
    core.waitingCampaign = campaign
    return
  }
  if (unapplied) {
    core.warn?.(
      `${core.name} cannot campaign at term ${core.term} since there are still pending configuration changes to apply`,
    )
    return
  }
  core.info?.(`${core.name} is starting a new election at term ${core.term}`)
  askForVotes(core, campaign)
}

function askForVotes(core: Core, campaign: Campaign): void {
  const pre = campaign === 'pre-election'
  if (pre) becomePreCandidate(core)
  else becomeCandidate(core)
  const type = pre ? MsgPreVote : MsgVote
  const term = pre ? core.term + 1 : core.term
  const {lastIndex, lastTerm} = core.log
  for (const voter of allVoters(core.tracker.config)) {
    if (voter === core.id) {
      // Our own vote counts like any other: once what it promises is synced.
      core.send(newMessage(pre ? MsgPreVoteResp : MsgVoteResp, core.id, term))
      continue
    }
    core.info?.(
      `${core.name} [logterm: ${lastTerm}, index: ${lastIndex}] sent ${messageName(type)} request to ${hex(voter)} at term ${core.term}`,
    )
    const m = newMessage(type, voter, term, lastIndex, lastTerm)
    if (campaign === 'transfer') m.context = TRANSFER
    core.send(m)
  }
}

/** An answer to this candidate's (or pre-candidate's) request. */
export function countVote(core: Core, m: Message): void {
  const type = messageName(m.type)
  core.info?.(`${core.name} received ${type}${m.reject ? ' rejection' : ''} from ${hex(m.from)} at term ${core.term}`)
  core.tracker.recordVote(m.from, !m.reject)
  const {granted, rejected, result} = core.tracker.tally()
  core.info?.(`${core.name} has received ${granted} ${type} votes and ${rejected} vote rejections`)
  if (result === 'won') {
    if (core.role === 'pre-candidate') askForVotes(core, 'election')
    else {
      becomeLeader(core)
      broadcastAppend(core)
    }
  } else if (result === 'lost') becomeFollower(core, core.term, 0)
}

/** Thesis 4.2.3: who heard its leader within an election timeout is not disturbed by a candidate, unless the leader sent it. True: ignored. */
export function refusedByLease(core: Core, m: Message): boolean {
  if (m.type !== MsgVote && m.type !== MsgPreVote) return false
  const {electionTicks, checkQuorum} = core.options
  if (!checkQuorum || core.leader === 0 || core.electionElapsed >= electionTicks) return false
  if (handsOver(m)) return false
  core.info?.(
    `${describeRequest(core, 'ignored', m)}: lease is not expired (remaining ticks: ${electionTicks - core.electionElapsed})`,
  )
  return true
}

/** MsgVote or MsgPreVote, of our term or (pre-vote) a later one. */
export function voteAsked(core: Core, m: Message): void {
  const {log, parts} = core
  const pre = m.type === MsgPreVote
  const may = parts.mayVote({vote: core.vote, leader: core.leader}, m.from) || (pre && m.term > core.term)
  const ours = {term: log.lastTerm, index: log.lastIndex}
  if (!may || !parts.logUpToDate({term: m.logTerm, index: m.index}, ours)) {
    refuseVote(core, m)
    return
  }
  core.info?.(describeRequest(core, 'cast', m))
  // A granted pre-vote answers with the term asked for: ours may be lower, and the candidate would ignore it.
  core.send(newMessage(pre ? MsgPreVoteResp : MsgVoteResp, m.from, m.term))
  if (!pre) {
    core.electionElapsed = 0
    core.vote = m.from
  }
}

export function refuseVote(core: Core, m: Message): void {
  core.info?.(describeRequest(core, 'rejected', m))
  const answer = newMessage(m.type === MsgPreVote ? MsgPreVoteResp : MsgVoteResp, m.from, core.term)
  answer.reject = true
  core.send(answer)
}

function describeRequest(core: Core, what: 'ignored' | 'cast' | 'rejected', m: Message): string {
  const {lastTerm, lastIndex} = core.log
  return `${core.name} [logterm: ${lastTerm}, index: ${lastIndex}, vote: ${hex(core.vote)}] ${what} ${messageName(m.type)} ${what === 'cast' ? 'for' : 'from'} ${hex(m.from)} [logterm: ${m.logTerm}, index: ${m.index}] at term ${core.term}`
}
