export const REFUSES = 'refuses a log'

/** Lines of a node's log that tell a state of its code which neither its roles nor its disk show. */
const STATES: ReadonlyArray<readonly [what: string, line: RegExp]> = [
  ['cut a torn end', /^cut \d+ bytes at /],
  ['goes on by its sidecars', /, by its sidecars$/],
  ['installed a snapshot', / installed a snapshot of index /],
  ['handed over its leaderships', /^handed over [1-9]/],
  ['rebuilt a log', / is rebuilt up to index /],
  ['changed members', / members: /],
  ['full disk', /^the disk is full/],
  ['ends with its disk', /^disk failed\b/],
  [REFUSES, /^refuses /],
  ['refuses a peer whose disk was replaced', /: its disk was replaced$/],
  ['sees that a peer is dead', / refuses a new one: it is dead$/],
  ['sees that its clock jumped', /^the clock went /],
]

/** Which state this line of a log tells of. */
export function stateOf(line: string): string | undefined {
  return STATES.find(([, says]) => says.test(line))?.[0]
}
