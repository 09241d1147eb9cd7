import type net from 'node:net'
import {LineReader} from '../../base/line-reader.ts'

/** Hands each line of a socket to `line`. One that is too long, or that `line` throws at, costs the other side its connection. */
export function readLines(socket: net.Socket, line: (line: string) => void, max: number): void {
  const reader = new LineReader(line, max)
  socket.on('data', chunk => {
    try {
      if (reader.push(chunk)) return
    } catch {
      // Not a line of this protocol.
    }
    socket.destroy()
  })
}
