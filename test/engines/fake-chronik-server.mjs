#!/usr/bin/env node
// Stands for a chronik-server 2.5.0 where its programs cannot be had: lists its commands, prints what a real one printed, answers Metadata with nothing.
import {readFileSync} from 'node:fs'
import net from 'node:net'

const words = process.argv.slice(2)
if (words.includes('--help')) {
  process.stdout.write(
    'Usage: chronik-server [OPTIONS] [COMMAND]\n\nCommands:\n  standalone    One node\n  raft-cluster  Several nodes\n  help          Print this\n',
  )
  process.exit(0)
}
const after = name => words[words.indexOf(name) + 1]
process.stderr.write(`args ${words.join(' ')} RUST_LOG=${process.env.RUST_LOG}\n`)
process.stdout.write(readFileSync(`${process.env.HOME}/recovery.log`))
const colour = text =>
  `\u001b[2m2026-11-23T21:12:13.000000Z\u001b[0m \u001b[32m INFO\u001b[0m \u001b[2mchronik_raft\u001b[0m\u001b[2m:\u001b[0m ${text}\n`
const server = net.createServer(socket => {
  socket.on('error', () => {})
  socket.on('data', request => {
    const answer = Buffer.alloc(20)
    answer.writeInt32BE(16, 0)
    request.copy(answer, 4, 8, 12)
    answer[13] = 1
    answer.writeInt32BE(-1, 15)
    answer[19] = 1
    socket.write(Buffer.concat([fix(answer), Buffer.from([0])]))
  })
})
// Header tag, throttle time, brokers, cluster id, controller, topics, and the tag that is written behind them.
function fix(answer) {
  answer.writeInt32BE(answer.length - 4 + 1, 0)
  return answer
}
server.listen(Number(after('--kafka-port')), '127.0.0.1', () => {
  setTimeout(() => process.stdout.write(colour('became leader at term 2')), 50)
})
